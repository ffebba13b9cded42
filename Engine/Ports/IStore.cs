using Qschedd.Engine.Figures;
using Qschedd.Engine.Model;

namespace Qschedd.Engine.Ports;

/// <summary>
/// What must outlive the process. One writer takes batches in the order of <see cref="Commit"/> and completes each after
/// its transaction is durable; batches that wait together share one transaction (group commit).
/// Reads of history may come from any thread and see what is committed.
/// </summary>
/// <remarks>
/// Invariant: (job, trigger, scheduled time, shard) is unique. A second insert of one is no error: it is marked
/// <see cref="TaskInsert.Duplicate"/> and changes nothing.
/// </remarks>
internal interface IStore : IDisposable
{
    /// <summary>All that the engine needs to go on where the last process stopped. Called once, before any commit.</summary>
    StoreImage Load();

    /// <summary>
    /// Queues a batch; never blocks on I/O. <paramref name="completed"/> runs on the writer's thread when the batch is durable,
    /// or with <see cref="JournalBatch.Error"/> set when nothing of it was kept (all or nothing).
    /// The engine keeps at most <see cref="BatchesMax"/> under way.
    /// </summary>
    void Commit(JournalBatch batch, Action<JournalBatch> completed);

    /// <summary>Asks for old history to be removed in small steps between commits. Returns at once.</summary>
    void Trim(HistorySettings history, long nowMs);

    TaskRow? FindTask(string taskId);

    /// <summary>A job's tasks by scheduled time, newest first.</summary>
    IReadOnlyList<TaskRow> ListTasks(TaskQuery query);

    /// <summary>The attempts of a task that came before its current one, oldest first.</summary>
    IReadOnlyList<AttemptRow> ListAttempts(long taskSeq);

    /// <summary>Who changed what, newest first.</summary>
    IReadOnlyList<AuditEntry> ListAudit(AuditQuery query);

    StoreFigures Figures { get; }

    /// <summary>Null while the store takes commits, else the reason why it does not, in an operator's words.</summary>
    string? Trouble { get; }

    public const int BatchesMax = 2;

    /// <summary>Of the audit so many rows stay, the newest, unless history is kept for less.</summary>
    public const int AuditRowsMax = 100_000;
}

/// <summary>What became of batches, and what was found of rows, since the start. Owner: the store's writer; any thread may read.</summary>
internal sealed class StoreFigures
{
    private long _failures;
    private long _damagedRows;

    /// <summary>Changes in one transaction.</summary>
    public Histogram Changes { get; } = new(1, 1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 20_000);

    /// <summary>From the begin of a transaction until it is durable, in microseconds.</summary>
    public Histogram Times { get; } = new(
        1_000_000, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000);

    public long Failures => Volatile.Read(ref _failures);

    public void OnCommitted(int changes, TimeSpan time)
    {
        Changes.Observe(changes);
        Times.Observe((long)time.TotalMicroseconds);
    }

    public void OnFailed() => _failures++;

    /// <summary>Rows that did not say what was written, each counted once.</summary>
    public long DamagedRows => Volatile.Read(ref _damagedRows);

    /// <summary>Any thread.</summary>
    public void OnDamaged() => Interlocked.Increment(ref _damagedRows);
}

internal sealed class JournalBatch(IReadOnlyList<Change> changes)
{
    public IReadOnlyList<Change> Changes { get; } = changes;

    /// <summary>Set by the store before it completes the batch: why nothing of it was kept.</summary>
    public Exception? Error { get; set; }

    /// <summary>Set with <see cref="Error"/>: the changes break a rule, so that offering the same again is no use; the store itself works.</summary>
    public bool IsAtFault { get; set; }
}

/// <summary>A task as kept. Times are epoch milliseconds.</summary>
internal sealed record TaskRow
{
    /// <summary>Number of the task, ever growing, never used again; the last part of <see cref="Id"/>.</summary>
    public required long Seq { get; init; }
    public required string Id { get; init; }
    public required int JobId { get; init; }
    public required string Job { get; init; }
    public required string App { get; init; }
    /// <summary>Of a cron fire the trigger's key (positive), of a manual task -<see cref="Seq"/>.</summary>
    public required long TriggerKey { get; init; }
    public int ShardIndex { get; init; }
    public int ShardTotal { get; init; } = 1;
    /// <summary>The planned instant; of a manual task the instant of the call.</summary>
    public required long ScheduledMs { get; init; }
    /// <summary>When the fire was taken up.</summary>
    public required long FireMs { get; init; }
    public long? StartedMs { get; init; }
    public long? EndedMs { get; init; }
    public required long UpdatedMs { get; init; }
    public required TaskState State { get; init; }
    public int Attempt { get; init; } = 1;
    /// <summary>Address of the worker, <c>local</c> for the daemon's own host, null while none is chosen.</summary>
    public string? Worker { get; init; }
    /// <summary>Of a local task <c>pid:start time</c>, so that a later daemon can tell whether it still runs.</summary>
    public string? Process { get; init; }
    /// <summary>The task has sent a heartbeat: from then on silence means that it is lost.</summary>
    public bool Heartbeat { get; init; }
    /// <summary>JSON text.</summary>
    public string? Parameter { get; init; }
    public string? Message { get; init; }
    public string? Output { get; init; }
    /// <summary>Who asked for its end: a kill that a restart must not forget.</summary>
    public string? KilledBy { get; init; }
}

