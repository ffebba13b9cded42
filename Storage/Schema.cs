using System.Text;

namespace Qschedd.Storage;

/// <summary>
/// The tables, and the steps from each version to the next. The version stands in <c>PRAGMA user_version</c> and in
/// <c>meta</c>: when they differ the file's header is damaged.
/// </summary>
/// <remarks>
/// <para><b>Slices.</b> <c>task_fire</c> is the unique key of a fire and lists a job's tasks. Led by the job it would scatter
/// a tick's inserts over the whole index: 10,000 fires among 100,000 jobs with 100 tasks each wrote 40 MB of -wal and took 230
/// to 500 ms. So the time line is cut into slices of some thousand tasks each, and the index is led by the slice: inserts
/// touch only the pages of the newest one, and a job's list looks once into each slice (600 for 10 million tasks).
/// A slice covers the scheduled times from its <c>start_ms</c> up to the next slice's, so it follows from the fire's own key.</para>
/// <para><b>job and job_state.</b> What every run changes is kept apart from what seldom changes: four times as many rows fit
/// on a page, so a tick rewrites a fourth of the pages.</para>
/// <para><b>task.</b> The small columns come first and the long ones last, so that a scan of state or time does not read
/// an output's overflow pages; a table of its own for outputs would save nothing then.</para>
/// </remarks>
internal static class Schema
{
    /// <summary>Marks the file as qschedd's (<c>PRAGMA application_id</c>): "Qsch".</summary>
    public const int ApplicationId = 0x51736368;

    /// <summary>Step n leads from version n to n + 1. A step that was released is never changed again.</summary>
    public static readonly IReadOnlyList<string> Steps = [Version1, Version2, Version3];

    /// <summary>Says why the file cannot be used by this program, or null.</summary>
    public static string? Refusal(Database database, int versionKnown)
    {
        if (database.Scalar("PRAGMA application_id") is not ApplicationId)
            return "is a SQLite database, but not one of qschedd's: correct server.database";
        long version = database.Scalar("PRAGMA user_version") ?? 0;
        if (version > versionKnown)
            return $"was written by a newer qschedd (schema {version}, this one knows {versionKnown}): "
                + "start that one, or restore the backup made before the upgrade";
        if (database.Scalar("SELECT value FROM meta WHERE key = 'schema_version'") != version)
            return "is damaged (its header and its content name different schema versions): restore it from a backup";
        return ImageReader.Meta(database, MetaKeys.SchemaSum) is long kept && kept != Sum(database)
            ? "is damaged (the definitions of its tables are not those that were written): restore it from a backup; "
                + "or, when they were changed on purpose, delete key 'schema_sum' from table meta"
            : null;
    }

    /// <summary>Takes each missing step in a transaction of its own: a failure leaves the version before it.</summary>
    public static void Upgrade(Database database, IReadOnlyList<string> steps)
    {
        for (long version = database.Scalar("PRAGMA user_version") ?? 0; version < steps.Count; version++)
        {
            string step = steps[(int)version];
            long next = version + 1;
            database.InTransactionDo(() =>
            {
                database.Execute($"""
                    {step};
                    PRAGMA user_version = {next};
                    INSERT INTO meta(key, value) VALUES ('schema_version', {next}) ON CONFLICT (key) DO UPDATE SET value = {next};
                    """);
                if (next >= FirstWithSums)
                    WriteSum(database);
            });
        }
    }

    /// <summary>Anew, where it was taken out: by an operator, or because it was damaged.</summary>
    public static void KeepSum(Database database)
    {
        if (ImageReader.Meta(database, MetaKeys.SchemaSum) is null)
            database.InTransactionDo(() => WriteSum(database));
    }

    /// <summary>A wrong letter in these would change what statements mean: what an index holds, what a column takes.</summary>
    private static int Sum(Database database)
    {
        using Statement row = database.Prepare($"SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name IN ({Names}) ORDER BY name");
        var sum = default(RowSum);
        while (row.Step())
        {
            for (int column = 0; column < 4; column++)
                sum.AddText(Encoding.UTF8.GetBytes(row.Text(column)));
        }
        return sum.Value;
    }

    private static void WriteSum(Database database)
    {
        using Statement set = database.Prepare(MetaKeys.SetSql);
        set.Bind(1, MetaKeys.SchemaSum).Bind(2, Sum(database)).BindSum(3).Run();
    }

    /// <summary>Our own, and not what others may have put beside them. Names are added here, never taken away.</summary>
    private const string Names = """
        'meta', 'job', 'job_state', 'slice', 'task', 'task_fire', 'task_running', 'attempt', 'worker_override', 'registration', 'audit',
        'job_definition', 'definition'
        """;

    public const int FirstWithSums = 3;

