using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Engine.Wheel;

namespace Qschedd.Engine;

/// <summary>A job as the loop knows it. Owner: the loop; others read <see cref="Status"/>, <see cref="Skips"/> and what never changes.</summary>
internal sealed class JobState(Job job, int id)
{
    // Written in place, under a count that is odd meanwhile: an object for each status would live for as long as the next fire is
    // away, and be dear to collect.
    private JobStatus _status;
    private int _statusTurn;
    private Job _job = job;
    private Traits _traits = new(job);
    private volatile Troubles? _troubles;
    // Most jobs rest: instants that are not there take no room for saying so.
    private long _lastRunMs = Instant.None;
    private long _lastUpdateMs = Instant.None;

    public Job Job
    {
        get => _job;
        set => (_job, _traits) = (value, new Traits(value));
    }
    // Of the job, what each fire asks: to look there again and again would cost more than all that is done with it.
    public bool IsLocal => _traits.IsLocal;
    public RecoverPolicy Recover => _traits.Recover;
    public OverlapPolicy Overlap => _traits.Overlap;
    public string? Parameter => _traits.Parameter;
    public int Id { get; } = id;
    public TriggerState[] Triggers { get; set; } = [];
    /// <summary>Tasks in state 100 or 200, oldest first.</summary>
    public RunningTasks Running;
    /// <summary>Recorded tasks, the shards of one fire, that wait until those they replace have ended, each for one hand-over of it.</summary>
    public List<(TaskRun Task, int Sends)> Held => Noted.Held;
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
    public long? LastRunMs { get => Instant.OrNull(_lastRunMs); set => _lastRunMs = value ?? Instant.None; }
    public long? LastUpdateMs { get => Instant.OrNull(_lastUpdateMs); set => _lastUpdateMs = value ?? Instant.None; }
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
    /// <summary>Of what is kept, that which runs change has changed.</summary>
    public bool HasRun { get; set; }

    public bool Enabled => Override?.Enabled ?? _traits.State;

    /// <summary>As the loop last published it. Any thread.</summary>
    public JobStatus Status
    {
        get
        {
            for (var spin = default(SpinWait); ; spin.SpinOnce(sleep1Threshold: -1))
            {
                int turn = Volatile.Read(ref _statusTurn);
                var status = _status;
                Interlocked.MemoryBarrier();
                if ((turn & 1) == 0 && turn == Volatile.Read(ref _statusTurn))
                    return status;
            }
        }
    }

    /// <summary>Only where series of each job are wanted: a million jobs would pay for it.</summary>
    public void CountEnd(TaskState state) => (Noted.Ended ??= new long[TaskStates.Ends.Length])[TaskStates.IndexOfEnd(state)]++;

    /// <summary>Any thread.</summary>
    public long Ended(TaskState state) => _troubles?.Ended is { } ended ? Volatile.Read(ref ended[TaskStates.IndexOfEnd(state)]) : 0;

    /// <summary>Owner: the loop; one that makes the state of a new job is its owner till then.</summary>
    public void Publish()
    {
        var made = Override;
        bool isEnabled = made?.Enabled ?? _traits.State;
        long nextMs = isEnabled ? NextFireMs() : Instant.None;
        Volatile.Write(ref _statusTurn, _statusTurn + 1);
        ref var status = ref _status;
        status.SetInstants(nextMs, _lastRunMs, _lastUpdateMs);
        status.SetDates(CreatedMs, UpdatedMs);
        status.SetState(isEnabled, made, LastState, FailuresInRow, Running.Count);
        Volatile.Write(ref _statusTurn, _statusTurn + 1);
    }

    public JobRow ToRow() => new StateSave(this, definition: null).Row;

    private Troubles Noted => _troubles ??= new Troubles();

    private long NextFireMs()
    {
        long next = CronSchedule.Never;
        foreach (var trigger in Triggers)
            next = Math.Min(next, trigger.NextMs);
        return next == CronSchedule.Never ? Instant.None : next;
    }
}

/// <summary>What a job that goes its way never has.</summary>
internal sealed class Troubles
{
    private volatile SkipCount[] _skips = [];
    private volatile long[]? _ended;

    public List<(TaskRun Task, int Sends)> Held { get; } = new(0);
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

/// <summary>Of a job, what is asked at each fire.</summary>
internal readonly struct Traits(Job job)
{
    public string? Parameter { get; } = job.Parameter;
    public bool State { get; } = job.State;
    public bool IsLocal { get; } = job.Type == JobType.Local;
    public RecoverPolicy Recover { get; } = job.Recover;
    public OverlapPolicy Overlap { get; } = job.Overlap;
}

/// <summary>A trigger in the wheel of wall-clock time.</summary>
internal sealed class TriggerState(JobState job, Trigger trigger) : WheelItem
{
    public JobState Job { get; } = job;
    public long Key { get; } = trigger.Key;
    /// <summary>A reload may bring another; the key stays.</summary>
    public string? Param { get; set; } = trigger.Param;
    public CronSchedule Schedule { get; } = trigger.Schedule();
    /// <summary>The next scheduled time not handled yet.</summary>
    public long NextMs { get; set; } = CronSchedule.Never;
    /// <summary>Up to here it is handled, also where the watermark is behind.</summary>
    public long HandledMs { get; set; } = long.MinValue;
}
