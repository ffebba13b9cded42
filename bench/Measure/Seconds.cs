namespace Qschedd.Bench.Measure;

/// <summary>
/// Repetitions of a second each. They begin shortly before the full second, so that one holds all fires of one burst.
/// </summary>
internal static class Seconds
{
    private const int LeadMs = 50;

    /// <summary>Lets some seconds go by, then takes what the meter and the kernel count in each of the next ones.</summary>
    public static async Task<Samples> MeasureAsync(LagMeter meter, int warmUp, int seconds)
    {
        await NextAsync(warmUp);
        return await MeasureAsync(meter, seconds, () => NextAsync(1));
    }

    /// <summary>For work that knows no seconds: shorter repetitions, and no waiting for a full second.</summary>
    public static async Task<Samples> MeasureEvenAsync(LagMeter meter, TimeSpan lead, int repetitions)
    {
        await Task.Delay(lead);
        return await MeasureAsync(meter, repetitions, () => Task.Delay(EvenRepetition));
    }

    private static readonly TimeSpan EvenRepetition = TimeSpan.FromMilliseconds(500);

    private static async Task<Samples> MeasureAsync(LagMeter meter, int repetitions, Func<Task> nextAsync)
    {
        var samples = new Samples();
        var stat = new ProcStat(Environment.ProcessId);
        meter.Take();
        for (int i = 0; i < repetitions; i++)
        {
            double cpu = stat.CpuSeconds;
            await nextAsync();
            var figures = meter.Take();
            Add(samples, figures);
            samples.Add("cpu", (stat.CpuSeconds - cpu) / figures.Seconds * 100);
            samples.Add("rss", stat.ResidentMb);
        }
        return samples;
    }

    public static void Add(Samples samples, LagFigures figures)
    {
        samples.Add("rate", figures.Rate);
        samples.Add("p50", figures.P50);
        samples.Add("p99", figures.P99);
        samples.Add("max", figures.Max);
    }

    /// <summary>Until shortly before the so-manieth full second from now.</summary>
    public static async Task NextAsync(int seconds)
    {
        long nowMs = LagMeter.NowUs / 1000;
        long endMs = ((nowMs + LeadMs) / 1000 + seconds) * 1000 - LeadMs;
        // .NET's timers may be early, and the next second would then be this one again.
        for (; nowMs < endMs; nowMs = LagMeter.NowUs / 1000)
            await Task.Delay(TimeSpan.FromMilliseconds(endMs - nowMs));
    }
}
