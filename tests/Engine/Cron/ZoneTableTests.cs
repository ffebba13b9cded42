using Qschedd.Engine.Cron;

namespace Qschedd.Tests.Engine.Cron;

public class ZoneTableTests
{
    // 1972-01-08: Liberia left the last offset with seconds, which TimeZoneInfo rounds, the day before.
    private const long SpanEdgesFrom = 63_676_800_000;

    // 2037-01-01: from then on TimeZoneInfo's own reading of the rules is off by seconds to hours at the changes of seven zones
    // (Nuuk, Scoresbysund, Santiago, Cairo, Gaza, Hebron, Jerusalem); Python's zoneinfo agrees with the table at all of them.
    private const long SpanEdgesUntil = 2_114_380_800_000;

    [Fact]
    public void Offset_Agrees_WithTimeZoneInfo_InEverySystemZone()
    {
        var random = new Random(19700101);
        var zones = TimeZoneInfo.GetSystemTimeZones().Where(zone => zone.Id != "UTC").ToList();
        Assert.True(zones.Count > 300);
        foreach (TimeZoneInfo info in zones)
        {
            ZoneTable zone = Fires.Zone(info.Id);
            Assert.Equal(info.Id, zone.Id);
            for (int i = 0; i < 300; i++)
            {
                long ms = SpanEdgesFrom + random.NextInt64(i < 200 ? 2_100_000_000_000 : 7_190_000_000_000);
                if (ms < SpanEdgesUntil || !IsNearChange(zone, ms)) AssertOffset(info, zone, ms);
            }
            foreach (ZoneSpan span in zone.Spans)
            {
                if (span.Start is < SpanEdgesFrom / 1000 or > SpanEdgesUntil / 1000) continue;
                AssertOffset(info, zone, span.Start * 1000);
                AssertOffset(info, zone, span.Start * 1000 - 1);
            }
        }
    }

    [Theory]
    [InlineData("Asia/Shanghai", "2024-06-01T00:00:00", 28800)]
    [InlineData("America/New_York", "2024-03-10T06:59:59", -18000)]
    [InlineData("America/New_York", "2024-03-10T07:00:00", -14400)]
    [InlineData("America/New_York", "2199-07-01T00:00:00", -14400)]
    [InlineData("America/New_York", "2199-12-01T00:00:00", -18000)]
    [InlineData("America/New_York", "9999-12-01T00:00:00", -18000)]
    [InlineData("Africa/Monrovia", "1971-12-31T00:00:00", -2670)]
    [InlineData("Africa/Monrovia", "1972-01-08T00:00:00", 0)]
    [InlineData("Australia/Lord_Howe", "2150-01-01T00:00:00", 39600)]
    [InlineData("Australia/Lord_Howe", "2150-07-01T00:00:00", 37800)]
    [InlineData("America/Nuuk", "2100-03-28T00:59:59", -7200)]
    [InlineData("America/Nuuk", "2100-03-28T01:00:00", -3600)]
    [InlineData("Europe/Dublin", "2100-07-01T00:00:00", 3600)]
    [InlineData("Africa/Casablanca", "2150-07-01T00:00:00", 3600)]
    [InlineData("Asia/Kathmandu", "1985-01-01T00:00:00", 19800)]
    [InlineData("Etc/GMT+12", "2024-01-01T00:00:00", -43200)]
    [InlineData("UTC", "2024-01-01T00:00:00", 0)]
    [InlineData("Europe/London", "0001-01-01T00:00:00", 3600)]
    public void Offset_IsKnown_ToTheSecond(string id, string at, int seconds) =>
        Assert.Equal(seconds, Fires.Zone(id).OffsetSecondsAt(Fires.At(at).ToUnixTimeMilliseconds()));

    [Theory]
    [InlineData("")]
    [InlineData("Mars/Olympus")]
    [InlineData("europe/berlin")]
    [InlineData("China Standard Time")]
    [InlineData("+08:00")]
    [InlineData("America")]
    [InlineData("tzdata.zi")]
    [InlineData("zone.tab")]
    [InlineData("leapseconds")]
    [InlineData("../zoneinfo/Europe/Berlin")]
    [InlineData("/usr/share/zoneinfo/Europe/Berlin")]
    [InlineData("Europe//../Berlin")]
    [InlineData("right/Europe/Berlin")]
    [InlineData("posix/Europe/Berlin")]
    [InlineData("Europe/Berlin\0")]
    public void Zone_IsNotFound_UnderAnotherName(string id) => Assert.Null(ZoneTable.Find(id));

