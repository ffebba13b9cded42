using Qschedd.Engine.Cron;

namespace Qschedd.Tests.Engine.Cron;

/// <summary>What becomes of a fire where the clock skips or repeats time: the table of CronSchedule, line by line.</summary>
public class DstTests
{
    [Theory]
    [InlineData("0 30 2 * * ?", "America/New_York", "2024-03-10T00:00:00-05:00", "2024-03-10T03:30:00-04:00", "2024-03-11T02:30:00-04:00")]
    [InlineData("0 15 2 * * ?", "Australia/Lord_Howe", "2019-10-06T00:00:00+10:30", "2019-10-06T02:45:00+11:00", "2019-10-07T02:15:00+11:00")]
    [InlineData("0 0 0 * * ?", "America/Santiago", "2019-09-07T12:00:00-04:00", "2019-09-08T01:00:00-03:00", "2019-09-09T00:00:00-03:00")]
    [InlineData("0 0 0 * * ?", "Asia/Beirut", "2024-03-30T12:00:00+02:00", "2024-03-31T01:00:00+03:00", "2024-04-01T00:00:00+03:00")]
    [InlineData("0 0 0 * * ?", "Africa/Cairo", "2024-04-25T12:00:00+02:00", "2024-04-26T01:00:00+03:00", "2024-04-27T00:00:00+03:00")]
    [InlineData("0 0 2 * * ?", "Europe/Berlin", "2024-03-31T00:00:00+01:00", "2024-03-31T03:00:00+02:00", "2024-04-01T02:00:00+02:00")]
    [InlineData("0 30 2 ? * SUN", "America/New_York", "2024-03-09T00:00:00-05:00", "2024-03-10T03:30:00-04:00", "2024-03-17T02:30:00-04:00")]
    [InlineData("0 30 1 31 3 ?", "Europe/London", "2024-03-31T00:00:00+00:00", "2024-03-31T02:30:00+01:00", "2025-03-31T01:30:00+01:00")]
    public void FixedTime_FiresOnceLate_WhenSkipped(string text, string zone, string after, params string[] fires) =>
        AssertFires(text, zone, after, fires);

    [Theory]
    [InlineData("0 30 1 * * ?", "America/New_York", "2024-11-03T00:00:00-04:00", "2024-11-03T01:30:00-04:00", "2024-11-04T01:30:00-05:00")]
    [InlineData("0 30 1 ? * *", "America/Los_Angeles", "2016-11-06T01:30:00-07:00", "2016-11-07T01:30:00-08:00")]
    [InlineData("0 30 1 ? * *", "America/Los_Angeles", "2016-11-06T01:30:00-08:00", "2016-11-07T01:30:00-08:00")]
    [InlineData("0 30 2 * * ?", "Europe/Berlin", "2018-10-28T00:00:00+02:00", "2018-10-28T02:30:00+02:00", "2018-10-29T02:30:00+01:00")]
    [InlineData("0 30 2 * * ?", "Australia/Sydney", "2024-04-07T00:00:00+11:00", "2024-04-07T02:30:00+11:00", "2024-04-08T02:30:00+10:00")]
    [InlineData("0 30 23 * * ?", "America/Santiago", "2019-04-06T00:00:00-03:00", "2019-04-06T23:30:00-03:00", "2019-04-07T23:30:00-04:00")]
    [InlineData("0 45 1 * * ?", "Australia/Lord_Howe", "2019-04-07T00:00:00+11:00", "2019-04-07T01:45:00+11:00", "2019-04-08T01:45:00+10:30")]
    [InlineData("0 0,30 2 * * ?", "Europe/Berlin", "2018-10-28T00:00:00+02:00", "2018-10-28T02:00:00+02:00", "2018-10-28T02:30:00+02:00", "2018-10-29T02:00:00+01:00")]
    [InlineData("0 30 1-3 * * ?", "Europe/Berlin", "2018-10-28T00:00:00+02:00", "2018-10-28T01:30:00+02:00", "2018-10-28T02:30:00+02:00", "2018-10-28T03:30:00+01:00")]
    [InlineData("0 30 2 * * ?", "Europe/Berlin", "2018-10-28T02:29:59+01:00", "2018-10-29T02:30:00+01:00")]
    public void FixedTime_FiresAtItsFirstOccurrence_WhenRepeated(string text, string zone, string after, params string[] fires) =>
        AssertFires(text, zone, after, fires);

