using System.Globalization;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Engine.Wheel;

namespace Qschedd.Engine;

/// <summary>One run of a job from its record to its end. Owner: the loop; any thread may read what never changes.</summary>
/// <remarks>What most runs never have stands apart: in a burst there are many of them, and memory is what they cost.</remarks>
internal sealed class TaskRun
{
    private readonly string _idStart;
    private string? _id;
    private Rare? _rare;
    private TaskTexts? _texts;
    private long _startedMs = Instant.None;
    private long _endedMs = Instant.None;

    /// <param name="job">Whose run it is.</param>
    /// <param name="seq">Its number.</param>
    /// <param name="idStart">Its id up to the number. The text is made when somebody asks for it, on his thread.</param>
    public TaskRun(JobState job, long seq, string idStart) => (Job, Seq, _idStart) = (job, seq, idStart);

    /// <summary>One that is on record.</summary>
    public TaskRun(JobState job, TaskRow row)
        : this(job, row.Seq, "") => _id = row.Id;

    public JobState Job { get; }
    public long Seq { get; }
    /// <summary>Any thread.</summary>
    public string Id => _id ??= NewId();
    public long TriggerKey { get; init; }
    public long ScheduledMs { get; init; }
    public long FireMs { get; init; }
    /// <summary>JSON text as it may be kept and shown.</summary>
    public string? Parameter { get; init; }
    /// <summary>With secrets put in, by the definition under which it was admitted; null: it held none, or was taken over from an earlier daemon.</summary>
    public string? FirstSent
    {
        get => _rare?.FirstSent;
        init
        {
            if (value is not null)
                Noted.FirstSent = value;
        }
    }
    public int ShardIndex => (int)(Seq - FireSeq);
    public int ShardTotal => Shards?.Total ?? 1;
    /// <summary>Of a broadcast: what it shares with the other shards of its fire.</summary>
    public ShardTally? Shards
    {
        get => _rare?.Shards;
        init
        {
            if (value is not null)
                Noted.Shards = value;
        }
    }
    /// <summary>The same for all shards of one fire, greater for each later fire.</summary>
    public long FireSeq => Shards?.FirstSeq ?? Seq;

    public TaskState State { get; set; } = TaskState.Starting;
    public int Attempt { get; set; } = 1;
    public WorkerState? Worker { get; set; }
    /// <summary>Where it stands among the tasks of its worker.</summary>
    public int Slot { get; set; }
    public long? StartedMs { get => Instant.OrNull(_startedMs); set => _startedMs = value ?? Instant.None; }
    public long? EndedMs
    {
        get => Instant.OrNull(Volatile.Read(ref _endedMs));
        set
        {
            Volatile.Write(ref _endedMs, value ?? Instant.None);
            HandedOver?.Revoke();
        }
    }
    public bool HasEnded => Volatile.Read(ref _endedMs) != Instant.None;
    public long UpdatedMs { get; set; }
    public bool Heartbeat { get; set; }
    public string? Process { get => _texts?.Process; set => _texts = value == Process ? _texts : Texts with { Process = value }; }
    public string? Message { get => _texts?.Message; set => _texts = value == Message ? _texts : Texts with { Message = value }; }
    public string? Output { get => _texts?.Output; set => _texts = value == Output ? _texts : Texts with { Output = value }; }
    /// <summary>Who asked for its end, once somebody did.</summary>
    public string? KilledBy { get => _texts?.KilledBy; set => _texts = value == KilledBy ? _texts : Texts with { KilledBy = value }; }

