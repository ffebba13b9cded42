using Qschedd.Engine.Cron;

namespace Qschedd.Tests.Engine.Cron;

/// <summary>
/// Around each change of the offset, every minute (or second) that passes is asked whether a fire is due, by TimeZoneInfo, plain
/// calendar code and a set of the readings seen; the search has to find the same instants.
/// </summary>
public class BruteForceTests
{
    private static readonly string[] MinuteExpressions =
    [
        "0 30 2 * * ?", "0 30 1 * * ?", "0 0 0 * * ?", "0 15,45 0-3 * * ?", "0 0 0,12 * * ?", "0 30 1-3 ? * SUN",
        "0 59 23 L * ?", "0 0 2 ? * 1L", "0 10 1 15W,LW * ?", "0 0 0-23 * * ?",
        "0 * * * * ?", "0 0/30 * * * ?", "0 0 * * * ?", "0 7/20 * * * ?", "0 0/30 2 * * ?", "0 0/7 0-3 * * ?",
        "0 30 */2 * * ?", "0 0 */6 * * ?", "0 0 1/3 ? * 1#1", "0 5 */23 * * ?",
    ];

    private static readonly string[] EveryZoneExpressions =
        ["0 30 2 * * ?", "0 30 1 * * ?", "0 0 0 * * ?", "0 30 1-3 * * ?", "0 0/30 * * * ?", "0 0/30 2 * * ?"];

    private static readonly string[] SecondExpressions =
        ["* * * * * ?", "*/20 30 1 * * ?", "30 59 0-3 * * ?", "15/25 */10 0-4 * * ?", "0 0 2,3 * * ?", "59 29,59 1-2 * * ?"];

    [Theory]
    [InlineData("America/New_York", 2023, 2026)]
    [InlineData("America/Santiago", 2018, 2020)]
    [InlineData("America/Havana", 2024, 2026)]
    [InlineData("America/Nuuk", 2022, 2025)]
    [InlineData("America/Scoresbysund", 2023, 2025)]
    [InlineData("America/Asuncion", 2023, 2025)]
    [InlineData("America/Sao_Paulo", 2017, 2020)]
    [InlineData("America/Caracas", 2007, 2017)]
    [InlineData("America/St_Johns", 2010, 2012)]
    [InlineData("America/Goose_Bay", 2010, 2012)]
    [InlineData("Europe/Berlin", 2024, 2026)]
    [InlineData("Europe/London", 2024, 2026)]
    [InlineData("Europe/Dublin", 2024, 2026)]
    [InlineData("Europe/Moscow", 2010, 2015)]
    [InlineData("Europe/Istanbul", 2014, 2017)]
    [InlineData("Atlantic/Azores", 2024, 2026)]
    [InlineData("Africa/Casablanca", 2024, 2026)]
    [InlineData("Africa/Cairo", 2023, 2025)]
    [InlineData("Africa/Juba", 2020, 2022)]
    [InlineData("Asia/Beirut", 2024, 2026)]
    [InlineData("Asia/Gaza", 2023, 2025)]
    [InlineData("Asia/Tehran", 2020, 2023)]
    [InlineData("Asia/Kathmandu", 1985, 1987)]
    [InlineData("Asia/Pyongyang", 2015, 2019)]
    [InlineData("Asia/Shanghai", 1986, 1992)]
    [InlineData("Australia/Sydney", 2024, 2026)]
    [InlineData("Australia/Lord_Howe", 2019, 2021)]
    [InlineData("Antarctica/Troll", 2024, 2026)]
    [InlineData("Antarctica/Casey", 2018, 2024)]
    [InlineData("Pacific/Apia", 2010, 2013)]
    [InlineData("Pacific/Kwajalein", 1993, 1994)]
    [InlineData("Pacific/Kiritimati", 1994, 1996)]
    [InlineData("Pacific/Chatham", 2024, 2025)]
    [InlineData("Pacific/Easter", 2024, 2025)]
    public void Search_Agrees_WithAskingEveryMinute(string zone, int fromYear, int toYear)
    {
        TimeZoneInfo info = TimeZoneInfo.FindSystemTimeZoneById(zone);
        List<DateTime> changes = ElapsedClock.Changes(info, fromYear, toYear);
        Assert.NotEmpty(changes);
        foreach (DateTime change in changes)
        {
            var clock = new ElapsedClock(info.GetUtcOffset, change.AddHours(-30), change.AddHours(30), TimeSpan.FromMinutes(1));
            foreach (string text in MinuteExpressions) AssertAgree(text, Cron.Fires.Zone(zone), clock);
        }
    }

