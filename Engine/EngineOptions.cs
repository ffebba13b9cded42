using System.Collections.Immutable;
using Qschedd.Engine.Figures;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>What the engine is told about its process, and the bounds of everything that could grow.</summary>
internal sealed record EngineOptions
{
    /// <summary>Stands in task ids.</summary>
    public required string ServerIp { get; init; }
    public required int ProcessId { get; init; }
    /// <summary>Names and addresses of the daemon's own host: where local jobs run.</summary>
    public required ImmutableArray<string> HostNames { get; init; }
    public required IReadOnlyDictionary<WorkerProtocol, IWorkerLink> RemoteLinks { get; init; }
    public required IWorkerLink LocalLink { get; init; }

    /// <summary>Null: nobody is told.</summary>
    public IAlertSink? Alerts { get; init; }

    /// <summary>Writes the metrics of the daemon's other parts.</summary>
    public Action<MetricsText> MoreMetrics { get; init; } = static _ => { };

    /// <summary>Whether a local process, as <c>pid:start time</c>, still runs.</summary>
    public required Func<string, bool> IsProcessAlive { get; init; }

    /// <summary>Runs a request away from the loop.</summary>
    public Action<IThreadPoolWorkItem> Offload { get; init; } = static work => ThreadPool.UnsafeQueueUserWorkItem(work, preferLocal: false);

    /// <summary>Commands that may wait for the loop; one more is answered Unavailable.</summary>
    public int CommandsMax { get; init; } = 10_000;
    /// <summary>Changes that may wait for the store; past it fires wait too (and are late), commands are answered Unavailable.</summary>
    public int ChangesMax { get; init; } = 100_000;
    /// <summary>Changes in one transaction.</summary>
    public int BatchMax { get; init; } = 20_000;
    /// <summary>
    /// Milliseconds from one hand-over to the store to the next, where all that is to be kept may wait: ends of tasks, and what they change
    /// of jobs. A crash meanwhile finds such a task as one whose end is not known.
    /// </summary>
    public int UnhurriedPauseMs { get; init; } = 10;
    /// <summary>
    /// Fires taken up in one step; the others follow in the next ones. So the first of a burst are on their way while the last are
    /// taken up, and what belongs to a task is used while it is in the processor's cache and dies young.
    /// </summary>
    public int FiresPerStepMax { get; init; } = 200;
    /// <summary>Most requests in one item of the thread pool: one thread begins them one after another.</summary>
    public int BeginsAtOnceMax { get; init; } = 100;
    /// <summary>
    /// Items, where there are enough requests in a step: as many as there are processors to begin them, from two to eight. Each costs more
    /// than a fire, and more of them gain nothing.
    /// </summary>
    public int BeginsApart { get; init; } = Math.Clamp(Environment.ProcessorCount, 2, 8);
    /// <summary>Requests under way to all workers together, and to one.</summary>
    public int SendsMax { get; init; } = 2_048;
    public int SendsPerWorkerMax { get; init; } = 64;
    /// <summary>Local processes at once.</summary>
    public int LocalMax { get; init; } = 256;
    /// <summary>Tasks that may wait for a place to be sent; past it a task that a caller starts ends in state -300.</summary>
    public int WaitingMax { get; init; } = 200_000;
    /// <summary>
    /// While so many wait no fire is taken up: fires are late then, and after too long a wait missed. More than what callers may fill, so
    /// that nobody who starts tasks without end keeps all jobs from firing. What is on record by then, and what is tried again, waits too.
    /// </summary>
    public int FiresHeldAt { get; init; } = 250_000;
}

/// <summary>The two clocks as the loop last read them; every decision of one step uses the same instant. Owner: the loop.</summary>
internal sealed class LoopClock
{
    /// <summary>UTC, epoch milliseconds: schedules.</summary>
    public long WallMs { get; set; }
    /// <summary>Never steps: deadlines, pauses, silence.</summary>
    public long MonotonicMs { get; set; }
}