    /// <summary>The record of the task, in its present attempt and worker, is durable.</summary>
    public bool IsDurable { get; set; }
    /// <summary>A request for the task is under way, so its outcome will come.</summary>
    public bool IsSending { get; set; }
    /// <summary>Counts hand-overs: a place in a queue is that of one, and no good for the next.</summary>
    public int Sends { get; private set; }
    /// <summary>The one whose outcome is to come and counts; null, or of a task that has ended: there is none.</summary>
    public Handover? HandedOver { get; private set; }
    /// <summary>An attempt ended unknown on the present worker, or on the last one: the task may be there, run, and be reported.</summary>
    public bool IsInDoubt { get; set; }
    /// <summary>The first attempt on the present worker: a report of an earlier one is late.</summary>
    public int FirstAttemptHere { get; set; } = 1;
    /// <summary>The pause that the next attempt waits for, as far as the last process had recorded it.</summary>
    public TimeSpan PauseBefore { get => _rare?.PauseBefore ?? default; set => Noted.PauseBefore = value; }
    /// <summary>Attempts that ended unknown and were followed by another.</summary>
    public int Resends { get => _rare?.Resends ?? 0; set => Noted.Resends = value; }
    public int KillAsks { get => _rare?.KillAsks ?? 0; set => Noted.KillAsks = value; }
    /// <summary>It has run past its limit, and operators were told, or knew.</summary>
    public bool IsLate { get; set; }
    /// <summary>Its worker took the kill.</summary>
    public bool IsKillTaken { get; set; }
    /// <summary>The worker of the attempt before: the next one prefers another.</summary>
    public WorkerState? Avoid { get => _rare?.Avoid; set => Noted.Avoid = value; }
    public bool SomeWorkerWasFull { get; set; }
    /// <summary>A worker that had taken it gave it back by a report.</summary>
    public bool IsGivenBack { get; set; }
    /// <summary>Workers that did not take this attempt.</summary>
    public List<WorkerState>? Tried { get => _rare?.Tried; set => Noted.Tried = value; }
    /// <summary>A local process that an earlier daemon started.</summary>
    public bool IsOrphan { get; set; }
    /// <summary>The stop of the daemon ended it, not somebody's word.</summary>
    public bool IsEndedByStop { get; set; }
    /// <summary>Who waits for the record: the caller of a manual start.</summary>
    public StartCall? Caller
    {
        get => _rare?.Caller;
        init
        {
            if (value is not null)
                Noted.Caller = value;
        }
    }
    /// <summary>False: none of the four is there.</summary>
    public bool MayHaveTimers => _rare is not null;
    public TaskTimer? LostTimer { get => _rare?.LostTimer; set => Noted.LostTimer = value; }
    public TaskTimer? TimeoutTimer { get => _rare?.TimeoutTimer; set => Noted.TimeoutTimer = value; }
    public TaskTimer? KillTimer { get => _rare?.KillTimer; set => Noted.KillTimer = value; }
    public TaskTimer? RetryTimer { get => _rare?.RetryTimer; set => Noted.RetryTimer = value; }

    public bool IsLocal => Job.IsLocal;
    public bool IsManual => TriggerKey < 0;
    /// <summary>It has not ended, and no hand-over has come since.</summary>
    public bool IsAt(int sends) => !HasEnded && Sends == sends;
    /// <summary>Its worker may have it.</summary>
    public bool MayBeThere => IsSending || State == TaskState.Started || IsInDoubt;

    /// <summary>The hand-over before, if any, counts for nothing from now on: it does not begin, and an outcome of it is not this one's.</summary>
    public void HandOver(Handover? next)
    {
        HandedOver?.Revoke();
        HandedOver = next;
        Sends++;
    }

    /// <summary>Most end without a word, and had none.</summary>
    public void SayAtEnd(string? message, string? output)
    {
        if (message is not null || output is not null || _texts is not null)
            (Message, Output) = (message, output);
    }

    /// <summary>The outcome has come: a task that goes on for long holds nothing of how it was sent.</summary>
    public void OnOutcome() => (IsSending, HandedOver) = (false, null);

    /// <summary>
    /// As its worker gets it. The secrets of now; a task of a parameter that is no longer the job's keeps those that it began with. Any
    /// thread.
    /// </summary>
    public string? SentParameter(Job job) => job.Sent(Parameter) is { } sent && !ReferenceEquals(sent, Parameter) ? sent : FirstSent ?? Parameter;

