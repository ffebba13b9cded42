using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Checker;

/// <summary>
/// What happened in a run, as those saw it who are not the engine: the jobs' change log, the workers' own receipts, the callers'
/// answers, and the rows of the database. Times are of the true clock, which never steps, unless they say Wall.
/// </summary>
internal sealed class History
{
    /// <summary>How late a fire may be that nothing holds up.</summary>
    public long PromptMs { get; init; } = 1_000;
    /// <summary>
    /// After how long in good order a change is surely kept: the process runs without standing still, and the store is well, with nothing
    /// slow under way from before. A change that is not kept when the process dies is unknown to the next one, which counts from its start.
    /// </summary>
    public long SettleMs { get; init; } = 2_000;
    public required long MisfireThresholdMs { get; init; }

    public List<Segment> Segments { get; } = [];
    public List<JobLife> Lives { get; } = [];
    /// <summary>Jobs that were perhaps never on: started by hand only.</summary>
    public List<JobSpec> OtherJobs { get; } = [];
    public List<Receipt> Receipts { get; } = [];
    public List<Look> Looks { get; } = [];
    public List<WorkerWord> Words { get; } = [];
    public List<StartAnswer> Starts { get; } = [];
    public List<ReportAnswer> Reports { get; } = [];
    public List<TaskRow> Rows { get; init; } = [];
    public List<AttemptRow> Attempts { get; init; } = [];

    /// <summary>Tasks due or taken up later need not have ended.</summary>
    public long EndedByWallMs { get; set; } = long.MinValue;
}

internal sealed record TriggerSpec(long Key, string Cron, int OffsetSeconds = 0);

/// <param name="Name">Of the job.</param>
/// <param name="Triggers">When it is due.</param>
/// <param name="IsRetry">recover: retry.</param>
/// <param name="IsAlone">No two tasks of it at once: overlap is skip, and it is no broadcast.</param>
/// <param name="AttemptsMax">Tries of one task.</param>
internal sealed record JobSpec(string Name, IReadOnlyList<TriggerSpec> Triggers, bool IsRetry = false, bool IsAlone = false, int AttemptsMax = 1);

/// <summary>A stretch in which a job is on, by the same triggers. Its ends may be blurred: a change was asked for, and kept later.</summary>
/// <param name="spec">The job.</param>
/// <param name="fromMs">When it begins, at the earliest.</param>
/// <param name="wallFromMs">What the wall clock showed then: what was due before is not its own.</param>
internal sealed class JobLife(JobSpec spec, long fromMs, long wallFromMs)
{
    public JobSpec Spec { get; } = spec;
    public long FromMs { get; } = fromMs;
    public long WallFromMs { get; } = wallFromMs;
    /// <summary>At the latest; never: it may not have begun at all.</summary>
    public long SureFromMs { get; set; } = long.MaxValue;
    /// <summary>Until when it surely lasts.</summary>
    public long SureToMs { get; set; } = long.MaxValue;
    /// <summary>At the latest.</summary>
    public long ToMs { get; set; } = long.MaxValue;
}

/// <summary>How a stretch of the daemon's time began.</summary>
internal enum Beginning
{
    /// <summary>A new process.</summary>
    Start,
    /// <summary>The wall clock was set.</summary>
    ClockStep,
    /// <summary>The process stood still before: stopped, suspended.</summary>
    Resume,
    /// <summary>The store began to refuse, or to take, commits.</summary>
    Store,
}

/// <summary>A stretch in which one process ran, with the wall clock at one offset, and the store well or not. Else it ran not at all.</summary>
internal sealed record Segment(int Pid, Beginning Beginning, long FromMs, long ToMs, long WallOffsetMs, bool IsStoreWell)
{
    public long WallFromMs => FromMs + WallOffsetMs;
    public long WallToMs => ToMs + WallOffsetMs;
}

internal enum WorkEnd
{
    Open,
    Finished,
    Failed,
    /// <summary>The worker gave the task back.</summary>
    GivenBack,
    /// <summary>The worker died over it.</summary>
    Lost,
}

/// <summary>One request, as the worker's side saw it.</summary>
internal sealed class Receipt
{
    public required string TaskId { get; init; }
    public required string Job { get; init; }
    public required long ScheduledMs { get; init; }
    public int ShardIndex { get; init; }
    public int Attempt { get; init; } = 1;
    public required string Worker { get; init; }
    public required string Host { get; init; }
    /// <summary>Nothing of it had left the daemon before.</summary>
    public required long BegunMs { get; init; }
    /// <summary>When it began, the task was on record, with this attempt and worker.</summary>
    public bool WasOnRecord { get; init; } = true;
    /// <summary>Null: the worker did not take it, or knew it already.</summary>
    public long? WorkFromMs { get; set; }
    public long WorkToMs { get; set; } = long.MaxValue;
    public WorkEnd End { get; set; }
    /// <summary>From then on it cannot start any work.</summary>
    public long OverMs { get; set; } = long.MaxValue;

    public bool IsUnderWayAt(long ms) => BegunMs <= ms && ms < (WorkFromMs is null ? OverMs : WorkToMs);
}

/// <summary>Somebody asked what runs on a host, and what he saw.</summary>
internal sealed record Look(long AtMs, string Host, IReadOnlyCollection<string> Jobs);

/// <summary>An operator's word on a worker of a job, answered as done.</summary>
internal sealed record WorkerWord(string Job, string Worker, bool IsOnline, long AskedMs, long AnsweredMs);

/// <summary>A start by hand. TaskId: it was promised; null: he was told that it failed. Call marks the parameter.</summary>
internal sealed record StartAnswer(string Call, string? TaskId, long AtMs);

/// <summary>A report that was answered as done, and what was on record at that moment.</summary>
internal sealed record ReportAnswer(string TaskId, int Attempt, string Worker, TaskState State, TaskRow? OnRecord);
