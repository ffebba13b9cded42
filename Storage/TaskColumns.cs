using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>
/// How a task and an attempt stand in their rows; app and job are read from the job's row. A task's row has two sums: of what is written
/// once, and of what each update writes anew. So an update need not know the rest.
/// </summary>
internal static class TaskColumns
{
    /// <summary>Of several tasks, each with parameters of its own.</summary>
    public static string Insert(int tasks) => $"""
        {IntoTask}
        VALUES {string.Join(", ", Enumerable.Range(0, tasks).Select(task => $"({ParametersOf(task)})"))}
        ON CONFLICT (slice, job_id, scheduled_ms, trigger_key, shard_index) DO NOTHING
        """;

    /// <summary>Of a shard but the first: it goes on record with its fire only. A fire that comes again may find more workers than it had.</summary>
    public static readonly string InsertShard = $"""
        {IntoTask}
        SELECT {ParametersOf(0)}
        WHERE NOT EXISTS (
            SELECT 1 FROM task
            WHERE slice = ?2 AND job_id = ?3 AND scheduled_ms = ?7 AND trigger_key = ?4 AND shard_index = 0 AND seq <> ?1 - ?5)
        ON CONFLICT (slice, job_id, scheduled_ms, trigger_key, shard_index) DO NOTHING
        """;

    private const string IntoTask = """
        INSERT INTO task(seq, slice, job_id, trigger_key, shard_index, shard_total, scheduled_ms, fire_ms, id, parameter, fixed_sum,
            started_ms, ended_ms, updated_ms, state, attempt, heartbeat, worker, process, message, output, killed_by, sum)
        """;

    private static string ParametersOf(int task) =>
        string.Join(", ", Enumerable.Range(task * InsertParameters + 1, InsertParameters).Select(number => $"?{number}"));

    public const string Update = """
        UPDATE task SET started_ms = ?1, ended_ms = ?2, updated_ms = ?3, state = ?4, attempt = ?5, heartbeat = ?6, worker = ?7,
            process = ?8, message = ?9, output = ?10, killed_by = ?11, sum = ?12
        WHERE seq = ?13
        """;

    /// <summary>For queries of <c>task t JOIN job j</c>; <see cref="IsSound"/> and then <see cref="Read"/> read them.</summary>
    public const string Select = """
        t.seq, t.slice, t.job_id, t.trigger_key, t.shard_index, t.shard_total, t.scheduled_ms, t.fire_ms, t.id, t.parameter,
        t.started_ms, t.ended_ms, t.updated_ms, t.state, t.attempt, t.heartbeat, t.worker, t.process, t.message, t.output, t.killed_by,
        t.fixed_sum, t.sum, j.name, j.app
        """;

    public const string SelectAttempt = "task_seq, attempt, state, worker, started_ms, ended_ms, message, sum";

    public const int StateColumn = 13;

    private const int InsertParameters = 23;

    private const int FixedColumns = 10;
    private const int UpdatedColumns = 11;
    private const int FixedSumColumn = FixedColumns + UpdatedColumns;
    private const int AttemptColumns = 7;

    /// <param name="statement">Of one task or of several.</param>
    /// <param name="row">What to insert.</param>
    /// <param name="slice">Where its scheduled time belongs.</param>
    /// <param name="task">Which one of the statement's, from 0.</param>
    public static void BindInsert(Statement statement, TaskRow row, int slice, int task = 0)
    {
        int first = task * InsertParameters + 1;
        statement
            .Bind(first, row.Seq).Bind(first + 1, slice).Bind(first + 2, row.JobId).Bind(first + 3, row.TriggerKey)
            .Bind(first + 4, row.ShardIndex).Bind(first + 5, row.ShardTotal).Bind(first + 6, row.ScheduledMs)
            .Bind(first + 7, row.FireMs).Bind(first + 8, row.Id).Bind(first + 9, row.Parameter).BindSum(first + 10);
        BindUpdated(statement, row, first + 11);
    }

    public static void BindUpdate(Statement statement, TaskRow row)
    {
        BindUpdated(statement, row, first: 1);
        statement.Bind(13, row.Seq);
    }

    private static void BindUpdated(Statement statement, TaskRow row, int first) => statement
        .Bind(first, row.StartedMs).Bind(first + 1, row.EndedMs).Bind(first + 2, row.UpdatedMs).Bind(first + 3, (int)row.State)
        .Bind(first + 4, row.Attempt).Bind(first + 5, row.Heartbeat).Bind(first + 6, row.Worker).Bind(first + 7, row.Process)
        .Bind(first + 8, row.Message).Bind(first + 9, row.Output).Bind(first + 10, row.KilledBy).BindSum(first + 11);

    /// <param name="row">At a row of <see cref="Select"/>, nothing of which was read yet.</param>
    /// <param name="summedFrom">Tasks from this number on have sums.</param>
    public static bool IsSound(Statement row, long summedFrom)
    {
        bool mayLack = row.Long(0) < summedFrom;
        return row.IsSound(0, FixedColumns, FixedSumColumn, mayLack)
            && row.IsSound(FixedColumns, UpdatedColumns, FixedSumColumn + 1, mayLack);
    }

    /// <summary>Never fails, whatever stands in the row.</summary>
    public static TaskRow Read(Statement row) => new()
    {
        Seq = row.Long(0),
        JobId = row.Int(2),
        TriggerKey = row.Long(3),
        ShardIndex = row.Int(4),
        ShardTotal = row.Int(5),
        ScheduledMs = row.Long(6),
        FireMs = row.Long(7),
        Id = row.Text(8),
        Parameter = row.TextOrNull(9),
        StartedMs = row.LongOrNull(10),
        EndedMs = row.LongOrNull(11),
        UpdatedMs = row.Long(12),
        State = StateOf(row.Int(StateColumn)),
        Attempt = row.Int(14),
        Heartbeat = row.Bool(15),
        Worker = row.TextOrNull(16),
        Process = row.TextOrNull(17),
        Message = row.TextOrNull(18),
        Output = row.TextOrNull(19),
        KilledBy = row.TextOrNull(20),
        Job = row.Text(23),
        App = row.Text(24),
    };

    public static bool IsSoundAttempt(Statement row, long summedFrom) =>
        row.IsSound(0, AttemptColumns, AttemptColumns, row.Long(0) < summedFrom);

    public static AttemptRow ReadAttempt(Statement row) => new(
        row.Long(0), row.Int(1), StateOf(row.Int(2)), row.TextOrNull(3), row.LongOrNull(4), row.Long(5), row.TextOrNull(6));

    // A number that is no state's is damage: how the task ended is not known.
    private static TaskState StateOf(int number) =>
        (TaskState)number is not TaskState.NeverRun and var state && Enum.IsDefined(state) ? state : TaskState.Unknown;
}
