using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>Requests to workers, away from the loop: each from the last look at the operators' words to its outcome.</summary>
/// <remarks>
/// A report that comes between the hand-over and the request may have ended the task, or the attempt: then nothing is sent, for its
/// record says so by now, and <c>check</c> may have called the host free.
/// Invariant: that look and the beginning stand between Enter and Leave, and who gives the word waits for Leave before he
/// answers: once "offline" is answered, no request begins.
/// Runs on the thread pool; what it has to say it posts to the loop.
/// </remarks>
internal sealed class Requests(
    EngineOptions options, Routing routing, IMailbox mailbox, LoopGuard guard, Counters counters, ILogger logger, CancellationToken stop)
{
    private static readonly Action<string> NoProcess = static _ => { };

    private readonly List<Handover> _toRemote = [];

    /// <summary>Told of each request that is over, in the loop.</summary>
    public Action<Handover> Ended { get; set; } = static _ => { };

    /// <summary>Told of each local command that runs, and as which process, in the loop.</summary>
    public Action<Handover, string> Started { get; set; } = static (_, _) => { };

    /// <summary>It is handed over now or, to a remote worker, with the next <see cref="SendOff"/>. Owner: the loop.</summary>
    public void Start(Handover handover)
    {
        if (handover.To == routing.Local)
            options.Offload(handover); // to begin a process takes its time
        else
            _toRemote.Add(handover);
    }

    /// <summary>
    /// Hands over what was collected, several to one item of the pool and some to each thread that could begin them; a few one by one. Owner:
    /// the loop.
    /// </summary>
    public void SendOff()
    {
        int apart = options.BeginsApart;
        int size = _toRemote.Count < 2 * apart ? 1 : Math.Min((_toRemote.Count + apart - 1) / apart, options.BeginsAtOnceMax);
        try
        {
            for (var rest = CollectionsMarshal.AsSpan(_toRemote); !rest.IsEmpty; rest = rest[Math.Min(size, rest.Length)..])
                options.Offload(size == 1 || rest.Length == 1 ? rest[0] : new HandoverBatch(this, rest[..Math.Min(size, rest.Length)]));
        }
        finally
        {
            _toRemote.Clear(); // none is ever handed over twice; a pool that takes none is the end of the process
        }
    }

    /// <summary>What was handed over begins. Thread pool.</summary>
    public void Begin(Handover handover)
    {
        if (TryFinish(handover))
            mailbox.Post(handover); // a message like any other, so that it keeps its place among reports
    }

    /// <summary>The same of several, one after another; of those that are over at once the loop is told together. Thread pool.</summary>
    public void Begin(HandoverBatch batch)
    {
        foreach (var handover in batch.ToBegin)
            if (TryFinish(handover))
                batch.OnOver(handover);
        if (batch.Over.Length > 0)
            mailbox.Post(batch);
    }

    /// <summary>One fault must not keep the others of the batch from their ends. In the loop.</summary>
    public void End(HandoverBatch batch)
    {
        foreach (var handover in batch.Over)
        {
            try
            {
                Ended(handover);
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                guard.OnFault(fault, "the end of a request");
            }
        }
    }

    /// <summary>Begins it. True: it is over, with its outcome; else it will be told to the loop.</summary>
    private bool TryFinish(Handover handover)
    {
        Task<RunOutcome>? running;
        try
        {
            running = BeginRun(handover);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            handover.Outcome = OutcomeOf(handover, fault);
            return true;
        }
        if (running is null)
            return true;
        bool isOver = running.IsCompleted;
        _ = FinishAsync(handover, running, isTold: !isOver);
        return isOver;
    }

    private async Task FinishAsync(Handover handover, Task<RunOutcome> running, bool isTold)
    {
        try
        {
            handover.Outcome = await running;
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            handover.Outcome = OutcomeOf(handover, fault);
        }
        if (isTold)
            mailbox.Post(handover);
    }

    /// <summary>The edge of a request: whatever went wrong here, the task may have been delivered.</summary>
    private RunOutcome OutcomeOf(Handover handover, Exception fault)
    {
        Interlocked.Increment(ref counters.FaultsElsewhere);
        EngineLog.LoopFault(logger, fault, $"task {handover.Task.Id}");
        return new RunOutcome(RunResult.Unknown, fault.Message);
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
