using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Engine.Ports;
using Qschedd.Storage;

namespace Qschedd.Bench.Modes;

/// <summary>
/// <c>burst --system qschedd|quartz --jobs N --rounds R --every S --dir D</c>: all jobs are due in one second, every S seconds; how
/// long it takes from that second until every fire is on disk.
/// </summary>
internal static class BurstMode
{
    public static async Task<Samples> RunAsync(Options options)
    {
        string cron = $"0/{options.Number("every")} * * * * ?";
        int jobs = options.Number("jobs"), rounds = options.Number("rounds");
        string file = Path.Combine(options.Text("dir"), "bench.db");
        var counted = new Burst(jobs);
        if (options.Text("system") == "quartz")
        {
            QuartzBurst.Counted = counted;
            var scheduler = await QuartzHost.BuildAsync(threads: 64, file);
            await QuartzHost.ScheduleAsync<QuartzBurst>(scheduler, jobs, _ => cron);
            await scheduler.Start();
            return await counted.RoundsAsync(rounds);
        }
        SQLitePCL.Batteries_V2.Init();
        var store = new WatchedStore(SqliteStore.Open(file, NullLogger.Instance), counted.OnDurable);
        using var engine = new EngineHost(store, new NoopLink(new LagMeter()), jobs, cron);
        return await counted.RoundsAsync(rounds);
    }
}

/// <summary>Counts the fires of each scheduled second until all are there.</summary>
internal sealed class Burst(int jobs)
{
    private readonly Dictionary<long, int> _seen = [];
    private readonly List<double> _took = [];

    public void OnDurable(JournalBatch batch)
    {
        foreach (var insert in batch.Changes.OfType<TaskInsert>())
            Add(insert.Row.ScheduledMs);
    }

    public void Add(long scheduledMs)
    {
        lock (_seen)
        {
            int count = _seen[scheduledMs] = _seen.GetValueOrDefault(scheduledMs) + 1;
            if (count == jobs)
                _took.Add(LagMeter.NowUs / 1000.0 - scheduledMs);
        }
    }

    /// <summary>The first one, which finds everything cold, is not counted.</summary>
    public async Task<Samples> RoundsAsync(int rounds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (Rounds <= rounds && await timer.WaitForNextTickAsync())
        {
            // Until enough bursts are over.
        }
        var samples = new Samples();
        lock (_seen)
            _took.Skip(1).ToList().ForEach(ms => samples.Add("took", ms));
        return samples;
    }

    private int Rounds
    {
        get
        {
            lock (_seen)
                return _took.Count;
        }
    }
}

internal sealed class QuartzBurst : Quartz.IJob
{
    public static Burst? Counted { get; set; }

    public ValueTask Execute(Quartz.IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        Counted!.Add(context.ScheduledFireTimeUtc!.Value.ToUnixTimeMilliseconds());
        return default;
    }
}
