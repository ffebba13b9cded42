using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Storage;

namespace Qschedd.Bench.Modes;

/// <summary>
/// <c>durable --system qschedd|quartz --jobs N --repetitions R --dir D</c>: more is due each second than can be made durable; how much
/// is. A body runs only after its fire is on disk, so bodies are counted; records are all rows that were committed.
/// </summary>
/// <remarks>
/// A repetition lasts some seconds: under such pressure starts fill the journal by the ten thousand, and the ends follow them.
/// </remarks>
internal static class DurableMode
{
    private const string EachSecond = "* * * * * ?";
    private const int SecondsEach = 2;

    public static async Task<Samples> RunAsync(Options options)
    {
        int jobs = options.Number("jobs"), repetitions = options.Number("repetitions");
        string file = Path.Combine(options.Text("dir"), "bench.db");
        bool isQuartz = options.Text("system") == "quartz";
        return isQuartz ? await QuartzAsync(jobs, repetitions, file, options) : await EngineAsync(jobs, repetitions, file, options);
    }

    private static async Task<Samples> EngineAsync(int jobs, int repetitions, string file, Options options)
    {
        SQLitePCL.Batteries_V2.Init();
        var meter = new LagMeter();
        long records = 0;
        var store = new WatchedStore(
            SqliteStore.Open(file, NullLogger.Instance), batch => Interlocked.Add(ref records, batch.Changes.Count));
        using var engine = new EngineHost(store, new NoopLink(meter), jobs, EachSecond);
        await Seconds.NextAsync(options.Number("warm-up", 3)); // the rows of the jobs themselves, and the first seconds
        var samples = new Samples();
        meter.Take();
        for (int i = 0; i < repetitions; i++)
        {
            long before = Interlocked.Read(ref records);
            await Seconds.NextAsync(SecondsEach);
            var figures = meter.Take();
            samples.Add("records", (Interlocked.Read(ref records) - before) / figures.Seconds);
            Seconds.Add(samples, figures);
        }
        return samples;
    }

    private static async Task<Samples> QuartzAsync(int jobs, int repetitions, string file, Options options)
    {
        var scheduler = await QuartzHost.BuildAsync(threads: 64, file);
        await QuartzHost.ScheduleAsync<QuartzNoop>(scheduler, jobs, _ => EachSecond);
        await scheduler.Start();
        return await Seconds.MeasureAsync(QuartzNoop.Meter, options.Number("warm-up", 3), repetitions);
    }
}
