using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>What the loop is to know of a hand-over.</summary>
/// <param name="Handover">Of which.</param>
/// <param name="Process">Of a local command: it runs, as this process. Null: the request is over.</param>
/// <param name="Outcome">Then; null: it did not begin, for the worker was taken offline, or a report came first.</param>
internal readonly record struct HandoverEvent(Handover Handover, string? Process, RunOutcome? Outcome);

/// <summary>One hand-over of a task to a worker: what the thread pool begins, and what comes back to the loop. Made by the loop.</summary>
internal sealed class Handover(Requests requests, TaskRun task, WorkerState worker, ServerSettings server) : IThreadPoolWorkItem
{
    // As it is now: the loop may be at another attempt when the request is made.
    private readonly int _attempt = task.Attempt;
    private readonly int _firstAttempt = task.FirstAttemptHere;

    /// <summary>As it was when the worker was looked at: a reload may have brought another meanwhile, which is not for this worker.</summary>
    public Job Job { get; } = task.Job.Job;

    public TaskRun Task { get; } = task;
    public WorkerState Worker { get; } = worker;
    /// <summary>The number of the hand-over: one that is over by now does not begin.</summary>
    public int Send { get; } = task.Sends;
    public void Execute() => requests.Begin(this);

    /// <summary>What the worker is told. Any thread.</summary>
    public RunRequest ToRequest() => new()
    {
        TaskId = Task.Id,
        TaskSeq = Task.Seq,
        Job = Job,
        JobId = Task.Job.Id,
        Worker = Worker.Address,
        Attempt = _attempt,
        FirstAttempt = _firstAttempt,
        ScheduledMs = Task.ScheduledMs,
        FireMs = Task.FireMs,
        DeadlineMs = Job.KillAfter > TimeSpan.Zero ? Task.FireMs + (long)Job.KillAfter.TotalMilliseconds : null,
        Parameter = Task.SentParameter(Job),
        ShardIndex = Task.ShardIndex,
        ShardTotal = Task.ShardTotal,
        AnswerTimeout = server.AnswerTimeout,
        Callback = server.Callback,
    };
}
