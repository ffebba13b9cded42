using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>How a task and an attempt stand in their rows; app and job are read from the job's row.</summary>
internal static class TaskColumns
{
    public const string Insert = $"""
        {IntoTask}
        VALUES ({Values})
        ON CONFLICT (slice, job_id, scheduled_ms, trigger_key, shard_index) DO NOTHING
        """;

    /// <summary>Of a shard but the first: it goes on record with its fire only. A fire that comes again may find more workers than it had.</summary>
    public const string InsertShard = $"""
        {IntoTask}
        SELECT {Values}
        WHERE NOT EXISTS (
            SELECT 1 FROM task
            WHERE slice = ?2 AND job_id = ?3 AND scheduled_ms = ?7 AND trigger_key = ?4 AND shard_index = 0 AND seq <> ?1 - ?5)
        ON CONFLICT (slice, job_id, scheduled_ms, trigger_key, shard_index) DO NOTHING
        """;

    private const string IntoTask = """
        INSERT INTO task(seq, slice, job_id, trigger_key, shard_index, shard_total, scheduled_ms, fire_ms, started_ms, ended_ms,
            updated_ms, state, attempt, heartbeat, id, worker, process, parameter, message, output, killed_by)
        """;

    private const string Values =
        "?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21";

    public const string Update = """
        UPDATE task SET started_ms = ?2, ended_ms = ?3, updated_ms = ?4, state = ?5, attempt = ?6, heartbeat = ?7, worker = ?8,
            process = ?9, message = ?10, output = ?11, killed_by = ?12
        WHERE seq = ?1
        """;

    /// <summary>For queries of <c>task t JOIN job j</c>; <see cref="Read"/> reads them.</summary>
    public const string Select = """
        t.seq, t.id, t.job_id, j.name, j.app, t.trigger_key, t.shard_index, t.shard_total, t.scheduled_ms, t.fire_ms, t.started_ms,
        t.ended_ms, t.updated_ms, t.state, t.attempt, t.heartbeat, t.worker, t.process, t.parameter, t.message, t.output, t.killed_by
        """;

    public const int StateColumn = 13;

    public static void BindInsert(Statement statement, TaskRow row, int slice) => statement
        .Bind(1, row.Seq).Bind(2, slice).Bind(3, row.JobId).Bind(4, row.TriggerKey).Bind(5, row.ShardIndex).Bind(6, row.ShardTotal)
        .Bind(7, row.ScheduledMs).Bind(8, row.FireMs).Bind(9, row.StartedMs).Bind(10, row.EndedMs).Bind(11, row.UpdatedMs)
        .Bind(12, (int)row.State).Bind(13, row.Attempt).Bind(14, row.Heartbeat).Bind(15, row.Id).Bind(16, row.Worker)
        .Bind(17, row.Process).Bind(18, row.Parameter).Bind(19, row.Message).Bind(20, row.Output).Bind(21, row.KilledBy);

    public static void BindUpdate(Statement statement, TaskRow row) => statement
        .Bind(1, row.Seq).Bind(2, row.StartedMs).Bind(3, row.EndedMs).Bind(4, row.UpdatedMs).Bind(5, (int)row.State)
        .Bind(6, row.Attempt).Bind(7, row.Heartbeat).Bind(8, row.Worker).Bind(9, row.Process).Bind(10, row.Message)
        .Bind(11, row.Output).Bind(12, row.KilledBy);

    public static TaskRow Read(Statement row) => new()
    {
        Seq = row.Long(0),
        Id = row.Text(1),
        JobId = row.Int(2),
        Job = row.Text(3),
        App = row.Text(4),
        TriggerKey = row.Long(5),
        ShardIndex = row.Int(6),
        ShardTotal = row.Int(7),
        ScheduledMs = row.Long(8),
        FireMs = row.Long(9),
        StartedMs = row.LongOrNull(10),
        EndedMs = row.LongOrNull(11),
        UpdatedMs = row.Long(12),
        State = (TaskState)row.Int(StateColumn),
        Attempt = row.Int(14),
        Heartbeat = row.Bool(15),
        Worker = row.TextOrNull(16),
        Process = row.TextOrNull(17),
        Parameter = row.TextOrNull(18),
        Message = row.TextOrNull(19),
        Output = row.TextOrNull(20),
        KilledBy = row.TextOrNull(21),
    };

    public static AttemptRow ReadAttempt(Statement row) => new(
        row.Long(0), row.Int(1), (TaskState)row.Int(2), row.TextOrNull(3), row.LongOrNull(4), row.Long(5), row.TextOrNull(6));
}
