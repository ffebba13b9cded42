using Qschedd.Engine.Model;

namespace Qschedd.Storage;

/// <summary>What going on without a damaged row means, for each table that a start reads: the least that leaves nothing wrong in force.</summary>
internal static class Forgetting
{
    /// <summary>In SQL, for the row's table.</summary>
    public static string Sql(DamagedRow row, long nowMs) => row.Table switch
    {
        // The row stays, for its tasks: what it says of them is its name.
        "job" => $"""
            UPDATE job SET created_ms = {nowMs}, updated_ms = {nowMs}, definition_hash = 0, trigger_hash = 0, effective_from_ms = {nowMs},
                enabled_override = NULL, overridden_yaml_state = NULL, override_by = NULL, override_at_ms = NULL, sum = {RowSum.None}
            WHERE {row.Where}
            """,
        // Its other sum stays wrong: it is shown as damaged. The index may have a state that the row has not.
        "task" => $"""
            UPDATE task SET state = {Unknown}, ended_ms = {nowMs}, updated_ms = {nowMs}, killed_by = NULL, sum = {RowSum.None},
                message = 'the record of this task was damaged while it ran; how it ended is not known'
            WHERE {row.Where};
            UPDATE job_state SET last_state = {Unknown}, last_update_ms = {nowMs}, sum = {RowSum.None}
            WHERE last_state IN (100, 200) AND last_task_seq IN (SELECT seq FROM task WHERE {row.Where});
            REINDEX task_running
            """,
        // Its value has been compared with the file's header.
        "meta" when IsOf(row, MetaKeys.SchemaVersion) => $"UPDATE meta SET sum = {RowSum.None} WHERE {row.Where}",
        _ => $"DELETE FROM {row.Table} WHERE {row.Where}",
    };

    /// <summary>In an operator's words.</summary>
    public static string Effect(DamagedRow row) => row.Table switch
    {
        "meta" when IsOf(row, MetaKeys.SchemaVersion) => "it agrees with the file's header, and stays",
        "meta" when IsOf(row, MetaKeys.SchemaSum) => "the definitions of the tables are taken as they stand",
        "meta" when IsOf(row, MetaKeys.SummedFrom) => "tasks without a checksum are taken as they stand",
        "meta" => "this counter goes on from what the file beside the database and the tasks say",
        "slice" => "it was restored from its tasks, and nothing is lost",
        "job" => "on or off as its file says, from now on; if it is the name that was damaged, history and running tasks stay under the one that stands there",
        "job_state" => "its last run and its failures in a row are not known any more",
        "worker_override" => "the worker is online unless its file says otherwise",
        "registration" => "the worker is known again when it registers next",
        "task" => $"it has ended as {Unknown}; nothing sends it again",
        _ => "it is written anew",
    };

    private static bool IsOf(DamagedRow row, string key) => row.Where.EndsWith($"'{key}'", StringComparison.Ordinal);

    private const int Unknown = (int)TaskState.Unknown;

    /// <summary>
    /// First of all: a damaged row is not what its indexes say of it, and could neither be taken out nor written anew. Both are small.
    /// </summary>
    public const string AgreeSql = "REINDEX job; REINDEX slice";

    /// <summary>Rows that others rely on. A slice begins with the first of its tasks, and the first one has no lower bound.</summary>
    public const string FillGapsSql = """
        INSERT INTO job_state(job_id, last_task_seq, last_state, failures_in_row, misfires_discarded, sum)
            SELECT id, 0, 0, 0, 0, -1 FROM job NOT INDEXED WHERE id NOT IN (SELECT job_id FROM job_state);
        DELETE FROM job_state WHERE job_id NOT IN (SELECT id FROM job NOT INDEXED);
        INSERT OR IGNORE INTO slice(id, start_ms, sum) VALUES (1, -9223372036854775808, -1);
        INSERT OR IGNORE INTO slice(id, start_ms, sum)
            SELECT slice, min(scheduled_ms), -1 FROM task WHERE slice NOT IN (SELECT id FROM slice) GROUP BY slice
        """;
}