    [Theory]
    [InlineData("0 30 1-3 * * ?", "America/New_York", "2024-03-10T00:00:00-05:00", "2024-03-10T01:30:00-05:00", "2024-03-10T03:30:00-04:00", "2024-03-11T01:30:00-04:00")]
    [InlineData("0 0,30 2 * * ?", "America/New_York", "2024-03-10T00:00:00-05:00", "2024-03-10T03:00:00-04:00", "2024-03-10T03:30:00-04:00", "2024-03-11T02:00:00-04:00")]
    [InlineData("0 15,40 2 * * ?", "Australia/Lord_Howe", "2019-10-06T00:00:00+10:30", "2019-10-06T02:40:00+11:00", "2019-10-06T02:45:00+11:00", "2019-10-07T02:15:00+11:00")]
    [InlineData("0 30 2,3 * * ?", "America/New_York", "2024-03-10T03:29:59-04:00", "2024-03-10T03:30:00-04:00", "2024-03-11T02:30:00-04:00")]
    public void Fires_AreOne_WhenTheyComeToOneInstant(string text, string zone, string after, params string[] fires) =>
        AssertFires(text, zone, after, fires);

    [Theory]
    [InlineData("0 0/30 * * * ?", "America/New_York", "2024-03-10T01:00:00-05:00", "2024-03-10T01:30:00-05:00", "2024-03-10T03:00:00-04:00", "2024-03-10T03:30:00-04:00", "2024-03-10T04:00:00-04:00")]
    [InlineData("0 0 * * * ?", "America/New_York", "2024-03-10T00:00:00-05:00", "2024-03-10T01:00:00-05:00", "2024-03-10T03:00:00-04:00", "2024-03-10T04:00:00-04:00")]
    [InlineData("0 30 */2 * * ?", "America/New_York", "2024-03-10T00:00:00-05:00", "2024-03-10T00:30:00-05:00", "2024-03-10T03:30:00-04:00", "2024-03-10T04:30:00-04:00")]
    [InlineData("0 0/30 2 * * ?", "America/New_York", "2024-03-10T00:00:00-05:00", "2024-03-10T03:00:00-04:00", "2024-03-10T03:30:00-04:00", "2024-03-11T02:00:00-04:00")]
    [InlineData("0 0 */6 * * ?", "America/Santiago", "2019-09-07T18:00:00-04:00", "2019-09-08T01:00:00-03:00", "2019-09-08T06:00:00-03:00")]
    [InlineData("0 0/20 * * * ?", "Australia/Lord_Howe", "2019-10-06T01:20:00+10:30", "2019-10-06T01:40:00+10:30", "2019-10-06T02:30:00+11:00", "2019-10-06T02:40:00+11:00", "2019-10-06T03:00:00+11:00")]
    [InlineData("0 0/20 * * * ?", "Australia/Lord_Howe", "2019-10-06T02:30:00+11:00", "2019-10-06T02:40:00+11:00", "2019-10-06T03:00:00+11:00")]
    [InlineData("*/20 59 1 * * ?", "America/New_York", "2024-03-10T01:59:20-05:00", "2024-03-10T01:59:40-05:00", "2024-03-11T01:59:00-04:00")]
    public void Interval_FollowsElapsedTime_ThroughASkip(string text, string zone, string after, params string[] fires) =>
        AssertFires(text, zone, after, fires);

    [Theory]
    [InlineData("0 0/30 * * * ?", "America/New_York", "2024-11-03T00:30:00-04:00", "2024-11-03T01:00:00-04:00", "2024-11-03T01:30:00-04:00", "2024-11-03T01:00:00-05:00", "2024-11-03T01:30:00-05:00", "2024-11-03T02:00:00-05:00")]
    [InlineData("0 0 * * * ?", "Europe/Berlin", "2018-10-28T01:00:00+02:00", "2018-10-28T02:00:00+02:00", "2018-10-28T02:00:00+01:00", "2018-10-28T03:00:00+01:00")]
    [InlineData("0 30 */2 * * ?", "Europe/Berlin", "2018-10-28T00:30:00+02:00", "2018-10-28T02:30:00+02:00", "2018-10-28T02:30:00+01:00", "2018-10-28T04:30:00+01:00")]
    [InlineData("0 0/30 2 * * ?", "Europe/Berlin", "2018-10-28T00:30:00+02:00", "2018-10-28T02:00:00+02:00", "2018-10-28T02:30:00+02:00", "2018-10-28T02:00:00+01:00", "2018-10-28T02:30:00+01:00", "2018-10-29T02:00:00+01:00")]
    [InlineData("0 0/15 1 * * ?", "Australia/Lord_Howe", "2019-04-07T01:30:00+11:00", "2019-04-07T01:45:00+11:00", "2019-04-07T01:30:00+10:30", "2019-04-07T01:45:00+10:30", "2019-04-08T01:00:00+10:30")]
    public void Interval_FollowsElapsedTime_ThroughARepeat(string text, string zone, string after, params string[] fires) =>
        AssertFires(text, zone, after, fires);

