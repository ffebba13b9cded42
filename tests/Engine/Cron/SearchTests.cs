using Qschedd.Engine.Cron;

namespace Qschedd.Tests.Engine.Cron;

public class SearchTests
{
    private static readonly string[] Expressions =
        ["* * * * * ?", "0 0/30 8-18 ? * MON-FRI", "0 30 2 * * ?", "0 0 0 29 2 ?", "0 0 0 31W * ?", "0 0 12 ? * 6#5", "0 0 0 1 1 ? 2030-2040", "0 0 0 30 2 ?"];

    [Theory]
    [InlineData("UTC")]
    [InlineData("America/New_York")]
    [InlineData("Australia/Lord_Howe")]
    public void Search_Allocates_Nothing(string zone)
    {
        List<CronSchedule> schedules = [.. Expressions.Select(text => Fires.Schedule(text, zone))];
        long found = Walk(schedules);
        long before = GC.GetAllocatedBytesForCurrentThread();
        found += Walk(schedules);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, found);

        static long Walk(List<CronSchedule> schedules)
        {
            long sum = 0;
            foreach (CronSchedule schedule in schedules)
            {
                for (long ms = 1_700_000_000_123, i = 0; i < 500 && ms != CronSchedule.Never; i++) sum += ms = schedule.NextAfterMs(ms);
                sum += schedule.LatestInMs(0, 1_700_000_000_123) + schedule.CountIn(1_700_000_000_123, 1_800_000_000_000, 50).Count;
            }
            return sum;
        }
    }

    [Theory]
    [InlineData("0 30 9 * * ?", 64)]
    [InlineData("0 0/15 8-18 ? * MON-FRI", 64)]
    [InlineData("0 0 0 LW * ?", 64)]
    [InlineData("0 0 0 29 2 ?", 64)]
    [InlineData("0 0 0 LW * ? 2030", 152)]
    public void Expression_IsSmall_InMemory(string text, int bytesMax)
    {
        // The first makes what equal expressions share, the second finds it, for which the runtime makes its comparers.
        for (int i = 0; i < 2; i++)
            CronExpression.Parse(text, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();
        CronExpression.Parse(text, out _);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, bytesMax);
    }

    /// <summary>More sets of days than get a table of their own, so that both ways of searching are taken.</summary>
    [Fact]
    public void RareDates_AreThoseOfTheCalendar_FromEachDayOn()
    {
        string[] days = ["29 {0} ?", "31 {0} ?", "30W {0} ?", "L-2 {0} ?", "LW,1W {0} ?", "? {0} 6#5", "? {0} 2L"];
        string[] rules = [.. days.SelectMany(day => Enumerable.Range(1, 12).Select(month => $"0 0 0 {string.Format(day, month)}")), "0 0 0 30 2 ?"];
        Assert.All(rules, AssertIsTheCalendars);

        static void AssertIsTheCalendars(string rule)
        {
            var expression = CronExpression.Parse(rule, out _)!;
            var calendar = new NaiveCron(rule);
            DateTime first = new(2096, 1, 1), day = new(2104, 12, 31);
            for (long next = expression.NextReading(SecondsTo(day.AddDays(1))); day >= first; day = day.AddDays(-1))
            {
                next = calendar.Matches(day) ? SecondsTo(day) : next;
                Assert.Equal((next, rule), (expression.NextReading(SecondsTo(day)), rule));
            }
        }

        static long SecondsTo(DateTime day) => (day - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerSecond;
    }

    [Theory]
    [InlineData("* * * * * ?", "2024-06-01T00:00:00.250", "2024-06-01T00:00:01")]
    [InlineData("* * * * * ?", "2024-06-01T00:00:00", "2024-06-01T00:00:01")]
    [InlineData("* * * * * ?", "2024-06-01T00:00:00.9999999", "2024-06-01T00:00:01")]
    [InlineData("0 0 0 * * ?", "2024-05-31T23:59:59.999", "2024-06-01T00:00:00")]
    public void After_IsExclusive_AndFiresAreWholeSeconds(string text, string after, string next) =>
        Assert.Equal(Fires.At(next), Fires.Schedule(text).NextAfter(Fires.At(after)));

    [Fact]
    public void Next_IsInTheZonesOffset()
    {
        Assert.Equal("2024-07-01T09:30:00+02:00", Fires.Text(Fires.Schedule("0 30 9 * * ?", "Europe/Berlin").NextAfter(Fires.At("2024-07-01T00:00:00-05:00"))));
    }

    [Theory]
    [InlineData(long.MinValue)]
    [InlineData(-62_135_596_800_000)]
    [InlineData(-1)]
    [InlineData(7_258_118_400_000)]
    [InlineData(long.MaxValue - 1)]
    [InlineData(long.MaxValue)]
    public void Search_Answers_AtTheEndsOfTime(long afterMs)
    {
        foreach (string zone in new[] { "UTC", "America/New_York", "Pacific/Kiritimati", "Pacific/Pago_Pago" })
        {
            CronSchedule schedule = Fires.Schedule("* * * * * ?", zone);
            long next = schedule.NextAfterMs(afterMs);
            Assert.True(next == CronSchedule.Never ? afterMs > 7_258_000_000_000 : next > afterMs && next % 1000 == 0);
            Assert.Equal(CronSchedule.Never, schedule.LatestInMs(afterMs, afterMs));
            Assert.Equal((0, false), schedule.CountIn(afterMs, afterMs, 10));
        }
        Assert.Equal(7_258_118_399_000, Fires.Schedule("* * * * * ?").LatestInMs(afterMs < 0 ? afterMs : 0, long.MaxValue));
    }

    [Fact]
    public void Latest_IsTheLastFire_OfAWalk()
    {
        var random = new Random(20241103);
        foreach (string text in Expressions)
        {
            CronSchedule schedule = Fires.Schedule(text, "America/New_York");
            for (int i = 0; i < 50; i++)
            {
                long after = Fires.At("2024-01-01T00:00:00").ToUnixTimeMilliseconds() + random.NextInt64(365L * 86_400_000);
                long until = after + random.NextInt64(text == "* * * * * ?" ? 5_000_000 : 9_000_000_000);
                long latest = CronSchedule.Never;
                for (long fire = schedule.NextAfterMs(after); fire <= until; fire = schedule.NextAfterMs(fire)) latest = fire;
                Assert.Equal(latest, schedule.LatestInMs(after, until));
            }
        }
    }

    [Theory]
    [InlineData("0 30 9 * * ?", "2024-11-04T00:00:00", "2024-11-03T14:30:00")]
    [InlineData("0 30 1 * * ?", "2024-11-04T00:00:00", "2024-11-03T05:30:00")]
    [InlineData("0 0 * * * ?", "2024-11-03T06:59:59", "2024-11-03T06:00:00")]
    [InlineData("0 0 0 29 2 ?", "2024-11-04T00:00:00", "2024-02-29T05:00:00")]
    [InlineData("0 30 2 * * ?", "2024-03-10T07:30:00", "2024-03-10T07:30:00")]
    [InlineData("0 30 2 * * ?", "2024-03-10T07:29:59.999", "2024-03-09T07:30:00")]
    public void Latest_IsFound_OverManyYears(string text, string until, string latest) =>
        Assert.Equal(Fires.At(latest).ToUnixTimeMilliseconds(),
            Fires.Schedule(text, "America/New_York").LatestInMs(0, Fires.At(until).ToUnixTimeMilliseconds()));

    [Theory]
    [InlineData("2024-06-01T00:00:00", "2024-06-01T00:05:00", 10, 5, false)]
    [InlineData("2024-06-01T00:00:00", "2024-06-01T00:05:00", 5, 5, false)]
    [InlineData("2024-06-01T00:00:00", "2024-06-01T00:05:00", 4, 4, true)]
    [InlineData("2024-06-01T00:00:00", "2024-06-01T00:05:00", 0, 0, true)]
    [InlineData("2024-06-01T00:00:00", "2024-06-01T00:00:59", 0, 0, false)]
    [InlineData("2024-06-01T00:05:00", "2024-06-01T00:00:00", 10, 0, false)]
    public void Count_Stops_AtItsBound(string after, string until, int max, int count, bool more) =>
        Assert.Equal((count, more), Fires.Schedule("0 * * * * ?").CountIn(
            Fires.At(after).ToUnixTimeMilliseconds(), Fires.At(until).ToUnixTimeMilliseconds(), max));
}
