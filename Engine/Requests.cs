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
internal sealed class Requests(EngineOptions options, Routing routing, IMailbox mailbox, Counters counters, ILogger logger, CancellationToken stop)
{
    private static readonly Action<string> NoProcess = static _ => { };

    /// <summary>Told of each request that is over, in the loop.</summary>
    public Action<Handover> Ended { get; set; } = static _ => { };

    /// <summary>Told of each local command that runs, and as which process, in the loop.</summary>
    public Action<Handover, string> Started { get; set; } = static (_, _) => { };

    public void Start(Handover handover) => options.Offload(handover);

    /// <summary>What was handed over begins. Thread pool.</summary>
    public void Begin(Handover handover) => _ = RunAsync(handover);

    private async Task RunAsync(Handover handover)
    {
        try
        {
            handover.Outcome = BeginRun(handover) is { } running ? await running : null;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The edge of a request: whatever went wrong here, the task may have been delivered.
            Interlocked.Increment(ref counters.FaultsElsewhere);
            EngineLog.LoopFault(logger, fault, $"task {handover.Task.Id}");
            handover.Outcome = new RunOutcome(RunResult.Unknown, fault.Message);
        }
        mailbox.Post(handover); // a message like any other, so that it keeps its place among reports
    }

    private Task<RunOutcome>? BeginRun(Handover handover)
    {
        var worker = handover.To;
        if (worker == routing.Local)
            return !handover.IsRevoked ? options.LocalLink.RunAsync(handover, Starter(handover), stop) : null;
        worker.EnterBeginning();
        try
        {
            return !handover.IsRevoked && routing.IsAllowed(handover.JobId, worker)
                ? options.RemoteLinks[handover.Job.Protocol].RunAsync(handover, NoProcess, stop)
                : null;
        }
        finally
        {
            worker.LeaveBeginning();
        }
    }

    /// <summary>A local command runs, as this process.</summary>
    private Action<string> Starter(Handover handover) => process => mailbox.Post(() => Started(handover, process));
}
