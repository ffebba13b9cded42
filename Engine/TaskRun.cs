using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Engine.Wheel;

namespace Qschedd.Engine;

/// <summary>One run of a job from its record to its end. Owner: the loop.</summary>
internal sealed class TaskRun(JobState job, long seq, string id)
{
    public JobState Job { get; } = job;
    public long Seq { get; } = seq;
    public string Id { get; } = id;
    public long TriggerKey { get; init; }
    public long ScheduledMs { get; init; }
    public long FireMs { get; init; }
    /// <summary>JSON text as it may be kept and shown.</summary>
    public string? Parameter { get; init; }
    /// <summary>With secrets put in, by the definition under which it was admitted; null: it held none, or was taken over from an earlier daemon.</summary>
    public string? FirstSent { get; init; }
    public int ShardIndex { get; init; }
    public int ShardTotal { get; init; } = 1;
    /// <summary>Of a broadcast: what it shares with the other shards of its fire.</summary>
    public ShardTally? Shards { get; init; }
    /// <summary>The same for all shards of one fire, greater for each later fire.</summary>
    public long FireSeq => Shards?.FirstSeq ?? Seq;

    public TaskState State { get; set; } = TaskState.Starting;
    public int Attempt { get; set; } = 1;
    public WorkerState? Worker { get; set; }
    public long? StartedMs { get; set; }
    public long? EndedMs { get; set; }
    public long UpdatedMs { get; set; }
    public string? Process { get; set; }
    public bool Heartbeat { get; set; }
    public string? Message { get; set; }
    public string? Output { get; set; }

    /// <summary>The record of the task, in its present attempt and worker, is durable.</summary>
    public bool IsDurable { get; set; }
    /// <summary>A request for the task is under way, so its outcome will come.</summary>
    public bool IsSending { get; set; }
    /// <summary>Counts hand-overs: an outcome of an earlier one is not taken for that of the present one.</summary>
    public int Sends { get; set; }
    /// <summary>An attempt ended unknown on the present worker, or on the last one: the task may be there, run, and be reported.</summary>
    public bool IsInDoubt { get; set; }
    /// <summary>The first attempt on the present worker: a report of an earlier one is late.</summary>
    public int FirstAttemptHere { get; set; } = 1;
    /// <summary>The pause that the next attempt waits for, as far as the last process had recorded it.</summary>
    public TimeSpan PauseBefore { get; set; }
    /// <summary>Attempts that ended unknown and were followed by another.</summary>
    public int Resends { get; set; }
    /// <summary>Who asked for its end, once somebody did.</summary>
    public string? KilledBy { get; set; }
    public int KillAsks { get; set; }
    /// <summary>It has run past its limit, and operators were told, or knew.</summary>
    public bool IsLate { get; set; }
    /// <summary>Its worker took the kill.</summary>
    public bool IsKillTaken { get; set; }
    /// <summary>The worker of the attempt before: the next one prefers another.</summary>
    public WorkerState? Avoid { get; set; }
    public bool SomeWorkerWasFull { get; set; }
    /// <summary>A worker that had taken it gave it back by a report.</summary>
    public bool IsGivenBack { get; set; }
    /// <summary>Workers that did not take this attempt.</summary>
    public List<WorkerState>? Tried { get; set; }
    /// <summary>A local process that an earlier daemon started.</summary>
    public bool IsOrphan { get; set; }
    /// <summary>The stop of the daemon ended it, not somebody's word.</summary>
    public bool IsEndedByStop { get; set; }
    /// <summary>Who waits for the record: the caller of a manual start.</summary>
    public StartCall? Caller { get; set; }
    /// <summary>What follows when its first record is durable.</summary>
    public Action<TaskRun>? Recorded { get; set; }
    public TaskTimer? LostTimer { get; set; }
    public TaskTimer? TimeoutTimer { get; set; }
    public TaskTimer? KillTimer { get; set; }
    public TaskTimer? RetryTimer { get; set; }

    /// <summary>The secrets of now; a task of a parameter that is no longer the job's keeps those that it began with.</summary>
    private string? SentParameter => Job.Job.Sent(Parameter) is { } sent && !ReferenceEquals(sent, Parameter) ? sent : FirstSent ?? Parameter;

    public bool IsLocal => Job.IsLocal;
    public bool IsManual => TriggerKey < 0;
    /// <summary>It has not ended, and that hand-over is still the present one. Any thread, for a first look.</summary>
    public bool IsAt(int sends) => EndedMs is null && Sends == sends;
    /// <summary>Its worker may have it.</summary>
    public bool MayBeThere => IsSending || State == TaskState.Started || IsInDoubt;

    public RunRequest ToRequest(WorkerState worker, ServerSettings server) => new()
    {
        TaskId = Id,
        TaskSeq = Seq,
        Job = Job.Job,
        JobId = Job.Id,
        Worker = worker.Address,
        Attempt = Attempt,
        FirstAttempt = FirstAttemptHere,
        ScheduledMs = ScheduledMs,
        FireMs = FireMs,
        DeadlineMs = Job.Job.KillAfter > TimeSpan.Zero ? FireMs + (long)Job.Job.KillAfter.TotalMilliseconds : null,
        Parameter = SentParameter,
        ShardIndex = ShardIndex,
        ShardTotal = ShardTotal,
        AnswerTimeout = server.AnswerTimeout,
        Callback = server.Advertise + "api/tasks/state.do",
    };

    public TaskRow ToRow() => new()
    {
        Seq = Seq,
        Id = Id,
        JobId = Job.Id,
        Job = Job.Job.Name,
        App = Job.Job.App.Name,
        TriggerKey = TriggerKey,
        ShardIndex = ShardIndex,
        ShardTotal = ShardTotal,
        ScheduledMs = ScheduledMs,
        FireMs = FireMs,
        StartedMs = StartedMs,
        EndedMs = EndedMs,
        UpdatedMs = UpdatedMs,
        State = State,
        Attempt = Attempt,
        Worker = Worker?.Address,
        Process = Process,
        Heartbeat = Heartbeat,
        Parameter = Parameter,
        Message = Message,
        Output = Output,
        KilledBy = KilledBy,
    };
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
