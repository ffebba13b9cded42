using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Simulation;

/// <summary>What is committed. It outlives each process; the rules are those of the SQLite schema.</summary>
internal sealed class SimDisk
{
    private readonly Dictionary<string, TaskRow> _byId = [];
    private readonly SortedDictionary<long, TaskRow> _running = [];
    private readonly SortedDictionary<int, JobRow> _jobs = [];
    private readonly Dictionary<string, int> _jobIds = [];
    private readonly Dictionary<(int, long, long, int), long> _fires = [];
    private readonly SortedDictionary<(int, string), WorkerOverrideRow> _overrides = [];
    private readonly SortedDictionary<(string, string), RegistrationRow> _registrations = [];
    private readonly Dictionary<long, SortedDictionary<int, AttemptRow>> _attempts = [];
    private long _taskSeqMax;
    private long? _watermarkMs;
    private long _boots;

    /// <summary>A rule that a change broke: a defect of the engine's.</summary>
    public Action<string> Broken { get; set; } = _ => { };

    public IEnumerable<TaskRow> Tasks => _byId.Values;
    public IEnumerable<AttemptRow> Attempts => _attempts.Values.SelectMany(a => a.Values);

    public TaskRow? Find(string taskId) => _byId.GetValueOrDefault(taskId);

    public IReadOnlyList<AttemptRow> AttemptsOf(long taskSeq) => _attempts.TryGetValue(taskSeq, out var all) ? [.. all.Values] : [];

    public StoreImage Load() => new()
    {
        NextTaskSeq = _taskSeqMax + 1,
        BootCount = ++_boots,
        WatermarkMs = _watermarkMs,
        Jobs = [.. _jobs.Values],
        RunningTasks = [.. _running.Values],
        WorkerOverrides = [.. _overrides.Values],
        Registrations = [.. _registrations.Values],
    };

    public void Keep(Change change)
    {
        switch (change)
        {
            case TaskInsert insert: Keep(insert); break;
            case TaskUpdate update: Keep(update.Row); break;
            case AttemptInsert attempt: Keep(attempt.Row); break;
            case JobSave save: Keep(save.Row); break;
            case JobRunSave save: Keep(save); break;
            case WatermarkSave save: _watermarkMs = save.Forced ? save.WatermarkMs : Math.Max(save.WatermarkMs, _watermarkMs ?? long.MinValue); break;
            case WorkerOverrideSave save: Keep(save.Row); break;
            case RegistrationSave { Row: { LastSeenMs: null } row }: _registrations.Remove((row.App, row.Address)); break;
            case RegistrationSave save: _registrations[(save.Row.App, save.Row.Address)] = save.Row; break;
            case AuditInsert or DefinitionDelete or CatalogSave: break;
            default: Broken($"a change of unknown kind: {change}"); break;
        }
    }

    private void Keep(TaskInsert insert)
    {
        var row = insert.Row;
        if (!_jobs.ContainsKey(row.JobId))
            Broken($"task {row.Id} before its job's row");
        _taskSeqMax = Math.Max(_taskSeqMax, row.Seq);
        bool isOfAnother = row.ShardIndex > 0
            && _fires.TryGetValue((row.JobId, row.ScheduledMs, row.TriggerKey, 0), out long firstSeq) && firstSeq != row.Seq - row.ShardIndex;
        insert.Duplicate = isOfAnother || !_fires.TryAdd((row.JobId, row.ScheduledMs, row.TriggerKey, row.ShardIndex), row.Seq);
        if (insert.Duplicate)
            return;
        if (!_byId.TryAdd(row.Id, row))
            Broken($"task id {row.Id} is given twice");
        NoteRunning(row);
    }

    private void Keep(TaskRow row)
    {
        if (!_byId.TryGetValue(row.Id, out var before))
            Broken($"an update of task {row.Id}, which is not on record");
        else if (!before.State.IsRunning())
            Broken($"task {row.Id} had ended as {before.State}, and is now {row.State}");
        _byId[row.Id] = row;
        NoteRunning(row);
    }

    private void NoteRunning(TaskRow row)
    {
        if (row.State.IsRunning())
            _running[row.Seq] = row;
        else
            _running.Remove(row.Seq);
    }

    private void Keep(AttemptRow row)
    {
        if (!_attempts.TryGetValue(row.TaskSeq, out var all))
            _attempts[row.TaskSeq] = all = [];
        all[row.Attempt] = row; // its end may be on record, and the next attempt not: then it ends again, in doubt
    }

    private void Keep(JobRunSave save)
    {
        if (_jobs.TryGetValue(save.JobId, out var row))
            _jobs[save.JobId] = Storage.Rows.After(save, row);
        else
            Broken($"a run of job number {save.JobId}, which has no row");
    }

    private void Keep(JobRow row)
    {
        if (_jobIds.TryGetValue(row.Name, out int id) && id != row.Id)
            Broken($"job {row.Name} has two numbers, {id} and {row.Id}");
        _jobIds[row.Name] = row.Id;
        _jobs[row.Id] = row;
    }

    private void Keep(WorkerOverrideRow row)
    {
        if (!_jobs.ContainsKey(row.JobId))
            Broken($"a word on a worker of job number {row.JobId}, which has no row");
        if (row.Online is null)
            _overrides.Remove((row.JobId, row.Address));
        else
            _overrides[(row.JobId, row.Address)] = row;
    }
}

/// <summary>One process's way to the disk: commits take their time, may be refused, and are lost with the process.</summary>
internal sealed class SimStore(SimWorld world, SimBoot boot, SimDisk disk) : IStore
{
    private bool _isUnderWay;

    public string? Trouble { get; private set; }

    public StoreFigures Figures { get; } = new();

    public StoreImage Load() => disk.Load();

    public void Commit(JournalBatch batch, Action<JournalBatch> completed)
    {
        if (_isUnderWay)
            world.Fail("two batches were under way at once");
        _isUnderWay = true;
        boot.After(world.Faults.CommitMs(), () => Decide(batch, completed));
    }

    public void Trim(HistorySettings history, long nowMs)
    {
        // The whole history is kept: it is what is judged.
    }

    public TaskRow? FindTask(string taskId) => disk.Find(taskId);

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query) => [.. disk.Tasks.Where(t => t.Job == query.Job)];

    public IReadOnlyList<AttemptRow> ListAttempts(long taskSeq) => disk.AttemptsOf(taskSeq);

    public IReadOnlyList<AuditEntry> ListAudit(AuditQuery query) => [];

    public void Dispose()
    {
        // The disk outlives the process.
    }

    private void Decide(JournalBatch batch, Action<JournalBatch> completed)
    {
        world.Faults.Point("before a commit");
        if (boot.IsDead)
            return;
        batch.Error = world.Faults.IsStoreRefusing ? new IOException("disk full") : null;
        Trouble = batch.Error?.Message;
        if (batch.Error is null)
            foreach (var change in batch.Changes)
                disk.Keep(change);
        world.Log.Note(batch.Error is null ? $"commit {batch.Changes.Count}" : "commit refused");
        world.Faults.Point("after a commit");
        boot.After(world.Random.Below(3), () =>
        {
            _isUnderWay = false;
            completed(batch);
        });
    }
}
