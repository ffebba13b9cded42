using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>Writes changes, by statements that are prepared once. The caller holds the transaction.</summary>
internal sealed class ChangeWriter : IDisposable
{
    private readonly Database _database;
    private readonly List<Statement> _statements = [];
    private readonly TaskInserter _tasks;
    private readonly Statement _taskUpdate;
    private readonly Statement _attemptInsert;
    private readonly Statement _jobSave;
    private readonly Statement _jobStateSave;
    private readonly Statement _jobRunSave;
    private readonly Statement _metaRaise;
    private readonly Statement _metaSet;
    private readonly Statement _overrideSave;
    private readonly Statement _overrideDelete;
    private readonly Statement _registrationSave;
    private readonly Statement _registrationDelete;
    private readonly Statement _auditInsert;
    private Mark _mark;
    private readonly DefinitionWriter _definitions;
    private int _updatesLost;

    public ChangeWriter(Database database, Slices slices)
    {
        _database = database;
        _tasks = new TaskInserter(database, slices);
        _taskUpdate = Prepare(TaskColumns.Update);
        _attemptInsert = Prepare("""
            INSERT OR REPLACE INTO attempt(task_seq, attempt, state, worker, started_ms, ended_ms, message, sum)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
            """);
        _jobSave = Prepare(JobColumns.Save);
        _jobStateSave = Prepare(JobColumns.SaveState);
        _jobRunSave = Prepare(JobColumns.SaveRun);
        _metaRaise = Prepare(
            "INSERT INTO meta(key, value, sum) VALUES (?1, ?2, ?3) ON CONFLICT (key) DO UPDATE SET value = ?2, sum = ?3 WHERE value < ?2");
        _metaSet = Prepare(MetaKeys.SetSql);
        _overrideSave = Prepare("""
            INSERT OR REPLACE INTO worker_override(job_id, address, online, actor, at_ms, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """);
        _overrideDelete = Prepare("DELETE FROM worker_override WHERE job_id = ?1 AND address = ?2");
        _registrationSave = Prepare("""
            INSERT OR REPLACE INTO registration(app, address, hostname, jobs, last_seen_ms, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """);
        _registrationDelete = Prepare("DELETE FROM registration WHERE app = ?1 AND address = ?2");
        _auditInsert = Prepare("INSERT INTO audit(at_ms, actor, action, target, detail, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _definitions = new DefinitionWriter(database);
    }

    /// <summary>Updates since the last call whose task is not there: a mistake of the caller's that changes nothing.</summary>
    public int TakeUpdatesLost()
    {
        int lost = _updatesLost;
        _updatesLost = 0;
        return lost;
    }

    /// <summary>Writes what makes one transaction; it is counted, unless there is nothing to write.</summary>
    /// <param name="before">What the database holds.</param>
    /// <param name="changes">In their order.</param>
    /// <returns>What it holds when the transaction is kept.</returns>
    public Mark Write(Mark before, IEnumerable<Change> changes)
    {
        _mark = before;
        bool isAny = false;
        _tasks.Forget(); // what a transaction that failed has left
        foreach (Change change in changes)
        {
            Write(change);
            isAny = true;
        }
        if (!isAny)
            return before;
        _tasks.Flush();
        _mark = _mark with { Commits = before.Commits + 1 };
        // Kept apart from the tasks, so that trimming them never frees a number. One write for all of them.
        if (_mark.TaskSeq > before.TaskSeq)
            _metaRaise.Bind(1, MetaKeys.TaskSeq).Bind(2, _mark.TaskSeq).BindSum(3).Run();
        _metaSet.Bind(1, MetaKeys.CommitCount).Bind(2, _mark.Commits).BindSum(3).Run();
        return _mark;
    }

    public void Dispose()
    {
        _statements.ForEach(statement => statement.Dispose());
        _tasks.Dispose();
        _definitions.Dispose();
    }

    private void Write(Change change)
    {
        if (change is not TaskInsert)
            _tasks.Flush();
        switch (change)
        {
            case TaskInsert insert: Write(insert); break;
            case TaskUpdate update: Write(update); break;
            case AttemptInsert attempt: Write(attempt.Row); break;
            case JobSave save: Write(save); break;
            case JobRunSave save: Write(save); break;
            case DefinitionDelete gone: _definitions.Write(gone); break;
            case CatalogSave save: _definitions.Write(save); break;
            case WatermarkSave save: Write(save); break;
            case WorkerOverrideSave save: Write(save.Row); break;
            case RegistrationSave save: Write(save.Row); break;
            case AuditInsert insert: Write(insert.Row); break;
            default: throw new NotSupportedException($"no way to write a {change.GetType().Name}");
        }
    }

    private void Write(TaskInsert insert)
    {
        TaskRow row = insert.Row;
        _tasks.Insert(insert, row);
        _mark = _mark with { TaskSeq = Math.Max(_mark.TaskSeq, row.Seq) };
    }

    private void Write(TaskUpdate update)
    {
        TaskColumns.BindUpdate(_taskUpdate, update.Row);
        _taskUpdate.Run();
        if (_database.Changes == 0)
            _updatesLost++;
    }

    private void Write(AttemptRow row) => _attemptInsert
        .Bind(1, row.TaskSeq).Bind(2, row.Attempt).Bind(3, (int)row.State).Bind(4, row.Worker).Bind(5, row.StartedMs)
        .Bind(6, row.EndedMs).Bind(7, row.Message).BindSum(8).Run();

    private void Write(JobSave save)
    {
        JobRow row = save.Row;
        JobColumns.BindSave(_jobSave, row);
        _jobSave.Run();
        JobColumns.BindSaveState(_jobStateSave, JobRunSave.Of(row));
        _jobStateSave.Run();
        if (save.Definition is { } job)
            _definitions.Write(row, job);
    }

    private void Write(JobRunSave save)
    {
        JobColumns.BindSaveState(_jobRunSave, save);
        _jobRunSave.Run();
    }

    private void Write(WatermarkSave save)
    {
        (save.Forced ? _metaSet : _metaRaise).Bind(1, MetaKeys.Watermark).Bind(2, save.WatermarkMs).BindSum(3).Run();
        _mark = _mark with { WatermarkMs = save.Forced ? save.WatermarkMs : Math.Max(_mark.WatermarkMs, save.WatermarkMs) };
    }

    private void Write(WorkerOverrideRow row)
    {
        if (row.Online is bool online)
            _overrideSave.Bind(1, row.JobId).Bind(2, row.Address).Bind(3, online).Bind(4, row.By).Bind(5, row.AtMs)
                .BindSum(6).Run();
        else
            _overrideDelete.Bind(1, row.JobId).Bind(2, row.Address).Run();
    }

    private void Write(RegistrationRow row)
    {
        if (row.LastSeenMs is long lastSeenMs)
            _registrationSave.Bind(1, row.App).Bind(2, row.Address).Bind(3, row.Hostname).Bind(4, JobNames.ToText(row.Jobs))
                .Bind(5, lastSeenMs).BindSum(6).Run();
        else
            _registrationDelete.Bind(1, row.App).Bind(2, row.Address).Run();
    }

    private void Write(AuditRow row) => _auditInsert
        .Bind(1, row.AtMs).Bind(2, row.Actor).Bind(3, row.Action).Bind(4, row.Target).Bind(5, row.Detail)
        .BindSum(6).Run();

    private Statement Prepare(string sql)
    {
        Statement statement = _database.Prepare(sql);
        _statements.Add(statement);
        return statement;
    }
}
