using Microsoft.Extensions.Logging;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>One request to a worker, away from the loop, from the last look at the operators' words to its outcome.</summary>
/// <remarks>
/// Invariant: that look and the beginning stand between Enter and Leave, and who gives the word waits for Leave before he
/// answers: once "offline" is answered, no request begins.
/// Runs on the thread pool; what it has to say it posts to the loop.
/// </remarks>
internal sealed class Requests(EngineOptions options, Routing routing, Action<Action> post, Counters counters, ILogger logger, CancellationToken stop)
{
    /// <param name="task">Whose attempt it is.</param>
    /// <param name="worker">To whom.</param>
    /// <param name="request">What he is told.</param>
    /// <param name="onProcess">Of a local command: it runs, as this process. In the loop.</param>
    /// <param name="onOutcome">The outcome, or null: the worker was taken offline and the request did not begin. In the loop.</param>
    public void Start(TaskRun task, WorkerState worker, RunRequest request, Action<string> onProcess, Action<RunOutcome?> onOutcome) =>
        options.Offload(() => _ = RunAsync(task, worker, request, process => post(() => onProcess(process)), onOutcome));

    private async Task RunAsync(
        TaskRun task, WorkerState worker, RunRequest request, Action<string> started, Action<RunOutcome?> onOutcome)
    {
        RunOutcome? outcome;
        try
        {
            outcome = Begin(task, worker, request, started) is { } running ? await running : null;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The edge of a request: whatever went wrong here, the task may have been delivered.
            Interlocked.Increment(ref counters.FaultsElsewhere);
            EngineLog.LoopFault(logger, fault, $"task {task.Id}");
            outcome = new RunOutcome(RunResult.Unknown, fault.Message);
        }
        post(() => onOutcome(outcome));
    }

    private Task<RunOutcome>? Begin(TaskRun task, WorkerState worker, RunRequest request, Action<string> started)
    {
        if (task.IsLocal)
            return options.LocalLink.RunAsync(request, started, stop);
        worker.EnterBeginning();
        try
        {
            return routing.IsAllowed(task.Job, worker)
                ? options.RemoteLinks[task.Job.Job.Protocol].RunAsync(request, started, stop)
                : null;
        }
        finally
        {
            worker.LeaveBeginning();
        }
    }
}
