using Qschedd.Bench.Measure;
using Qschedd.Engine.Clock;

namespace Qschedd.Bench.Modes;

/// <summary><c>alarm --count N</c>: how late the daemon's own alarm wakes its thread, a hundred times a second.</summary>
internal static class AlarmMode
{
    private const long PeriodMs = 10;

    public static Task<Samples> RunAsync(Options options)
    {
        using var alarm = new LinuxAlarm();
        var meter = new LagMeter();
        var samples = new Samples();
        int rounds = 5, count = options.Number("count") / rounds;
        long dueMs = alarm.WallNowMs + 100;
        WaitUntil(alarm, dueMs);
        meter.Record(0); // what runs for the first time is compiled then
        meter.Take();
        for (int i = 1; i <= rounds * count; i++)
        {
            dueMs += PeriodMs;
            WaitUntil(alarm, dueMs);
            meter.Record(LagMeter.NowUs - dueMs * 1000);
            if (i % count == 0)
                Seconds.Add(samples, meter.Take());
        }
        return Task.FromResult(samples);
    }

    private static void WaitUntil(LinuxAlarm alarm, long dueMs)
    {
        while (alarm.WallNowMs < dueMs)
            alarm.WaitUntil(dueMs, TimeSpan.FromSeconds(1));
    }
}
