using System.CommandLine;
using Qschedd.Engine.Cron;

namespace Qschedd.Cli;

internal static class NextCommand
{
    private const int CountMax = 10_000;

    public static Command Create()
    {
        var cron = new Argument<string>("CRON") { Description = "six or seven fields: second minute hour day-of-month month day-of-week [year]" };
        var count = new Option<int>("--count", "-n") { Description = "how many", HelpName = "N", DefaultValueFactory = _ => 5 };
        var zone = new Option<string?>("--tz") { Description = "IANA time zone; default: the host's", HelpName = "ZONE" };
        var after = new Option<string?>("--after") { Description = "ISO 8601, in ZONE when it has no offset; default: now", HelpName = "TIME" };
        var command = new Command(
            "next",
            """
            Prints when a cron expression fires next, one ISO 8601 instant a line; nothing when it never does.

            Example:  qschedd next "0 30 9 ? * MON-FRI" -n 3 --tz Asia/Shanghai --after 2026-01-01T00:00:00
            """)
        {
            cron, count, zone, after,
        };
        command.SetAction(parsed => Print(
            parsed.GetRequiredValue(cron), parsed.GetValue(count), parsed.GetValue(zone), parsed.GetValue(after)));
        return command;
    }

    private static int Print(string cron, int count, string? zoneId, string? after)
    {
        var expression = CronExpression.Parse(cron, out var error);
        if (expression is null)
            return BadUsage($"'{cron}', character {error!.Offset + 1}: {error.Message}");
        var zone = zoneId is null ? ZoneTable.Local : ZoneTable.Find(zoneId);
        if (zone is null)
            return BadUsage($"'{zoneId}' is no IANA time zone of this host; one is for example Asia/Shanghai");
        if (count is < 1 or > CountMax)
            return BadUsage($"-n {count} is outside 1-{CountMax}");
        if (AfterMs(after, zone) is not { } afterMs)
            return BadUsage($"'{after}' is no ISO 8601 time such as 2026-01-01T00:00:00 or 2026-01-01T00:00:00+08:00");
        var schedule = new CronSchedule(expression, zone);
        for (long ms = schedule.NextAfterMs(afterMs); count-- > 0 && ms != CronSchedule.Never; ms = schedule.NextAfterMs(ms))
            Console.WriteLine(IsoTime.Format(ms, zone));
        return ExitStatus.Done;
    }

    private static int BadUsage(string message)
    {
        Console.Error.WriteLine($"qschedd: {message}");
        return ExitStatus.BadUsage;
    }

    private static long? AfterMs(string? text, ZoneTable zone) =>
        text is null ? TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() : IsoTime.MsIn(zone, text);
}
