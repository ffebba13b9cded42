using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>How a job stands in its two rows: what seldom changes, and what every run changes.</summary>
internal static class JobColumns
{
    /// <summary>Writes nothing when the row says all this already.</summary>
    public const string Save = """
        INSERT INTO job(id, name, app, created_ms, updated_ms, definition_hash, trigger_hash, effective_from_ms, enabled_override,
            overridden_yaml_state, override_by, override_at_ms, sum)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        ON CONFLICT (id) DO UPDATE SET name = ?2, app = ?3, created_ms = ?4, updated_ms = ?5, definition_hash = ?6, trigger_hash = ?7,
            effective_from_ms = ?8, enabled_override = ?9, overridden_yaml_state = ?10, override_by = ?11, override_at_ms = ?12,
            sum = ?13
        WHERE (name, app, created_ms, updated_ms, definition_hash, trigger_hash, effective_from_ms, enabled_override,
            overridden_yaml_state, override_by, override_at_ms, sum) IS NOT (?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
        """;

    public const string SaveState = """
        INSERT OR REPLACE INTO job_state(job_id, last_task_seq, last_state, last_run_ms, last_update_ms, failures_in_row,
            misfires_discarded, sum)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """;

    /// <summary>Of a job that has its rows: one that has none gets none by a run.</summary>
    public const string SaveRun = """
        UPDATE job_state SET last_task_seq = ?2, last_state = ?3, last_run_ms = ?4, last_update_ms = ?5, failures_in_row = ?6,
            misfires_discarded = ?7, sum = ?8
        WHERE job_id = ?1
        """;

    public const string Select = """
        SELECT j.id, j.name, j.app, j.created_ms, j.updated_ms, j.definition_hash, j.trigger_hash, j.effective_from_ms,
            j.enabled_override, j.overridden_yaml_state, j.override_by, j.override_at_ms, s.last_task_seq, s.last_state,
            s.last_run_ms, s.last_update_ms, s.failures_in_row, s.misfires_discarded, d.print
        FROM job j JOIN job_state s ON s.job_id = j.id LEFT JOIN job_definition d ON d.job_id = j.id
        ORDER BY j.id
        """;

    public static void BindSave(Statement statement, JobRow row) => statement
        .Bind(1, row.Id).Bind(2, row.Name).Bind(3, row.App).Bind(4, row.CreatedMs).Bind(5, row.UpdatedMs).Bind(6, row.DefinitionHash)
        .Bind(7, row.TriggerHash).Bind(8, row.EffectiveFromMs).Bind(9, row.EnabledOverride).Bind(10, row.OverriddenYamlState)
        .Bind(11, row.OverrideBy).Bind(12, row.OverrideAtMs).BindSum(13);

    /// <summary>Of <see cref="SaveState"/> and of <see cref="SaveRun"/>.</summary>
    public static void BindSaveState(Statement statement, JobRunSave save) => statement
        .Bind(1, save.JobId).Bind(2, save.LastTaskSeq).Bind(3, (int)save.LastState).Bind(4, save.LastRunMs).Bind(5, save.LastUpdateMs)
        .Bind(6, save.FailuresInRow).Bind(7, save.MisfiresDiscarded).BindSum(8);

    public static JobRow Read(Statement row, string app) => new()
    {
        Id = row.Int(0),
        Name = row.Text(1),
        App = app,
        CreatedMs = row.Long(3),
        UpdatedMs = row.Long(4),
        DefinitionHash = row.Long(5),
        TriggerHash = row.Long(6),
        EffectiveFromMs = row.Long(7),
        EnabledOverride = row.BoolOrNull(8),
        OverriddenYamlState = row.BoolOrNull(9),
        OverrideBy = row.TextOrNull(10),
        OverrideAtMs = row.LongOrNull(11),
        LastTaskSeq = row.Long(12),
        LastState = (TaskState)row.Int(13),
        LastRunMs = row.LongOrNull(14),
        LastUpdateMs = row.LongOrNull(15),
        FailuresInRow = row.Int(16),
        MisfiresDiscarded = row.Long(17),
        DefinitionPrint = row.LongOrNull(18) ?? 0,
    };
}
