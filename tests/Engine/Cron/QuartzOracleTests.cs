using Qschedd.Engine.Cron;
using Xunit.Abstractions;
using Oracle = Quartz.CronExpression;

namespace Qschedd.Tests.Engine.Cron;

/// <summary>Quartz.NET on 105,000 pairs of a random expression and an instant. Where the two differ, one of the rules below says so.</summary>
public class QuartzOracleTests(ITestOutputHelper output)
{
    private const int Seed = 19690720;
    private const int InstantsPerExpression = 10;

    // DstTests and BruteForceTests hold what happens near a change of the offset: there Quartz skips, shifts or doubles.
    private const long NearChange = 26 * 3600;

    private sealed record Difference(string Text, long Ours, DateTimeOffset? Theirs);

    /// <summary>Every reason for which qschedd may not answer what Quartz answers (faults.md, section 5).</summary>
    private static readonly (string Rule, Func<Difference, bool> Holds)[] Rules =
    [
        ("29W, 30W and 31W fire only in months that have the day; Quartz.NET moves them to the last weekday of a shorter month",
            difference => difference.Text.Contains("29W") || difference.Text.Contains("30W") || difference.Text.Contains("31W")),
        ("the search goes to 2199; Quartz.NET gives up about a hundred years from today",
            difference => difference.Theirs is null && difference.Ours > Fires.At("2100-01-01").ToUnixTimeSeconds()),
    ];

    [Theory]
    [InlineData("UTC", 60_000)]
    [InlineData("Asia/Shanghai", 10_000)]
    [InlineData("America/New_York", 20_000)]
    [InlineData("Australia/Lord_Howe", 10_000)]
    [InlineData("America/St_Johns", 5_000)]
    public void Search_Agrees_WithQuartz(string zoneId, int pairsMin)
    {
        output.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        var generator = new ExpressionGenerator(random);
        ZoneTable zone = Fires.Zone(zoneId);
        TimeZoneInfo info = TimeZoneInfo.FindSystemTimeZoneById(zoneId);
        int pairs = 0;
        for (int expressions = 0; pairs < pairsMin; expressions++)
        {
            Assert.True(expressions < pairsMin, "too few pairs are comparable");
            string text = generator.Next();
            pairs += Compare(new CronSchedule(Fires.Parse(text), zone), NewOracle(text, info), random);
        }
    }

    private static int Compare(CronSchedule schedule, Oracle oracle, Random random)
    {
        int pairs = 0;
        long after = 946_684_800 + random.NextInt64(60L * 365 * 86400);
        for (int i = 0; i < InstantsPerExpression; i++)
        {
            long ours = schedule.NextAfterMs(after * 1000) is var ms && ms == CronSchedule.Never ? CronSchedule.Never : ms / 1000;
            DateTimeOffset? theirs = oracle.GetNextValidTimeAfter(DateTimeOffset.FromUnixTimeSeconds(after));
            if (!IsNearChange(schedule.Zone, after) && !IsNearChange(schedule.Zone, ours) && !IsNearChange(schedule.Zone, theirs?.ToUnixTimeSeconds()))
            {
                AssertSame(schedule, after, ours, theirs);
                pairs++;
            }
            if (ours == CronSchedule.Never) break;
            after = i % 2 == 0 ? ours : ours + random.Next(40 * 86400);
        }
        return pairs;
    }

    private static void AssertSame(CronSchedule schedule, long after, long ours, DateTimeOffset? theirs)
    {
        if (ours == (theirs?.ToUnixTimeSeconds() ?? CronSchedule.Never)) return;
        var difference = new Difference(schedule.Expression.Text, ours, theirs);
        Assert.True(Rules.Any(rule => rule.Holds(difference)),
            $"'{difference.Text}' in {schedule.Zone.Id} after {after}: {ours}, Quartz {theirs:O}");
    }

    private static bool IsNearChange(ZoneTable zone, long? second) =>
        second is { } at and not CronSchedule.Never && zone.IndexAt(at - NearChange) != zone.IndexAt(at + NearChange);

    private static Oracle NewOracle(string text, TimeZoneInfo zone) =>
#if NET10_0_OR_GREATER
        new(text, zone);
#else
        new(text) { TimeZone = zone };
#endif
}
