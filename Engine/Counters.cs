using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>What happened since the start. Owner: the loop; any thread may read.</summary>
internal sealed class Counters
{
    private readonly Dictionary<TaskState, long> _ended = Enum.GetValues<TaskState>().ToDictionary(s => s, _ => 0L);

    public SkipTally Skips { get; } = new();

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
    public long CommandsRefused;
    public long AlertsRaised;
    /// <summary>More of an alert that is open: not told again.</summary>
    public long AlertsHeldBack;
    /// <summary>Workers that were one too many for their app.</summary>
    public long RegistrationsRefused;
    public long ClockSteps;
    /// <summary>Handlings that failed by a defect.</summary>
    public long Faults;

    public void OnEnd(TaskState state) => _ended[state]++;

    public long Ended(TaskState state) => _ended[state];
}
