using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Engine.Wheel;

namespace Qschedd.Engine;

/// <summary>A job as the loop knows it. Owner: the loop; others read <see cref="Status"/>, <see cref="Skips"/> and what never changes.</summary>
internal sealed class JobState(Job job, int id)
{
    private const long None = long.MinValue;

    private volatile JobStatus? _status;
    private volatile Troubles? _troubles;
    // Most jobs rest: lists come with the first task, and instants that are not there take no room for saying so.
    private List<TaskRun>? _running;
    private long _lastRunMs = None;
    private long _lastUpdateMs = None;

    public Job Job { get; set; } = job;
    public int Id { get; } = id;
    public TriggerState[] Triggers { get; set; } = [];
    /// <summary>Tasks in state 100 or 200, oldest first.</summary>
    public List<TaskRun> Running => _running ??= new(1);
    /// <summary>Recorded tasks, the shards of one fire, that wait until those they replace have ended.</summary>
    public List<TaskRun> Held => Noted.Held;
    public bool HasHeld => _troubles is { Held.Count: > 0 };
    /// <summary>Whose turn it is under roundRobin.</summary>
    public uint Turn;

    public long CreatedMs { get; set; }
    public long UpdatedMs { get; set; }
    public long EffectiveFromMs { get; set; }
    public long TriggerHash { get; set; }
    /// <summary>Of the definition's text that the store has, or is about to have.</summary>
    public long SavedPrint { get; set; }
    public EnabledOverride? Override
    {
        get => _troubles?.Override;
        set
        {
            if (value is not null || _troubles is not null)
                Noted.Override = value;
        }
    }
    /// <summary>On and off that callers have asked for and the store has not answered yet.</summary>
    public Unkept<(EnabledOverride? Override, long EffectiveFromMs)>? Unkept
    {
        get => _troubles?.Unkept;
        set
        {
            if (value is not null || _troubles is not null)
                Noted.Unkept = value;
        }
    }
    public long LastTaskSeq { get; set; }
    public TaskState LastState { get; set; }
    public long? LastRunMs { get => Instant(_lastRunMs); set => _lastRunMs = value ?? None; }
    public long? LastUpdateMs { get => Instant(_lastUpdateMs); set => _lastUpdateMs = value ?? None; }
    public int FailuresInRow { get; set; }
    public long MisfiresDiscarded
    {
        get => _troubles?.MisfiresDiscarded ?? 0;
        set
        {
            if (value != 0 || _troubles is not null)
                Noted.MisfiresDiscarded = value;
        }
    }
    /// <summary>Runs that did not come about since the start, by reason. Replaced as a whole.</summary>
    public SkipCount[] Skips { get => _troubles?.Skips ?? []; set => Noted.Skips = value; }
    /// <summary>Null: the job is well, or nobody wants to know.</summary>
    public OpenAlerts? OpenAlerts
    {
        get => _troubles?.OpenAlerts;
        set
        {
            if (value is not null || _troubles is not null)
                Noted.OpenAlerts = value;
        }
    }

    /// <summary>Something shown has changed since <see cref="Publish"/>; something kept has changed since the last row.</summary>
    public bool IsStale { get; set; }
    public bool IsUnsaved { get; set; }

    public bool Enabled => Override?.Enabled ?? Job.State;
    public JobStatus Status => _status!;

    /// <summary>Only where series of each job are wanted: a million jobs would pay for it.</summary>
    public void CountEnd(TaskState state) => (Noted.Ended ??= new long[TaskStates.Ends.Length])[TaskStates.IndexOfEnd(state)]++;

    /// <summary>Any thread.</summary>
    public long Ended(TaskState state) => _troubles?.Ended is { } ended ? Volatile.Read(ref ended[TaskStates.IndexOfEnd(state)]) : 0;

    public void Publish() => _status = new JobStatus
    {
        Enabled = Enabled,
        NextRunMs = NextRunMs(),
        LastState = LastState,
        LastRunMs = LastRunMs,
        LastUpdateMs = LastUpdateMs,
        CreatedMs = CreatedMs,
        UpdatedMs = UpdatedMs,
        FailuresInRow = FailuresInRow,
        Running = _running?.Count ?? 0,
        Override = Override,
    };

    private static long? Instant(long ms) => ms == None ? null : ms;

    public JobRow ToRow() => new()
    {
        Id = Id,
        Name = Job.Name,
        App = Job.App.Name,
        CreatedMs = CreatedMs,
        UpdatedMs = UpdatedMs,
        DefinitionHash = Job.DefinitionHash,
        DefinitionPrint = Job.DefinitionPrint,
        TriggerHash = TriggerHash,
        EffectiveFromMs = EffectiveFromMs,
        EnabledOverride = Override?.Enabled,
        OverriddenYamlState = Override?.YamlState,
        OverrideBy = Override?.By,
        OverrideAtMs = Override?.AtMs,
        LastTaskSeq = LastTaskSeq,
        LastState = LastState,
        LastRunMs = LastRunMs,
        LastUpdateMs = LastUpdateMs,
        FailuresInRow = FailuresInRow,
        MisfiresDiscarded = MisfiresDiscarded,
    };

    private Troubles Noted => _troubles ??= new Troubles();

    private long? NextRunMs()
    {
        if (!Enabled)
            return null;
        long next = CronSchedule.Never;
        foreach (var trigger in Triggers)
            next = Math.Min(next, trigger.NextMs);
        return next == CronSchedule.Never ? null : next;
    }
}

/// <summary>What a job that goes its way never has.</summary>
internal sealed class Troubles
{
    private volatile SkipCount[] _skips = [];
    private volatile long[]? _ended;

    public List<TaskRun> Held { get; } = new(0);
    public EnabledOverride? Override { get; set; }
    public Unkept<(EnabledOverride? Override, long EffectiveFromMs)>? Unkept { get; set; }
    public long MisfiresDiscarded { get; set; }
    public OpenAlerts? OpenAlerts { get; set; }
    /// <summary>Any thread may read these two.</summary>
    public SkipCount[] Skips { get => _skips; set => _skips = value; }
    public long[]? Ended { get => _ended; set => _ended = value; }
}

/// <summary>On or off by the API: holds until the YAML's own value is another than it was then.</summary>
internal sealed record EnabledOverride(bool Enabled, bool YamlState, string By, long AtMs);

/// <summary>A trigger in the wheel of wall-clock time.</summary>
internal sealed class TriggerState(JobState job, Trigger trigger, CronSchedule schedule) : WheelItem
{
    public JobState Job { get; } = job;
    /// <summary>A reload may bring another parameter; the key stays.</summary>
    public Trigger Trigger { get; set; } = trigger;
    public CronSchedule Schedule { get; } = schedule;
    /// <summary>The next scheduled time not handled yet.</summary>
    public long NextMs { get; set; } = CronSchedule.Never;
}