/// <summary>An attempt that a later one has followed.</summary>
internal sealed record AttemptRow(long TaskSeq, int Attempt, TaskState State, string? Worker, long? StartedMs, long EndedMs, string? Message);

internal sealed record JobRow
{
    /// <summary>Small, positive, stable for good, never used for another job.</summary>
    public required int Id { get; init; }
    public required string Name { get; init; }
    public required string App { get; init; }
    public required long CreatedMs { get; init; }
    public required long UpdatedMs { get; init; }
    public required long DefinitionHash { get; init; }
    /// <summary>Of the text of the definition that is kept; 0: none.</summary>
    public long DefinitionPrint { get; init; }
    /// <summary>Hash of what decides when the job fires (its triggers' keys).</summary>
    public required long TriggerHash { get; init; }
    /// <summary>Fires due at or before this instant are not the job's: it was off, or not there, or fired by another rule.</summary>
    public required long EffectiveFromMs { get; init; }
    /// <summary>On or off by the API, null: as the YAML says.</summary>
    public bool? EnabledOverride { get; init; }
    /// <summary>What the YAML said when the override was made; when the YAML says otherwise, the override ends.</summary>
    public bool? OverriddenYamlState { get; init; }
    public string? OverrideBy { get; init; }
    public long? OverrideAtMs { get; init; }
    /// <summary>Number of the newest task; of a broadcast, of its first shard.</summary>
    public long LastTaskSeq { get; init; }
    public TaskState LastState { get; init; }
    public long? LastRunMs { get; init; }
    public long? LastUpdateMs { get; init; }
    public int FailuresInRow { get; init; }
    /// <summary>Fires that were missed and discarded, ever.</summary>
    public long MisfiresDiscarded { get; init; }
}

internal sealed record WorkerOverrideRow(int JobId, string Address, bool? Online, string By, long AtMs);

/// <param name="App">Name of the app.</param>
/// <param name="Address">host:port, or a base URL of an XXL-JOB executor.</param>
/// <param name="Hostname">As the worker gave it.</param>
/// <param name="Jobs">Names of the jobs it serves, null: all of the app that speak its protocol.</param>
/// <param name="LastSeenMs">The last call; negative: it unregistered then; null removes the registration.</param>
internal sealed record RegistrationRow(string App, string Address, string Hostname, IReadOnlyList<string>? Jobs, long? LastSeenMs)
{
    /// <summary>It said goodbye, and has not come back.</summary>
    public bool HasLeft => LastSeenMs <= 0;
}

/// <param name="AtMs">When.</param>
/// <param name="Actor">Who: <c>admin from 10.0.0.9</c>, <c>app demo from a local socket</c>, <c>reload</c>.</param>
/// <param name="Action">One word.</param>
/// <param name="Target">The job, or empty: it was about the whole configuration.</param>
/// <param name="Detail">What of it: a task, a worker's address, counts.</param>
internal sealed record AuditRow(long AtMs, string Actor, string Action, string Target, string? Detail);

/// <param name="Id">Greater for each later row.</param>
/// <param name="Row">What it says.</param>
internal sealed record AuditEntry(long Id, AuditRow Row);

/// <param name="Target">Only this job's, null: all.</param>
/// <param name="AfterId">Go on after this row of an earlier page: only older ones.</param>
/// <param name="Limit">At most so many.</param>
internal sealed record AuditQuery(string? Target, long? AfterId, int Limit);

/// <summary>What the last process left.</summary>
internal sealed record StoreImage
{
    /// <summary>Greater than any task number ever committed.</summary>
    public required long NextTaskSeq { get; init; }
    /// <summary>How often this database was opened by a daemon, this time included.</summary>
    public required long BootCount { get; init; }
    public required long? WatermarkMs { get; init; }
    public required IReadOnlyList<JobRow> Jobs { get; init; }
    /// <summary>Tasks in state 100 or 200, by number.</summary>
    public required IReadOnlyList<TaskRow> RunningTasks { get; init; }
    public required IReadOnlyList<WorkerOverrideRow> WorkerOverrides { get; init; }
    public required IReadOnlyList<RegistrationRow> Registrations { get; init; }
}

/// <param name="Job">Name of the job.</param>
/// <param name="States">Only these, null: all.</param>
/// <param name="FromMs">Scheduled at or after.</param>
/// <param name="ToMs">Scheduled before.</param>
/// <param name="AfterId">Go on after this task of an earlier page.</param>
/// <param name="Limit">At most so many.</param>
internal sealed record TaskQuery(string Job, IReadOnlyList<TaskState>? States, long? FromMs, long? ToMs, string? AfterId, int Limit);
