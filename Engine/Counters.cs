using Qschedd.Engine.Figures;
using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>What happened since the start. Owner: the loop, but where it says otherwise; any thread may read.</summary>
internal sealed class Counters
{
    private readonly long[] _ended = new long[TaskStates.Ends.Length];

    public SkipTally Skips { get; } = new();

    /// <summary>How late fires on time are, in milliseconds.</summary>
    public Histogram FireLag { get; } = new(1_000, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000);

    /// <summary>From the fire to the end of tasks that ran, or may have, in milliseconds.</summary>
    public Histogram Durations { get; } =
        new(1_000, 10, 50, 100, 500, 1_000, 5_000, 10_000, 30_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000, 86_400_000);

    public long Fires;
    public long Attempts;
    /// <summary>Fires that were on record already.</summary>
    public long Duplicates;
    /// <summary>Fires missed by more than the threshold and not run.</summary>
    public long MisfiresDiscarded;
    /// <summary>Fires missed by more than the threshold and run once for the latest.</summary>
    public long MisfiresRetried;
    public long TimeoutsNoted;
    public long Killed;
    /// <summary>Any thread, interlocked.</summary>
    public long CommandsRefused;
    public long AlertsRaised;
    /// <summary>More of an alert that is open: not told again.</summary>
    public long AlertsHeldBack;
    /// <summary>Calls of workers that register, the first and each repetition.</summary>
    public long Registrations;
    /// <summary>Workers that were one too many for their app.</summary>
    public long RegistrationsRefused;
    /// <summary>The wall clock was set back, or forward by a second or more.</summary>
    public long ClockSteps;
    public long ClockStepsForward;
    /// <summary>Handlings that failed by a defect.</summary>
    public long Faults;
    /// <summary>The same, away from the loop. Any thread, interlocked.</summary>
    public long FaultsElsewhere;

    public void OnEnd(TaskState state) => _ended[TaskStates.IndexOfEnd(state)]++;

    public long Ended(TaskState state) => Volatile.Read(ref _ended[TaskStates.IndexOfEnd(state)]);
}
