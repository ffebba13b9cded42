using Qschedd.Engine.Model;

namespace Qschedd.Engine.Ports;

/// <summary>
/// One row to write. The engine goes on while the writer reads it: rows are immutable, and what one that is made late is made of does not
/// change once the change was added.
/// </summary>
internal abstract class Change;

/// <summary>Decides about a change of his, and is told of it. Only the loop asks him.</summary>
internal interface IChangeOwner
{
    OnRefusal OnRefusal { get; }

    /// <summary>
    /// False: it is given up like a change that was refused. Asked when it is handed to the store, if it was added as one that may be
    /// unwanted or its batch has such a one.
    /// </summary>
    bool IsWanted { get; }

    /// <param name="change">His.</param>
    /// <param name="error">Null: it is durable. Else the refusal, where he is told of it.</param>
    void OnCompleted(Change change, Exception? error);
}

/// <summary>What becomes of a change whose transaction was not kept.</summary>
internal enum OnRefusal
{
    /// <summary>It is offered again, in its old place, until the store takes it.</summary>
    Keep,
    /// <summary>It is given up and its owner told: a caller waits for the answer.</summary>
    Drop,
}

/// <param name="source">
/// The row, or what it is made of when it is asked for: one place for both, as there are some of these for each fire.
/// </param>
internal abstract class RowChange<TRow>(object source) : Change
    where TRow : class
{
    protected object Source { get; } = source;

    /// <summary>
    /// Made anew each time it is asked for: were it kept, all rows of a batch would live for as long as the batch is under way, and the
    /// collector moves what lives. Any thread.
    /// </summary>
    public TRow Row => Source as TRow ?? Render();

    /// <summary>Of one made without its row.</summary>
    protected virtual TRow Render() => throw new InvalidOperationException("it was made without a row");
}

internal class TaskInsert : RowChange<TaskRow>
{
    public TaskInsert(TaskRow row)
        : base(row)
    {
    }

    /// <summary>Of one that renders its row.</summary>
    protected TaskInsert(object source)
        : base(source)
    {
    }

    /// <summary>Set by the store before completion: the fire is on record already, by whomever.</summary>
    public bool Duplicate { get; set; }
}

/// <summary>Replaces the changing columns of a task: state, attempt, worker, process, heartbeat, times, message, output.</summary>
internal class TaskUpdate : RowChange<TaskRow>
{
    public TaskUpdate(TaskRow row)
        : base(row)
    {
    }

    /// <summary>Of one that renders its row.</summary>
    protected TaskUpdate(object source)
        : base(source)
    {
    }
}

internal sealed class AttemptInsert(AttemptRow row) : Change
{
    public AttemptRow Row { get; } = row;
}

/// <summary>Inserts or replaces a job's row by its id, and the text of its definition when one is given.</summary>
internal class JobSave : RowChange<JobRow>
{
    public JobSave(JobRow row, Job? definition = null)
        : base(row) => Definition = definition;

    /// <summary>Of one that renders its row.</summary>
    protected JobSave(object source, Job? definition)
        : base(source) => Definition = definition;

    /// <summary>Null: the text that is kept is this row's already. It is rendered when it is written: texts are long and jobs many.</summary>
    public Job? Definition { get; }
}

/// <summary>Of a job whose row is kept, what its runs change: the rest stays.</summary>
internal sealed class JobRunSave : Change
{
    private readonly long _lastRunMs;
    private readonly long _lastUpdateMs;

    public required int JobId { get; init; }
    public required TaskState LastState { get; init; }
    public required long LastTaskSeq { get; init; }
    public required long? LastRunMs { get => Instant.OrNull(_lastRunMs); init => _lastRunMs = value ?? Instant.None; }
    public required long? LastUpdateMs { get => Instant.OrNull(_lastUpdateMs); init => _lastUpdateMs = value ?? Instant.None; }
    public required int FailuresInRow { get; init; }
    public required long MisfiresDiscarded { get; init; }

    public static JobRunSave Of(JobRow row) => new()
    {
        JobId = row.Id,
        LastState = row.LastState,
        LastTaskSeq = row.LastTaskSeq,
        LastRunMs = row.LastRunMs,
        LastUpdateMs = row.LastUpdateMs,
        FailuresInRow = row.FailuresInRow,
        MisfiresDiscarded = row.MisfiresDiscarded,
    };
}

/// <summary>The job is in no file any more: its row stays, the text of its definition goes.</summary>
internal sealed class DefinitionDelete(int jobId) : Change
{
    public int JobId { get; } = jobId;
}

/// <summary>The definitions of the server and of all apps, in place of those that are kept.</summary>
internal sealed class CatalogSave(Catalog catalog) : Change
{
    public Catalog Catalog { get; } = catalog;
}

/// <summary>Every fire of an enabled job that was due at or before this instant is recorded. Never moves back, unless forced.</summary>
internal sealed class WatermarkSave(long watermarkMs, bool forced = false) : Change
{
    public long WatermarkMs { get; } = watermarkMs;
    /// <summary>It may move back too: the clock had run ahead.</summary>
    public bool Forced { get; } = forced;
}

/// <summary>An operator's word on one worker of one job; <see cref="WorkerOverrideRow.Online"/> null removes it.</summary>
internal sealed class WorkerOverrideSave(WorkerOverrideRow row) : Change
{
    public WorkerOverrideRow Row { get; } = row;
}

/// <summary>A registration by (app, address); <see cref="RegistrationRow.LastSeenMs"/> null removes it.</summary>
internal sealed class RegistrationSave(RegistrationRow row) : Change
{
    public RegistrationRow Row { get; } = row;
}

internal sealed class AuditInsert(AuditRow row) : Change
{
    public AuditRow Row { get; } = row;
}
