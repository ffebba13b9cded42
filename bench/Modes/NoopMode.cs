using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;

namespace Qschedd.Bench.Modes;

/// <summary>
/// <c>noop --system qschedd|quartz --jobs N --seconds S [--threads T]</c>: all jobs are due each second and do nothing.
/// </summary>
internal static class NoopMode
{
    private const string EachSecond = "* * * * * ?";

    public static async Task<Samples> RunAsync(Options options)
    {
        int jobs = options.Number("jobs"), seconds = options.Number("seconds");
        int warmUp = options.Number("warm-up", 2);
        bool isQuartz = options.Text("system") == "quartz";
        return isQuartz ? await QuartzAsync(options, jobs, warmUp, seconds) : await EngineAsync(jobs, warmUp, seconds);
    }

    private static async Task<Samples> EngineAsync(int jobs, int warmUp, int seconds)
    {
        var meter = new LagMeter();
        using var engine = new EngineHost(new VoidStore(), new NoopLink(meter), jobs, EachSecond);
        return await Seconds.MeasureAsync(meter, warmUp, seconds);
    }

    private static async Task<Samples> QuartzAsync(Options options, int jobs, int warmUp, int seconds)
    {
        var scheduler = await QuartzHost.BuildAsync(options.Find("threads") is null ? null : options.Number("threads"));
        await QuartzHost.ScheduleAsync<QuartzNoop>(scheduler, jobs, _ => EachSecond);
        await scheduler.Start();
        var samples = await Seconds.MeasureAsync(QuartzNoop.Meter, warmUp, seconds);
        await QuartzHost.EndAsync(scheduler);
        return samples;
    }
}