    [Theory]
    [InlineData("America/New_York", "2024-03-10T07:00:00")]
    [InlineData("America/New_York", "2024-11-03T06:00:00")]
    [InlineData("Australia/Lord_Howe", "2019-10-05T15:30:00")]
    [InlineData("Australia/Lord_Howe", "2019-04-06T15:00:00")]
    [InlineData("America/Havana", "2024-03-10T05:00:00")]
    public void Search_Agrees_WithAskingEverySecond(string zone, string change)
    {
        DateTime at = Fires.At(change).UtcDateTime;
        var clock = new ElapsedClock(TimeZoneInfo.FindSystemTimeZoneById(zone).GetUtcOffset, at.AddHours(-3), at.AddHours(5), TimeSpan.FromSeconds(1));
        foreach (string text in SecondExpressions) AssertAgree(text, Cron.Fires.Zone(zone), clock);
    }

    [Fact]
    public void Search_Agrees_AtEveryChange_OfEverySystemZone()
    {
        int changes = 0;
        foreach (TimeZoneInfo info in TimeZoneInfo.GetSystemTimeZones())
        {
            foreach (DateTime change in ElapsedClock.Changes(info, 2024, 2028))
            {
                var clock = new ElapsedClock(info.GetUtcOffset, change.AddHours(-5), change.AddHours(5), TimeSpan.FromMinutes(1));
                foreach (string text in EveryZoneExpressions) AssertAgree(text, Cron.Fires.Zone(info.Id), clock);
                changes++;
            }
        }
        Assert.True(changes > 500, $"only {changes} changes");
    }

    [Fact]
    public void Search_Agrees_InZonesWithoutSense()
    {
        // No zone changes twice within a day, back and forth, by half a day: what holds here holds for whatever a parliament decides.
        const int seed = 20111230;
        var random = new Random(seed);
        var start = new DateTime(2024, 6, 28, 0, 0, 0, DateTimeKind.Utc);
        for (int round = 0; round < 60; round++)
        {
            var changes = new List<(DateTime At, int Offset)> { (start, 0) };
            for (int i = 0; i < 6; i++)
                changes.Add((changes[^1].At.AddMinutes(random.Next(1, round % 2 == 0 ? 200 : 3000)), random.Next(-44, 45) * 15 * 60));
            Assert.True(ZoneTable.TryBuild($"seed {seed}, round {round}", TzifBytes.Of(changes), out ZoneTable? zone));
            var clock = new ElapsedClock(instant => TimeSpan.FromSeconds(changes.FindLast(change => change.At <= instant).Offset),
                start, start.AddDays(1) + (changes[^1].At - start), TimeSpan.FromMinutes(1));
            foreach (string text in MinuteExpressions) AssertAgree(text, zone, clock);
        }
    }

    private static void AssertAgree(string text, ZoneTable zone, ElapsedClock clock)
    {
        List<long> expected = clock.Fires(new NaiveCron(text));
        var schedule = new CronSchedule(Cron.Fires.Parse(text), zone);
        Assert.True(expected.SequenceEqual(Cron.Fires.Between(schedule, clock.From - 1, clock.To)),
            $"'{text}' in {zone.Id} from {DateTimeOffset.FromUnixTimeSeconds(clock.From):u}");

        // From any instant in between too, not only from one fire to the next.
        for (long second = clock.From; second < clock.To; second += 1801)
        {
            int index = expected.BinarySearch(second + 1);
            long next = (index < 0 ? ~index : index) < expected.Count ? expected[index < 0 ? ~index : index] : long.MaxValue;
            long found = schedule.NextAfterMs(second * 1000) / 1000;
            Assert.True(next == found || next == long.MaxValue && found >= clock.To,
                $"'{text}' in {zone.Id} after {DateTimeOffset.FromUnixTimeSeconds(second):u}: {found}, not {next}");
        }
    }

    /// <summary>The local readings of a stretch of time, instant by instant, and those that the clock skipped in it.</summary>
    private sealed class ElapsedClock
    {
        private readonly List<(long Instant, DateTime Reading, bool Repeated)> _shown = [];
        private readonly List<(long Instant, DateTime Reading, long SkippedAt)> _skipped = [];

