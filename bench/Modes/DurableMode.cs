using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Storage;

namespace Qschedd.Bench.Modes;

/// <summary>
/// <c>durable --system qschedd|quartz --jobs N --seconds S --dir D</c>: more is due each second than can be made durable; how much is.
/// A body runs only after its fire is on disk, so bodies are counted; records are all rows that were committed.
/// </summary>
internal static class DurableMode
{
    private const string EachSecond = "* * * * * ?";

    public static async Task<Samples> RunAsync(Options options)
    {
        int jobs = options.Number("jobs"), seconds = options.Number("seconds");
        string file = Path.Combine(options.Text("dir"), "bench.db");
        return options.Text("system") == "quartz" ? await QuartzAsync(jobs, seconds, file, options) : await EngineAsync(jobs, seconds, file, options);
    }

    private static async Task<Samples> EngineAsync(int jobs, int seconds, string file, Options options)
    {
        SQLitePCL.Batteries_V2.Init();
        var meter = new LagMeter();
        long records = 0;
        var store = new WatchedStore(SqliteStore.Open(file, NullLogger.Instance), batch => Interlocked.Add(ref records, batch.Changes.Count));
        using var engine = new EngineHost(store, new NoopLink(meter), jobs, EachSecond);
        await Seconds.NextAsync(options.Number("warm-up", 3)); // the rows of the jobs themselves, and the first seconds
        var samples = new Samples();
        meter.Take();
        for (int i = 0; i < seconds; i++)
        {
            long before = Interlocked.Read(ref records);
            await Seconds.NextAsync(1);
            var figures = meter.Take();
            samples.Add("records", (Interlocked.Read(ref records) - before) / figures.Seconds);
            Seconds.Add(samples, figures);
        }
        return samples;
    }

    private static async Task<Samples> QuartzAsync(int jobs, int seconds, string file, Options options)
    {
        var scheduler = await QuartzHost.BuildAsync(threads: 64, file);
        await QuartzHost.ScheduleAsync<QuartzNoop>(scheduler, jobs, _ => EachSecond);
        await scheduler.Start();
        return await Seconds.MeasureAsync(QuartzNoop.Meter, options.Number("warm-up", 3), seconds);
    }
}