    /// <summary>What of it is kept and may change, as it is now.</summary>
    public TaskProgress Progress() => new()
    {
        State = State,
        Attempt = Attempt,
        Worker = Worker?.Address,
        Heartbeat = Heartbeat,
        StartedMs = _startedMs,
        EndedMs = _endedMs,
        UpdatedMs = UpdatedMs,
        Texts = _texts,
    };

    public TaskRow ToRow() => ToRow(Progress());

    /// <summary>As it was at that point. Any thread.</summary>
    public TaskRow ToRow(in TaskProgress at) => new()
    {
        Seq = Seq,
        Id = _id ?? NewId(), // the row is soon gone: a task that waits to be sent keeps no text for it
        JobId = Job.Id,
        Job = Job.Job.Name,
        App = Job.Job.App.Name,
        TriggerKey = TriggerKey,
        ShardIndex = ShardIndex,
        ShardTotal = ShardTotal,
        ScheduledMs = ScheduledMs,
        FireMs = FireMs,
        StartedMs = Instant.OrNull(at.StartedMs),
        EndedMs = Instant.OrNull(at.EndedMs),
        UpdatedMs = at.UpdatedMs,
        State = at.State,
        Attempt = at.Attempt,
        Worker = at.Worker,
        Process = at.Texts?.Process,
        Heartbeat = at.Heartbeat,
        Parameter = Parameter,
        Message = at.Texts?.Message,
        Output = at.Texts?.Output,
        KilledBy = at.Texts?.KilledBy,
    };

    private string NewId() => string.Concat(_idStart, Seq.ToString(CultureInfo.InvariantCulture));

    private Rare Noted => _rare ??= new Rare();

    private TaskTexts Texts => _texts ?? TaskTexts.None;

    /// <summary>What a run that goes its way never has.</summary>
    private sealed class Rare
    {
        public string? FirstSent;
        public ShardTally? Shards;
        public int Resends;
        public int KillAsks;
        public TimeSpan PauseBefore;
        public WorkerState? Avoid;
        public List<WorkerState>? Tried;
        public StartCall? Caller;
        public TaskTimer? LostTimer;
        public TaskTimer? TimeoutTimer;
        public TaskTimer? KillTimer;
        public TaskTimer? RetryTimer;
    }
}

/// <summary>
/// A caller who waits to be told the task that he started. He may give up; then nothing of it may run. Once the record is on its way to
/// the disk he cannot: it may be there already, and after a crash it would run. Any thread.
/// </summary>
internal sealed class StartCall(TaskCompletionSource<TriggerResult> answer)
{
    private const int Waits = 0;
    private const int IsBeingKept = 1;
    private const int HasGivenUp = 2;

    private int _state;
    private bool _isTold;

    /// <summary>False: he has given up, and nothing is to be recorded.</summary>
    public bool TryKeep() =>
        !answer.Task.IsCompleted && Interlocked.CompareExchange(ref _state, IsBeingKept, Waits) is Waits or IsBeingKept;

    /// <summary>False: the record is being kept, and its fate is his answer.</summary>
    public bool TryGiveUp() => Interlocked.CompareExchange(ref _state, HasGivenUp, Waits) is Waits or HasGivenUp;

    /// <summary>False: he was told something else already.</summary>
    public bool Tell(TriggerResult result) => _isTold || (_isTold = answer.TrySetResult(result));

    public void TellUnavailable() => answer.TrySetResult(new TriggerResult(CommandResult.Unavailable, null));
}

internal enum TimerKind
{
    /// <summary>No report came for too long.</summary>
    Lost,
    /// <summary>The job's <c>timeout</c> has passed: to be noted.</summary>
    Timeout,
    /// <summary>The job's <c>killAfter</c> has passed, or a kill was not confirmed in time.</summary>
    Kill,
    /// <summary>The pause before the next attempt is over.</summary>
    Retry,
}

/// <summary>A deadline of a task in the wheel of monotonic time.</summary>
internal sealed class TaskTimer(TaskRun task, TimerKind kind) : WheelItem
{
    public TaskRun Task { get; } = task;
    public TimerKind Kind { get; } = kind;
}