        public ElapsedClock(Func<DateTime, TimeSpan> offsetAt, DateTime from, DateTime to, TimeSpan tick)
        {
            (From, To) = (Second(from), Second(to));
            var seen = new HashSet<DateTime>();
            DateTime expected = DateTime.MaxValue;
            // Readings of the day before count as seen too.
            for (DateTime instant = from.AddHours(-26); instant < to; instant += tick)
            {
                DateTime reading = instant + offsetAt(instant);
                DateTime skipped = expected;
                for (; skipped < reading; skipped += tick)
                {
                    if (seen.Add(skipped)) _skipped.Add((Second(instant + (skipped - expected)), skipped, Second(instant)));
                }
                _shown.Add((Second(instant), reading, !seen.Add(reading)));
                expected = reading + tick;
            }
        }

        public long From { get; }
        public long To { get; }

        public List<long> Fires(NaiveCron cron)
        {
            var fires = new HashSet<long>();
            foreach ((long instant, DateTime reading, bool repeated) in _shown)
                if ((cron.IsInterval || !repeated) && cron.Matches(reading)) fires.Add(instant);
            List<long> shown = [.. fires];
            foreach ((long instant, DateTime reading, long skippedAt) in _skipped)
            {
                if (!cron.Matches(reading)) continue;
                if (!cron.IsInterval || !shown.Exists(fire => fire >= skippedAt && fire < instant)) fires.Add(instant);
            }
            return [.. fires.Where(fire => fire >= From && fire < To).Order()];
        }

        /// <summary>The UTC minutes at which the offset changes.</summary>
        public static List<DateTime> Changes(TimeZoneInfo zone, int fromYear, int toYear)
        {
            var changes = new List<DateTime>();
            var end = new DateTime(toYear + 1, 1, 1, 0, 0, 0, DateTimeKind.Utc);
            for (var day = new DateTime(fromYear, 1, 1, 0, 0, 0, DateTimeKind.Utc); day < end; day = day.AddDays(1))
            {
                if (zone.GetUtcOffset(day) == zone.GetUtcOffset(day.AddDays(1))) continue;
                DateTime minute = day;
                while (zone.GetUtcOffset(minute) == zone.GetUtcOffset(minute.AddMinutes(1))) minute = minute.AddMinutes(1);
                changes.Add(minute.AddMinutes(1));
            }
            return changes;
        }

        private static long Second(DateTime instant) => new DateTimeOffset(DateTime.SpecifyKind(instant, DateTimeKind.Utc)).ToUnixTimeSeconds();
    }

    [Theory]
    [MemberData(nameof(DayFields))]
    public void RareDays_Agree_WithAskingEveryDay(string dayOfMonth, string dayOfWeek)
    {
        // 1998-2110 holds every shape of a year, a century that leaps and one that does not.
        DateTime first = new(1998, 1, 1), end = new(2110, 1, 1);
        foreach (string rest in new[] { "*", "2", "4,11", "2,3 2000-2104/4", "12 1999,2100" })
        {
            string[] fields = rest.Split(' ');
            string text = $"0 0 0 {dayOfMonth} {fields[0]} {dayOfWeek} {string.Join(' ', fields.Skip(1))}";
            var naive = new NaiveCron(text);
            CronExpression expression = Fires.Parse(text);
            for (DateTime day = first, found = NextOf(expression, first); day < end; day = day.AddDays(1))
            {
                Assert.True(naive.Matches(day) == (day == found), $"{text} on {day:yyyy-MM-dd}, the search says {found:yyyy-MM-dd}");
                if (day == found) found = NextOf(expression, day.AddSeconds(1));
            }
        }
    }

    public static TheoryData<string, string> DayFields()
    {
        var fields = new TheoryData<string, string>();
        foreach (int day in new[] { 1, 2, 15, 27, 28, 29, 30, 31 })
        {
            fields.Add($"{day}", "?");
            fields.Add($"{day}W", "?");
            fields.Add($"L-{day - 1}", "?");
            fields.Add($"L-{day - 1}W", "?");
        }
        foreach (string list in new[] { "29,31", "30,L", "31W,15", "29-31", "30W,L-29" })
            fields.Add(list, "?");
        for (int weekday = 1; weekday <= 7; weekday++)
        {
            fields.Add("?", $"{weekday}#1");
            fields.Add("?", $"{weekday}#5");
            fields.Add("?", $"{weekday}L");
            fields.Add("?", $"{weekday}");
        }
        return fields;
    }

    private static DateTime NextOf(CronExpression expression, DateTime from)
    {
        long reading = expression.NextReading((long)(from - DateTime.UnixEpoch).TotalSeconds);
        return reading == CronExpression.NoReading ? DateTime.MaxValue : DateTime.UnixEpoch.AddSeconds(reading);
    }
}
