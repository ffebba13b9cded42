using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>A store whose commits happen when the test says so, or fail; it outlives an engine, as a file does.</summary>
internal sealed class KeptStore : IStore
{
    private readonly Dictionary<string, JobRow> _jobs = [];
    private readonly Dictionary<(int, string), WorkerOverrideRow> _overrides = [];
    private readonly Dictionary<(string, string), RegistrationRow> _registrations = [];
    private readonly Dictionary<(int, long, long, int), long> _fires = [];
    private (JournalBatch Batch, Action<JournalBatch> Completed)? _batch;
    private long _boots;

    public SortedDictionary<long, TaskRow> Tasks { get; } = [];
    public List<AttemptRow> Attempts { get; } = [];
    public List<AuditRow> Audit { get; } = [];
    /// <summary>Writes of a definition's text, in order: job and print, 0 for a deletion.</summary>
    public List<(string Job, long Print)> Definitions { get; } = [];
    public long? WatermarkMs { get; private set; }
    public int RegistrationWrites { get; private set; }

    /// <summary>Commits fail with this while it is set.</summary>
    public Exception? Fault { get; set; }

    /// <summary>Commits wait until it is set again: the engine goes on meanwhile.</summary>
    public bool IsHeld { get; set; }

    public bool HasBatch => _batch is not null && !IsHeld;

    public StoreFigures Figures { get; } = new();

    public string? Trouble => Fault?.Message;

    public IEnumerable<TaskRow> Of(string job) => Tasks.Values.Where(t => t.Job == job);

    public StoreImage Load() => new()
    {
        NextTaskSeq = Tasks.Count == 0 ? 1 : Tasks.Keys.Max() + 1,
        BootCount = ++_boots,
        WatermarkMs = WatermarkMs,
        Jobs = [.. _jobs.Values],
        RunningTasks = [.. Tasks.Values.Where(t => t.State.IsRunning())],
        WorkerOverrides = [.. _overrides.Values],
        Registrations = [.. _registrations.Values],
    };

    public void Commit(JournalBatch batch, Action<JournalBatch> completed)
    {
        Assert.Null(_batch); // the engine has one batch under way
        _batch = (batch, completed);
    }

    public void Complete()
    {
        if (_batch is not { } waiting || IsHeld)
            return;
        _batch = null;
        waiting.Batch.Error = Fault;
        if (Fault is null)
            KeepAll(waiting.Batch);
        waiting.Completed(waiting.Batch);
    }

    public void Trim(HistorySettings history, long nowMs)
    {
        // The engine's tests keep everything.
    }

    public TaskRow? FindTask(string taskId) => Tasks.Values.FirstOrDefault(t => t.Id == taskId);

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query) =>
    [
        .. Of(query.Job).Where(t => (query.States?.Contains(t.State) ?? true) && t.ScheduledMs < (query.ToMs ?? long.MaxValue))
            .OrderByDescending(t => t.ScheduledMs).Take(query.Limit),
    ];

    public IReadOnlyList<AuditEntry> ListAudit(AuditQuery query) => [.. Audit.Select((row, i) => new AuditEntry(i + 1, row)).Reverse()];

    public IReadOnlyList<AttemptRow> ListAttempts(long taskSeq) => [.. Attempts.Where(a => a.TaskSeq == taskSeq)];

    public void Dispose()
    {
        // Nothing is held: an engine that ends leaves the store to the next.
    }

    public void LoseRowOf(string job) => _jobs.Remove(job);

    public void ForgetWatermark(long watermarkMs) => WatermarkMs = watermarkMs;

    /// <summary>The process dies: what is under way is lost, what was committed stays.</summary>
    public KeptStore Crash()
    {
        _batch = null;
        IsHeld = false;
        return this;
    }

    /// <summary>Breaks a rule: a batch with such a change is refused, whatever the state of the host.</summary>
    public Func<Change, bool> IsPoison { get; set; } = _ => false;

    /// <summary>A shard goes on record with its fire only.</summary>
    private bool AddFire(TaskRow row)
    {
        bool isOfAnother = row.ShardIndex > 0
            && _fires.TryGetValue((row.JobId, row.ScheduledMs, row.TriggerKey, 0), out long first) && first != row.Seq - row.ShardIndex;
        return !isOfAnother && _fires.TryAdd((row.JobId, row.ScheduledMs, row.TriggerKey, row.ShardIndex), row.Seq);
    }

    private void KeepAll(JournalBatch batch)
    {
        if (batch.Changes.Any(IsPoison))
        {
            batch.Error = new InvalidOperationException("a rule is broken");
            batch.IsAtFault = true;
            return;
        }
        foreach (var change in batch.Changes)
            Keep(change);
    }

    private void Keep(Change change)
    {
        switch (change)
        {
            case TaskInsert insert:
                Assert.True(_jobs.ContainsKey(insert.Row.Job), "a task before its job's row");
                insert.Duplicate = !AddFire(insert.Row);
                if (!insert.Duplicate)
                    Tasks.Add(insert.Row.Seq, insert.Row);
                break;
            case TaskUpdate update:
                Assert.True(Tasks.ContainsKey(update.Row.Seq), "an update of a task that is not on record");
                Tasks[update.Row.Seq] = update.Row;
                break;
            case AttemptInsert attempt:
                Attempts.Add(attempt.Row);
                break;
            case JobSave job:
                _jobs[job.Row.Name] = job.Row;
                if (job.Definition is not null)
                    Definitions.Add((job.Row.Name, job.Row.DefinitionPrint));
                break;
            case JobRunSave run:
                var ran = _jobs.Values.Single(r => r.Id == run.JobId);
                _jobs[ran.Name] = Storage.Rows.After(run, ran);
                break;
            case DefinitionDelete gone:
                Definitions.Add((_jobs.Values.Single(r => r.Id == gone.JobId).Name, 0));
                var row = _jobs.Values.Single(r => r.Id == gone.JobId);
                _jobs[row.Name] = row with { DefinitionPrint = 0 };
                break;
            case CatalogSave:
                break;
            case WatermarkSave watermark:
                WatermarkMs = watermark.WatermarkMs;
                break;
            case WorkerOverrideSave save when save.Row.Online is null:
                _overrides.Remove((save.Row.JobId, save.Row.Address));
                break;
            case WorkerOverrideSave save:
                _overrides[(save.Row.JobId, save.Row.Address)] = save.Row;
                break;
            case RegistrationSave save when save.Row.LastSeenMs is null:
                _registrations.Remove((save.Row.App, save.Row.Address));
                break;
            case RegistrationSave save:
                RegistrationWrites++;
                _registrations[(save.Row.App, save.Row.Address)] = save.Row;
                break;
            case AuditInsert audit:
                Audit.Add(audit.Row);
                break;
            default:
                Assert.Fail($"a change of unknown kind: {change}");
                break;
        }
    }
}
