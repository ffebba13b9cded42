using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>
/// A connection that only reads, with its statements; used by one thread at a time. A row whose sum is wrong is answered all the same,
/// and says so.
/// </summary>
internal sealed class HistorySession : IDisposable
{
    private readonly Database _database;
    private readonly Statement _find;
    private readonly Statement _list;
    private readonly Statement _job;
    private readonly Statement _attempts;
    private readonly Statement _audit;
    private readonly DamageNotes _notes;
    private readonly long _summedFrom;

    public HistorySession(string path, DamageNotes notes)
    {
        _notes = notes;
        _database = Database.Open(path);
        _database.Execute("PRAGMA query_only = ON");
        _find = _database.Prepare(FindSql);
        _list = _database.Prepare(ListSql);
        _job = _database.Prepare("SELECT id FROM job WHERE name = ?1");
        _attempts = _database.Prepare(AttemptsSql);
        _audit = _database.Prepare(AuditSql);
        _summedFrom = ImageReader.SummedFrom(_database);
    }

    public TaskRow? FindTask(long seq, string taskId)
    {
        try
        {
            if (!_find.Bind(1, seq).Step())
                return null;
            bool isSound = TaskColumns.IsSound(_find, _summedFrom);
            TaskRow task = TaskColumns.Read(_find);
            if (task.Id == taskId)
                return isSound ? task : Marked(task);
            // It may be the id that is damaged.
            return isSound ? null : Marked(task) with { Id = taskId };
        }
        finally
        {
            _find.Reset();
        }
    }

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query)
    {
        if (query.Limit <= 0 || _job.Bind(1, query.Job).Scalar() is not long job)
            return [];
        if (query.AfterId is null)
            return List(job, query, null);
        // The page before ended with a task that is no longer there: so are those older than it.
        return TaskId.TryGetSeq(query.AfterId, out long seq) && FindTask(seq, query.AfterId) is { } after && after.JobId == job
            ? List(job, query, after)
            : [];
    }

    public IReadOnlyList<AttemptRow> ListAttempts(long taskSeq)
    {
        var rows = new List<AttemptRow>();
        try
        {
            _attempts.Bind(1, taskSeq);
            while (_attempts.Step())
            {
                bool isSound = TaskColumns.IsSoundAttempt(_attempts, _summedFrom);
                AttemptRow row = TaskColumns.ReadAttempt(_attempts);
                rows.Add(isSound ? row : Marked(row));
            }
            return rows;
        }
        finally
        {
            _attempts.Reset();
        }
    }

    public IReadOnlyList<AuditEntry> ListAudit(AuditQuery query)
    {
        var rows = new List<AuditEntry>();
        try
        {
            _audit.Bind(1, query.AfterId ?? long.MaxValue).Bind(2, query.Target).Bind(3, query.Limit);
            while (_audit.Step())
            {
                bool isSound = _audit.IsSound(1, AuditColumns, 1 + AuditColumns);
                var entry = new AuditEntry(_audit.Long(0), new AuditRow(
                    _audit.Long(1), _audit.Text(2), _audit.Text(3), _audit.Text(4), _audit.TextOrNull(5)));
                rows.Add(isSound ? entry : Marked(entry));
            }
            return rows;
        }
        finally
        {
            _audit.Reset();
        }
    }

    public void Dispose()
    {
        _find.Dispose();
        _list.Dispose();
        _job.Dispose();
        _attempts.Dispose();
        _audit.Dispose();
        _database.Dispose();
    }

    private List<TaskRow> List(long job, TaskQuery query, TaskRow? after)
    {
        var rows = new List<TaskRow>();
        long lastMs = Math.Max(query.ToMs ?? long.MaxValue, long.MinValue + 1) - 1;
        try
        {
            _list.Bind(1, job).Bind(2, query.FromMs ?? long.MinValue).Bind(3, Math.Min(lastMs, after?.ScheduledMs ?? long.MaxValue))
                .Bind(4, after?.ScheduledMs).Bind(5, after?.TriggerKey).Bind(6, after?.ShardIndex);
            while (rows.Count < query.Limit && _list.Step())
            {
                if (!(query.States?.Contains((TaskState)_list.Int(TaskColumns.StateColumn)) ?? true))
                    continue;
                bool isSound = TaskColumns.IsSound(_list, _summedFrom);
                TaskRow task = TaskColumns.Read(_list);
                rows.Add(isSound ? task : Marked(task));
            }
            return rows;
        }
        finally
        {
            _list.Reset();
        }
    }

    private TaskRow Marked(TaskRow task)
    {
        _notes.Note(new DamagedRow("task", $"seq = {task.Seq}"));
        return task with { Message = DamageNotes.Marked(task.Message) };
    }

    private AttemptRow Marked(AttemptRow row)
    {
        _notes.Note(new DamagedRow("attempt", $"task_seq = {row.TaskSeq} AND attempt = {row.Attempt}"));
        return row with { Message = DamageNotes.Marked(row.Message) };
    }

    private AuditEntry Marked(AuditEntry entry)
    {
        _notes.Note(new DamagedRow("audit", $"id = {entry.Id}"));
        return entry with { Row = entry.Row with { Detail = DamageNotes.Marked(entry.Row.Detail) } };
    }

    private const int AuditColumns = 5;

    // LEFT: the number of its job may be what is damaged.
    internal const string FindSql = $"SELECT {TaskColumns.Select} FROM task t LEFT JOIN job j ON j.id = t.job_id WHERE t.seq = ?1";

    // At most IStore.AuditRowsMax rows are looked at, so a job needs no index of its own.
    private const string AuditSql = """
        SELECT id, at_ms, actor, action, target, detail, sum FROM audit
        WHERE id < ?1 AND (?2 IS NULL OR target = ?2) ORDER BY id DESC LIMIT ?3
        """;

    private const string AttemptsSql =
        $"SELECT {TaskColumns.SelectAttempt} FROM attempt WHERE task_seq = ?1 ORDER BY attempt";

    // Newest first, which is the order of the slices and, in each, of the index: nothing is sorted, so a page costs its rows and
    // one look into each slice on the way. CROSS JOIN keeps the tables in this order. Parameters 4 to 6: the task to go on after.
    internal const string ListSql = $"""
        SELECT {TaskColumns.Select}
        FROM slice s CROSS JOIN task t CROSS JOIN job j
        WHERE j.id = ?1 AND t.slice = s.id AND t.job_id = ?1
            AND s.start_ms <= ?3
            AND s.start_ms >= coalesce((SELECT max(start_ms) FROM slice WHERE start_ms <= ?2), ?2)
            AND t.scheduled_ms BETWEEN ?2 AND ?3
            AND (?4 IS NULL OR t.scheduled_ms < ?4 OR (t.trigger_key, t.shard_index) > (?5, ?6))
        ORDER BY s.start_ms DESC, t.scheduled_ms DESC, t.trigger_key, t.shard_index
        """;
}
