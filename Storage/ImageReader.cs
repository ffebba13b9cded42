using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>Reads what the last process left, and counts the start.</summary>
internal static class ImageReader
{
    public static StoreImage Load(Database database)
    {
        // Counted first: once a start's number is out (it is part of what makes names unique), no later start may have it.
        database.InTransactionDo(() => database.Execute($"UPDATE meta SET value = value + 1 WHERE key = '{MetaKeys.BootCount}'"));
        return new StoreImage
        {
            NextTaskSeq = 1 + Math.Max(Meta(database, MetaKeys.TaskSeq) ?? 0, database.Scalar("SELECT max(seq) FROM task") ?? 0),
            BootCount = Meta(database, MetaKeys.BootCount) ?? 0,
            WatermarkMs = Meta(database, MetaKeys.Watermark),
            Jobs = ReadJobs(database),
            RunningTasks = ReadAll(database, RunningSql, TaskColumns.Read),
            WorkerOverrides = ReadAll(database, "SELECT job_id, address, online, actor, at_ms FROM worker_override", ReadOverride),
            Registrations = ReadAll(database, "SELECT app, address, hostname, jobs, last_seen_ms FROM registration", ReadRegistration),
        };
    }

    public static long? Meta(Database database, string key) => database.Scalar($"SELECT value FROM meta WHERE key = '{key}'");

    private static List<JobRow> ReadJobs(Database database)
    {
        // A million jobs belong to some hundred apps: one string for each.
        var apps = new Dictionary<string, string>();
        return ReadAll(database, JobColumns.Select, row =>
        {
            string app = row.Text(2);
            return JobColumns.Read(row, apps.TryGetValue(app, out string? known) ? known : apps[app] = app);
        });
    }

    private static WorkerOverrideRow ReadOverride(Statement row) =>
        new(row.Int(0), row.Text(1), row.Bool(2), row.Text(3), row.Long(4));

    private static RegistrationRow ReadRegistration(Statement row) =>
        new(row.Text(0), row.Text(1), row.Text(2), JobNames.FromText(row.TextOrNull(3)), row.Long(4));

    private static List<T> ReadAll<T>(Database database, string sql, Func<Statement, T> read)
    {
        var rows = new List<T>();
        using Statement statement = database.Prepare(sql);
        while (statement.Step())
            rows.Add(read(statement));
        return rows;
    }

    internal const string RunningSql =
        $"SELECT {TaskColumns.Select} FROM task t JOIN job j ON j.id = t.job_id WHERE t.state IN (100, 200) ORDER BY t.seq";
}