    private const string Version1 = """
        PRAGMA application_id = 0x51736368;

        CREATE TABLE meta(
            key TEXT PRIMARY KEY NOT NULL,
            value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        INSERT INTO meta(key, value) VALUES ('boot_count', 0), ('task_seq', 0);

        CREATE TABLE job(
            id INTEGER PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            app TEXT NOT NULL,
            created_ms INTEGER NOT NULL,
            updated_ms INTEGER NOT NULL,
            definition_hash INTEGER NOT NULL,
            trigger_hash INTEGER NOT NULL,
            effective_from_ms INTEGER NOT NULL,
            enabled_override INTEGER,
            overridden_yaml_state INTEGER,
            override_by TEXT,
            override_at_ms INTEGER) STRICT;

        CREATE TABLE job_state(
            job_id INTEGER PRIMARY KEY,
            last_task_seq INTEGER NOT NULL,
            last_state INTEGER NOT NULL,
            last_run_ms INTEGER,
            last_update_ms INTEGER,
            failures_in_row INTEGER NOT NULL,
            misfires_discarded INTEGER NOT NULL) STRICT;

        CREATE TABLE slice(
            id INTEGER PRIMARY KEY,
            start_ms INTEGER NOT NULL UNIQUE) STRICT;

        CREATE TABLE task(
            seq INTEGER PRIMARY KEY,
            slice INTEGER NOT NULL,
            job_id INTEGER NOT NULL REFERENCES job(id),
            trigger_key INTEGER NOT NULL,
            shard_index INTEGER NOT NULL,
            shard_total INTEGER NOT NULL,
            scheduled_ms INTEGER NOT NULL,
            fire_ms INTEGER NOT NULL,
            started_ms INTEGER,
            ended_ms INTEGER,
            updated_ms INTEGER NOT NULL,
            state INTEGER NOT NULL,
            attempt INTEGER NOT NULL,
            heartbeat INTEGER NOT NULL,
            id TEXT NOT NULL,
            worker TEXT,
            process TEXT,
            killed_by TEXT,
            parameter TEXT,
            message TEXT,
            output TEXT) STRICT;
        CREATE UNIQUE INDEX task_fire ON task(slice, job_id, scheduled_ms DESC, trigger_key, shard_index);
        CREATE INDEX task_running ON task(seq) WHERE state IN (100, 200);

        CREATE TABLE attempt(
            task_seq INTEGER NOT NULL REFERENCES task(seq) ON DELETE CASCADE,
            attempt INTEGER NOT NULL,
            state INTEGER NOT NULL,
            worker TEXT,
            started_ms INTEGER,
            ended_ms INTEGER NOT NULL,
            message TEXT,
            PRIMARY KEY(task_seq, attempt)) STRICT, WITHOUT ROWID;

        CREATE TABLE worker_override(
            job_id INTEGER NOT NULL REFERENCES job(id),
            address TEXT NOT NULL,
            online INTEGER NOT NULL,
            actor TEXT NOT NULL,
            at_ms INTEGER NOT NULL,
            PRIMARY KEY(job_id, address)) STRICT, WITHOUT ROWID;

        CREATE TABLE registration(
            app TEXT NOT NULL,
            address TEXT NOT NULL,
            hostname TEXT NOT NULL,
            jobs TEXT,
            last_seen_ms INTEGER NOT NULL,
            PRIMARY KEY(app, address)) STRICT, WITHOUT ROWID;

        CREATE TABLE audit(
            id INTEGER PRIMARY KEY,
            at_ms INTEGER NOT NULL,
            actor TEXT NOT NULL,
            action TEXT NOT NULL,
            target TEXT NOT NULL,
            detail TEXT) STRICT
        """;

    /// <summary>Definitions in force, for who compares them with new files: secrets stand there as prints alone.</summary>
    private const string Version2 = """
        CREATE TABLE job_definition(
            job_id INTEGER PRIMARY KEY REFERENCES job(id),
            print INTEGER NOT NULL,
            text TEXT NOT NULL) STRICT;

        CREATE TABLE definition(
            name TEXT PRIMARY KEY NOT NULL,
            text TEXT NOT NULL) STRICT, WITHOUT ROWID
        """;

    /// <summary>
    /// Sums (<see cref="RowSum"/>). A task has two, for what is written once and for what each update writes. Rows that were there say
    /// -1, not to be compared: a NULL could come of damage. Tasks may be millions, so there NULL says it, below <c>summed_from</c>.
    /// </summary>
    private const string Version3 = """
        ALTER TABLE meta ADD COLUMN sum INTEGER;
        ALTER TABLE slice ADD COLUMN sum INTEGER;
        ALTER TABLE job ADD COLUMN sum INTEGER;
        ALTER TABLE job_state ADD COLUMN sum INTEGER;
        ALTER TABLE worker_override ADD COLUMN sum INTEGER;
        ALTER TABLE registration ADD COLUMN sum INTEGER;
        ALTER TABLE audit ADD COLUMN sum INTEGER;
        ALTER TABLE definition ADD COLUMN sum INTEGER;
        ALTER TABLE job_definition ADD COLUMN sum INTEGER;
        ALTER TABLE attempt ADD COLUMN sum INTEGER;
        ALTER TABLE task ADD COLUMN fixed_sum INTEGER;
        ALTER TABLE task ADD COLUMN sum INTEGER;
        INSERT INTO meta(key, value) SELECT 'summed_from', 1 + max(value)
            FROM (SELECT value FROM meta WHERE key = 'task_seq' UNION ALL SELECT max(seq) FROM task);
        UPDATE meta SET sum = -1;
        UPDATE slice SET sum = -1;
        UPDATE job SET sum = -1;
        UPDATE job_state SET sum = -1;
        UPDATE worker_override SET sum = -1;
        UPDATE registration SET sum = -1;
        UPDATE audit SET sum = -1;
        UPDATE definition SET sum = -1;
        UPDATE job_definition SET sum = -1
        """;
}
