using Qschedd.Bench.Measure;
using Quartz;

namespace Qschedd.Bench.Systems;

/// <summary>Quartz 4 with jobs that all have one cron expression, or each its own.</summary>
internal static class QuartzHost
{
    /// <param name="threads">Jobs at once, and triggers taken at once; null: Quartz's defaults.</param>
    /// <param name="database">A SQLite file for its ADO store; null: its RAM store.</param>
    public static async Task<IScheduler> BuildAsync(int? threads, string? database = null)
    {
        var properties = new Dictionary<string, string?>();
        if (threads is { } bound)
        {
            properties["quartz.threadPool.maxConcurrency"] = $"{bound}";
            properties["quartz.scheduler.batchTriggerAcquisitionMaxCount"] = $"{bound}";
        }
        return await QuartzSchedulerBuilder.Create(quartz => Store(quartz, database)).UseProperties(properties).BuildScheduler();
    }

    /// <summary>In one call, before the scheduler runs.</summary>
    public static async Task ScheduleAsync<TJob>(IScheduler scheduler, int count, Func<int, string> cronOf)
        where TJob : IJob
    {
        var jobs = new Dictionary<IJobDetail, IReadOnlyCollection<ITrigger>>(count);
        for (int i = 1; i <= count; i++)
        {
            var job = JobBuilder.Create<TJob>().WithIdentity($"job{i}").Build();
            jobs[job] = [TriggerBuilder.Create().WithIdentity($"trigger{i}").ForJob(job).WithCronSchedule(cronOf(i)).Build()];
        }
        await scheduler.ScheduleJobs(jobs, new ScheduleJobOptions());
    }

    private static void Store(IQuartzBuilder quartz, string? database)
    {
        if (database is null)
            return;
        SQLitePCL.Batteries_V2.Init();
        Sqlite.Execute(database, "PRAGMA journal_mode = WAL"); // kept in the file: Quartz is given the faster journal too
        quartz.UsePersistentStore(store =>
        {
            store.UseSqlite(Sqlite.ConnectionText(database));
            store.ProvisionSchema();
        });
    }
}

/// <summary>The body of a no-op job.</summary>
internal sealed class QuartzNoop : IJob
{
    public static readonly LagMeter Meter = new();

    public ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        long dueUs = context.ScheduledFireTimeUtc!.Value.ToUnixTimeMilliseconds() * 1000;
        Meter.Record(LagMeter.NowUs - dueUs);
        return default;
    }
}
