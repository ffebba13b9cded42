using System.Collections.Concurrent;
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

    // At most two of each request that is under way.
    private readonly ConcurrentQueue<HandoverEvent> _events = new();
    private Action? _takeNext;

    /// <summary>Told of each event, in the loop.</summary>
    public Action<HandoverEvent> Happened { get; set; } = static _ => { };

    public void Start(Handover handover) => options.Offload(handover);

    /// <summary>What was handed over begins. Thread pool.</summary>
    public void Begin(Handover handover) => _ = RunAsync(handover);

    private async Task RunAsync(Handover handover)
    {
        RunOutcome? outcome;
        try
        {
            outcome = BeginRun(handover) is { } running ? await running : null;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The edge of a request: whatever went wrong here, the task may have been delivered.
            Interlocked.Increment(ref counters.FaultsElsewhere);
            EngineLog.LoopFault(logger, fault, $"task {handover.Task.Id}");
            outcome = new RunOutcome(RunResult.Unknown, fault.Message);
        }
        Tell(new HandoverEvent(handover, Process: null, outcome));
    }

    /// <summary>One message for each, so that it keeps its place among reports; and one delegate for all.</summary>
    private void Tell(HandoverEvent what)
    {
        _events.Enqueue(what);
        post(_takeNext ??= TakeNext);
    }

    private void TakeNext()
    {
        if (_events.TryDequeue(out var next))
            Happened(next);
    }

    private Task<RunOutcome>? BeginRun(Handover handover)
    {
        var (task, worker) = (handover.Task, handover.Worker);
        if (worker == routing.Local)
            return task.IsAt(handover.Send) ? options.LocalLink.RunAsync(handover.ToRequest(), Starter(handover), stop) : null;
        worker.EnterBeginning();
        try
        {
            return task.IsAt(handover.Send) && routing.IsAllowed(task.Job, worker)
                ? options.RemoteLinks[handover.Job.Protocol].RunAsync(handover.ToRequest(), NoProcess, stop)
                : null;
        }
        finally
        {
            worker.LeaveBeginning();
        }
    }

    /// <summary>A local command runs, as this process.</summary>
    private Action<string> Starter(Handover handover) => process => Tell(new HandoverEvent(handover, process, Outcome: null));
}
