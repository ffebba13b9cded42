using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// One hand-over of a task to a worker: what the worker is told, what the thread pool begins, and the message that it is over. One object
/// for all of it: in a burst there is one for each task. Made by the loop.
/// </summary>
internal sealed class Handover(Requests requests, TaskRun task, WorkerState worker, ServerSettings server)
    : IRunRequest, IThreadPoolWorkItem, ILoopMessage
{
    private volatile bool _isRevoked;

    public TaskRun Task { get; } = task;
    public WorkerState To { get; } = worker;
    /// <summary>Once the request is over; null: it did not begin, for the worker was taken offline, or a report came first.</summary>
    public RunOutcome? Outcome { get; set; }

    // As it is now: the loop may be at another attempt when the request is made.
    public int Attempt { get; } = task.Attempt;
    public int FirstAttempt { get; } = task.FirstAttemptHere;
    /// <summary>As it was when the worker was looked at: a reload may have brought another meanwhile, which is not for this worker.</summary>
    public Job Job { get; } = task.Job.Job;

    // Copies: what the loop goes on changing would go to and fro between the processors' caches with each look.
    public int JobId { get; } = task.Job.Id;
    public long ScheduledMs { get; } = task.ScheduledMs;
    public string TaskId => Task.Id;
    public long TaskSeq => Task.Seq;
    public string Worker => To.Address;
    public long FireMs => Task.FireMs;
    public long? DeadlineMs => Job.KillAfter > TimeSpan.Zero ? Task.FireMs + (long)Job.KillAfter.TotalMilliseconds : null;
    public string? Parameter => Task.SentParameter(Job);
    public int ShardIndex => Task.ShardIndex;
    public int ShardTotal => Task.ShardTotal;
    public TimeSpan AnswerTimeout => server.AnswerTimeout;
    public string Callback => server.Callback;

    /// <summary>
    /// The task has ended meanwhile, or its attempt: the request does not begin, and its outcome says nothing. It stands here and not with
    /// the task, at which the threads that begin requests then need not look. Any thread.
    /// </summary>
    public bool IsRevoked => _isRevoked;

    public void Revoke() => _isRevoked = true;

    /// <summary>Begins the request. Thread pool.</summary>
    public void Execute() => requests.Begin(this);

    /// <summary>The request is over. In the loop.</summary>
    public void Run() => requests.Ended(this);
}
