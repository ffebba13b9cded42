using BenchmarkDotNet.Attributes;
using Qschedd.Engine.Cron;
using Oracle = Quartz.CronExpression;

namespace Qschedd.Bench.Modes;

/// <summary>
/// The same texts and instants for both. Public and not sealed, because BenchmarkDotNet asks for it; each operation is a round over
/// all texts, counted as so many.
/// </summary>
public class CronBenchmarks
{
    private const int Texts = 10;
    private const int RareTexts = 3;

    private static readonly string[] Usual =
    [
        "* * * * * ?", "0 * * * * ?", "0 0/5 * * * ?", "0 30 9 * * ?", "0 0 1 * * ?",
        "0 15 10 ? * MON-FRI", "0 0 12 1 * ?", "0 0/30 8-18 * * ?", "0 0 9 ? * 2,4,6", "0 10,44 14 ? 3 WED",
    ];

    private static readonly string[] Rare = ["0 0 0 29 2 ?", "0 0 0 31W * ?", "0 0 0 ? * 6#5"];

    private readonly CronSchedule[] _utc = [.. Usual.Select(text => Schedule(text, "UTC"))];
    private readonly CronSchedule[] _newYork = [.. Usual.Select(text => Schedule(text, "America/New_York"))];
    private readonly CronSchedule[] _rare = [.. Rare.Select(text => Schedule(text, "UTC"))];
    private readonly Oracle[] _quartzUtc = [.. Usual.Select(text => new Oracle(text, TimeZoneInfo.Utc))];
    private readonly Oracle[] _quartzNewYork = [.. Usual.Select(text => new Oracle(text, NewYork))];
    private readonly Oracle[] _quartzRare = [.. Rare.Select(text => new Oracle(text, TimeZoneInfo.Utc))];

    private readonly long _nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
    private readonly DateTimeOffset _now = DateTimeOffset.UtcNow;

    private static TimeZoneInfo NewYork => TimeZoneInfo.FindSystemTimeZoneById("America/New_York");

    [Benchmark(OperationsPerInvoke = Texts)]
    public int Parse()
    {
        int known = 0;
        foreach (string text in Usual)
            known += CronExpression.Parse(text, out _) is null ? 0 : 1;
        return known;
    }

    [Benchmark(OperationsPerInvoke = Texts)]
    public int QuartzParse()
    {
        int known = 0;
        foreach (string text in Usual)
            known += Oracle.Parse(text) is null ? 0 : 1;
        return known;
    }

    [Benchmark(OperationsPerInvoke = Texts)]
    public long Utc() => Next(_utc);

    [Benchmark(OperationsPerInvoke = Texts)]
    public long QuartzUtc() => Next(_quartzUtc);

    [Benchmark(OperationsPerInvoke = Texts)]
    public long Zoned() => Next(_newYork);

    [Benchmark(OperationsPerInvoke = Texts)]
    public long QuartzZoned() => Next(_quartzNewYork);

    [Benchmark(OperationsPerInvoke = RareTexts)]
    public long RareDates() => Next(_rare);

    [Benchmark(OperationsPerInvoke = RareTexts)]
    public long QuartzRareDates() => Next(_quartzRare);

    private long Next(CronSchedule[] schedules)
    {
        long sum = 0;
        foreach (var schedule in schedules)
            sum += schedule.NextAfterMs(_nowMs);
        return sum;
    }

    private long Next(Oracle[] expressions)
    {
        long sum = 0;
        foreach (var expression in expressions)
            sum += expression.GetNextValidTimeAfter(_now)!.Value.Ticks;
        return sum;
    }

    private static CronSchedule Schedule(string text, string zone) => new(CronExpression.Parse(text, out _)!, ZoneTable.Find(zone)!);
}