    [Fact]
    public void Zone_IsBuilt_Once()
    {
        Assert.Same(ZoneTable.Find("Asia/Tokyo"), ZoneTable.Find("Asia/Tokyo"));
        Assert.Same(ZoneTable.Utc, ZoneTable.Find("UTC"));
        Assert.Same(ZoneTable.Local, ZoneTable.Find(ZoneTable.Local.Id));
        Assert.Equal(TimeZoneInfo.Local.GetUtcOffset(DateTimeOffset.UnixEpoch.AddYears(55)).TotalSeconds,
            ZoneTable.Local.OffsetSecondsAt(DateTimeOffset.UnixEpoch.AddYears(55).ToUnixTimeMilliseconds()));
    }

    [Fact]
    public void File_IsRefused_WhenItIsCut()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(TzDatabase.Folder!, "Europe/Berlin"));
        Assert.True(ZoneTable.TryBuild("Test", file, out _));
        int end = file.AsSpan(0, file.Length - 1).LastIndexOf((byte)'\n');
        for (int length = 0; length < end; length++) Assert.False(ZoneTable.TryBuild("Test", file.AsSpan(0, length), out _), $"{length} bytes");
    }

    [Fact]
    public void File_NeverThrows_WhenItIsDamaged()
    {
        byte[] file = File.ReadAllBytes(Path.Combine(TzDatabase.Folder!, "America/New_York"));
        var random = new Random(8536);
        int built = 0;
        for (int i = 0; i < 500; i++)
        {
            byte[] damaged = [.. file];
            for (int flips = random.Next(1, 5); flips > 0; flips--) damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            if (ZoneTable.TryBuild("Test", damaged, out ZoneTable? zone) && zone.Spans.Length > 1) built++;
        }
        Assert.InRange(built, 1, 500);
    }

    [Theory]
    [InlineData("EST5EDT,M3.2.0,M11.1.0", 2024, "2024-03-10T07:00:00", -14400, "2024-11-03T06:00:00", -18000)]
    [InlineData("IST-1GMT0,M10.5.0,M3.5.0/1", 2024, "2024-03-31T01:00:00", 3600, "2024-10-27T01:00:00", 0)]
    [InlineData("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2024, "2024-03-31T01:00:00", -3600, "2024-10-27T01:00:00", -7200)]
    [InlineData("EET-2EEST,M3.4.4/50,M10.4.4/50", 2025, "2025-03-29T00:00:00", 10800, "2025-10-24T23:00:00", 7200)]
    [InlineData("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2024, "2024-04-06T15:00:00", 37800, "2024-10-05T15:30:00", 39600)]
    [InlineData("AAA3BBB,J60/0,J305/0", 2024, "2024-03-01T03:00:00", -7200, "2024-11-01T02:00:00", -10800)]
    [InlineData("AAA3BBB,59/0,304/0", 2023, "2023-03-01T03:00:00", -7200, "2023-11-01T02:00:00", -10800)]
    [InlineData("AAA3BBB,59/0,304/0", 2024, "2024-02-29T03:00:00", -7200, "2024-10-31T02:00:00", -10800)]
    public void PosixRule_Gives_BothChangesOfAYear(string text, int year, string first, int firstOffset, string second, int secondOffset)
    {
        PosixZoneRule? rule = PosixZoneRule.Parse(System.Text.Encoding.ASCII.GetBytes(text));
        Assert.NotNull(rule);
        var changes = new List<ZoneChange>();
        rule.AddChanges(year, changes);
        Assert.Equal(
            [new ZoneChange(Fires.At(first).ToUnixTimeSeconds(), firstOffset), new ZoneChange(Fires.At(second).ToUnixTimeSeconds(), secondOffset)],
            changes);
    }

    [Theory]
    [InlineData("")]
    [InlineData("UTC0")]
    [InlineData("<+08>-8")]
    [InlineData("EST5EDT")]
    [InlineData("EST5EDT,M3.2.0")]
    [InlineData("EST5EDT,M13.2.0,M11.1.0")]
    [InlineData("EST5EDT,M3.0.0,M11.1.0")]
    [InlineData("EST5EDT,M3.2.9,M11.1.0")]
    [InlineData("EST5EDT,M3.2,M11.1.0")]
    [InlineData("ES5EDT,M3.2.0,M11.1.0")]
    [InlineData("ESTxEDT,M3.2.0,M11.1.0")]
    public void PosixRule_IsNone_WithoutBothChanges(string text) =>
        Assert.Null(PosixZoneRule.Parse(System.Text.Encoding.ASCII.GetBytes(text)));

    private static bool IsNearChange(ZoneTable zone, long ms) => zone.IndexAt(ms / 1000 - 86400) != zone.IndexAt(ms / 1000 + 86400);

    private static void AssertOffset(TimeZoneInfo info, ZoneTable zone, long ms)
    {
        DateTimeOffset at = DateTimeOffset.FromUnixTimeMilliseconds(ms);
        int expected = (int)info.GetUtcOffset(at).TotalSeconds;
        Assert.True(expected == zone.OffsetSecondsAt(ms), $"{zone.Id} at {at:O}: {zone.OffsetSecondsAt(ms)}, TimeZoneInfo {expected}");
    }
}
