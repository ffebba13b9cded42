using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>Reads what the last process left, and counts the start.</summary>
internal static class ImageReader
{
    /// <param name="database">Opened.</param>
    /// <param name="known">What it is known to have held.</param>
    /// <returns>The image, what the database held, and what it holds now.</returns>
    public static (StoreImage Image, Mark Found, Mark Now) Load(Database database, Mark known)
    {
        Mark found = MarkOf(database);
        Mark now = Mark.GoOn(found, known);
        // Counted first: once a start's number is out (it is part of what makes names unique), no later start may have it.
        database.InTransactionDo(() => Save(database, now));
        return (ImageOf(database, now), found, now);
    }

    /// <summary>What stands in the database.</summary>
    public static Mark MarkOf(Database database) => new(
        Meta(database, MetaKeys.BootCount) ?? 0,
        Meta(database, MetaKeys.CommitCount) ?? 0,
        Math.Max(Meta(database, MetaKeys.TaskSeq) ?? 0, database.Scalar("SELECT max(seq) FROM task") ?? 0),
        Meta(database, MetaKeys.Watermark) ?? Mark.NoWatermark);

    private static void Save(Database database, Mark mark)
    {
        using Statement set = database.Prepare(MetaKeys.SetSql);
        void Set(string key, long value) => set.Bind(1, key).Bind(2, value).BindSum(3).Run();
        Set(MetaKeys.BootCount, mark.Start);
        Set(MetaKeys.CommitCount, mark.Commits);
        Set(MetaKeys.TaskSeq, mark.TaskSeq);
        // Anew each time: the step that made it could not sum it.
        Set(MetaKeys.SummedFrom, Math.Min(SummedFrom(database), 1 + mark.TaskSeq));
        if (mark.WatermarkMs != Mark.NoWatermark)
            Set(MetaKeys.Watermark, mark.WatermarkMs);
    }

    /// <summary>Tasks from this number on have sums; when it is not known, none need.</summary>
    public static long SummedFrom(Database database) => Meta(database, MetaKeys.SummedFrom) ?? long.MaxValue;

    private static StoreImage ImageOf(Database database, Mark mark)
    {
        return new StoreImage
        {
            NextTaskSeq = 1 + mark.TaskSeq,
            BootCount = mark.Start,
            WatermarkMs = mark.WatermarkMs == Mark.NoWatermark ? null : mark.WatermarkMs,
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

    // LEFT: whatever the row says, a task that runs is not passed over.
    internal const string RunningSql =
        $"SELECT {TaskColumns.Select} FROM task t LEFT JOIN job j ON j.id = t.job_id WHERE t.state IN (100, 200) ORDER BY t.seq";
}
