using System.Globalization;
using Qschedd.Engine.Cron;

namespace Qschedd.Tests.Engine.Cron;

/// <summary>Short words for the tables of the cron tests.</summary>
internal static class Fires
{
    public static CronExpression Parse(string text)
    {
        CronExpression? expression = CronExpression.Parse(text, out CronError? error);
        Assert.True(expression is not null, $"'{text}': {error}");
        return expression;
    }

    public static CronSchedule Schedule(string text, string zone = "UTC") => new(Parse(text), Zone(zone));

    public static ZoneTable Zone(string id)
    {
        ZoneTable? zone = ZoneTable.Find(id);
        Assert.True(zone is not null, $"no zone '{id}'");
        return zone;
    }

    /// <summary>ISO 8601; without an offset it is UTC.</summary>
    public static DateTimeOffset At(string text) =>
        DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static string Text(DateTimeOffset? instant) =>
        instant?.ToString("yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture) ?? "never";

    /// <summary>The next fires as local times with their offsets.</summary>
    public static List<string> Next(CronSchedule schedule, string after, int count)
    {
        var fires = new List<string>();
        DateTimeOffset from = At(after);
        while (fires.Count < count && schedule.NextAfter(from) is { } fire)
        {
            fires.Add(Text(fire));
            from = fire;
        }
        return fires;
    }

    /// <summary>All fires after one instant and before another, in epoch seconds.</summary>
    public static List<long> Between(CronSchedule schedule, long afterSecond, long beforeSecond)
    {
        var fires = new List<long>();
        for (long ms = schedule.NextAfterMs(afterSecond * 1000); ms < beforeSecond * 1000; ms = schedule.NextAfterMs(ms))
            fires.Add(ms / 1000);
        return fires;
    }
}
