using System.Diagnostics;
using Qschedd.Bench.Measure;
using Quartz;
using Quartz.Extensibility;

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
        long begun = Stopwatch.GetTimestamp();
        var jobs = new Dictionary<IJobDetail, IReadOnlyCollection<ITrigger>>(count);
        for (int i = 1; i <= count; i++)
        {
            var job = JobBuilder.Create<TJob>().WithIdentity($"job{i}").Build();
            jobs[job] = [TriggerBuilder.Create().WithIdentity($"trigger{i}").ForJob(job).WithCronSchedule(cronOf(i)).Build()];
        }
        // What was due while it is told of its jobs it would make up for, beside the fires that are measured. It is told within about
        // twice the time that they took to build.
        var from = DateTimeOffset.UtcNow + 2 * Stopwatch.GetElapsedTime(begun);
        foreach (var trigger in jobs.Values.SelectMany(triggers => triggers))
            ((IMutableTrigger)trigger).StartTimeUtc = from;
        await scheduler.ScheduleJobs(jobs, new ScheduleJobOptions());
    }

    /// <summary>Ends it. Something static holds it as long as the process lives, and would hold all of its jobs too.</summary>
    public static async Task EndAsync(IScheduler scheduler)
    {
        await scheduler.Clear();
        await scheduler.Shutdown(waitForJobsToComplete: true);
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