    [Theory]
    [InlineData("0 * * * * ?", "America/New_York", "2024-03-10T00:00:00-05:00", "2024-03-11T00:00:00-04:00", 23 * 60)]
    [InlineData("0 * * * * ?", "Europe/Berlin", "2018-10-28T00:00:00+02:00", "2018-10-29T00:00:00+01:00", 25 * 60)]
    [InlineData("* * * * * ?", "Europe/Berlin", "2018-10-28T00:00:00+02:00", "2018-10-29T00:00:00+01:00", 25 * 3600)]
    [InlineData("0 0 * * * ?", "Antarctica/Troll", "2024-10-27T00:00:00+02:00", "2024-10-28T00:00:00+00:00", 26)]
    [InlineData("0 0 0-23 * * ?", "Antarctica/Troll", "2024-10-27T00:00:00+02:00", "2024-10-28T00:00:00+00:00", 24)]
    [InlineData("0 0 0-23 * * ?", "Antarctica/Troll", "2024-03-31T00:00:00+00:00", "2024-04-01T00:00:00+02:00", 22)]
    [InlineData("0 * * * * ?", "Australia/Lord_Howe", "2019-04-07T01:00:00+11:00", "2019-04-07T02:30:00+10:30", 120)]
    public void Count_IsRight_OnTheDayOfAChange(string text, string zone, string after, string until, int count)
    {
        long afterMs = Fires.At(after).ToUnixTimeMilliseconds(), untilMs = Fires.At(until).ToUnixTimeMilliseconds();
        Assert.Equal((count, false), Fires.Schedule(text, zone).CountIn(afterMs, untilMs, 100_000));
    }

    [Theory]
    [InlineData("0 30 9 * * ?", "2011-12-28T10:00:00-10:00", "2011-12-29T09:30:00-10:00", "2011-12-31T09:30:00+14:00", "2012-01-01T09:30:00+14:00")]
    [InlineData("0 30 9 30 12 ?", "2011-12-28T10:00:00-10:00", "2011-12-31T09:30:00+14:00", "2012-12-30T09:30:00+14:00")]
    [InlineData("0 0 0 ? * FRI", "2011-12-28T10:00:00-10:00", "2011-12-31T00:00:00+14:00", "2012-01-06T00:00:00+14:00")]
    [InlineData("0 0 */12 * * ?", "2011-12-29T11:00:00-10:00", "2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00", "2011-12-31T12:00:00+14:00")]
    public void SkippedDay_Fires_AtTheSameTimesOfTheNext(string text, string after, params string[] fires) =>
        AssertFires(text, "Pacific/Apia", after, fires);

    [Theory]
    [InlineData("0 15 15 5 11 ?", "America/New_York", "2012-11-04T00:00:00+00:00", "2012-11-05T15:15:00-05:00")]
    [InlineData("0 0 0 ? * THU", "America/New_York", "2012-11-04T00:00:00+00:00", "2012-11-08T00:00:00-05:00")]
    [InlineData("0 30 9 * * ?", "Asia/Shanghai", "2015-02-12T01:30:00+00:00", "2015-02-13T09:30:00+08:00")]
    [InlineData("0 0 1 * * ?", "Asia/Shanghai", "2015-02-11T17:00:00+00:00", "2015-02-13T01:00:00+08:00")]
    [InlineData("0 0 0 29 2 ?", "America/New_York", "2024-03-01T00:00:00-05:00", "2028-02-29T00:00:00-05:00", "2032-02-29T00:00:00-05:00")]
    [InlineData("0 0 12 1 7 ? 2150", "Europe/Berlin", "2024-03-01T00:00:00+01:00", "2150-07-01T12:00:00+02:00")]
    [InlineData("59 59 23 31 12 ? 2199", "America/Los_Angeles", "2024-01-01T00:00:00+00:00", "2199-12-31T23:59:59-08:00")]
    [InlineData("0 0 0 1 1 ? 1970", "Asia/Tokyo", "1960-01-01T00:00:00+00:00", "1970-01-01T00:00:00+09:00")]
    public void OrdinaryTime_Fires_FarFromTheChange(string text, string zone, string after, params string[] fires) =>
        AssertFires(text, zone, after, fires);

    [Fact]
    public void OddOffset_KeepsItsSeconds_InTheInstant()
    {
        // Liberia ran 44 minutes and 30 seconds behind UTC until 7 January 1972.
        CronSchedule schedule = Fires.Schedule("0 0 0 * * ?", "Africa/Monrovia");
        Assert.Equal(Fires.At("1971-06-01T00:44:30"), schedule.NextAfter(Fires.At("1971-05-31T12:00:00")));
        Assert.Equal(Fires.At("1972-01-08T00:00:00"), schedule.NextAfter(Fires.At("1972-01-07T12:00:00")));
    }

    private static void AssertFires(string text, string zone, string after, string[] fires) =>
        Assert.Equal(fires, Fires.Next(Fires.Schedule(text, zone), after, fires.Length));
}
