using Microsoft.Extensions.Logging;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>One request to a worker, away from the loop, from the last look at the operators' words to its outcome.</summary>
/// <remarks>
/// A report that comes between the hand-over and the request may have ended the task, or the attempt: then nothing is sent, for its
/// record says so by now, and <c>check</c> may have called the host free.
/// Invariant: that look and the beginning stand between Enter and Leave, and who gives the word waits for Leave before he
/// answers: once "offline" is answered, no request begins.
/// Runs on the thread pool; what it has to say it posts to the loop.
/// </remarks>
internal sealed class Requests(EngineOptions options, Routing routing, Action<Action> post, Counters counters, ILogger logger, CancellationToken stop)
{
    private static readonly Action<string> NoProcess = static _ => { };

    public void Start(Handover handover) => options.Offload(() => _ = RunAsync(handover));

    private async Task RunAsync(Handover handover)
    {
        RunOutcome? outcome;
        try
        {
            outcome = Begin(handover) is { } running ? await running : null;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The edge of a request: whatever went wrong here, the task may have been delivered.
            Interlocked.Increment(ref counters.FaultsElsewhere);
            EngineLog.LoopFault(logger, fault, $"task {handover.Task.Id}");
            outcome = new RunOutcome(RunResult.Unknown, fault.Message);
        }
        post(handover.End(outcome));
    }

    private Task<RunOutcome>? Begin(Handover handover)
    {
        var (task, worker) = (handover.Task, handover.Worker);
        if (task.IsLocal)
            return task.IsAt(handover.Send) ? options.LocalLink.RunAsync(handover.Request, Starter(handover), stop) : null;
        worker.EnterBeginning();
        try
        {
            return task.IsAt(handover.Send) && routing.IsAllowed(task.Job, worker)
                ? options.RemoteLinks[task.Job.Job.Protocol].RunAsync(handover.Request, NoProcess, stop)
                : null;
        }
        finally
        {
            worker.LeaveBeginning();
        }
    }

    private Action<string> Starter(Handover handover) => process => post(() => handover.OnProcess(process));
}

/// <summary>One hand-over of a task to a worker, and who is told of it.</summary>
/// <param name="task">Whose attempt it is.</param>
/// <param name="worker">To whom.</param>
/// <param name="send">The number of the hand-over: one that is over by now does not begin.</param>
/// <param name="request">What he is told.</param>
/// <param name="onProcess">Of a local command: it runs, as this process. In the loop.</param>
/// <param name="onOutcome">The outcome, or null: the request did not begin, for the worker was taken offline, or a report came first. In the loop.</param>
internal sealed class Handover(
    TaskRun task, WorkerState worker, int send, RunRequest request, Action<Handover, string> onProcess, Action<Handover, RunOutcome?> onOutcome)
{
    private RunOutcome? _outcome;

    public TaskRun Task { get; } = task;
    public WorkerState Worker { get; } = worker;
    public int Send { get; } = send;
    public RunRequest Request { get; } = request;

    public void OnProcess(string process) => onProcess(this, process);

    /// <summary>What is to be done in the loop, once it is over.</summary>
    public Action End(RunOutcome? outcome)
    {
        _outcome = outcome;
        return Tell;
    }

    private void Tell() => onOutcome(this, _outcome);
}
