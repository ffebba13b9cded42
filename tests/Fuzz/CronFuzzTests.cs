using Qschedd.Engine.Cron;
using Qschedd.Tests.Engine.Cron;
using Xunit.Abstractions;
using static Qschedd.Tests.Fuzz.FuzzRun;

namespace Qschedd.Tests.Fuzz;

/// <summary>Any text is an expression or an error with its place; any search ends, and agrees with itself.</summary>
public class CronFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Words =
    [
        "*", "?", "/", ",", "-", " ", "L", "W", "LW", "#", "0", "1", "7", "31", "59", "60", "99", "2199", "2200", "1970", "4294967296", "9999999999",
        "SUN", "FRI", "JAN", "feb", "L-30", "31W", "6#5", "7L", "*/1", "0/0", "-1", "\t", "\u00a0", "٣", "22-2", "FRI-MON", "ſUN", "İ", "\0",
        "0 0 0 29 2 ?", "0 0 0 30 2 ?", "0 0 0 31W 2 ?", "59 59 23 ? 2 1#5 2100", "? * *", "@daily",
    ];

    private static readonly CronSchedule[] Zones =
    [
        .. ((string[])["UTC", "Asia/Shanghai", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca",
            "Europe/Dublin", "Antarctica/Troll", "Pacific/Kwajalein", "Asia/Gaza", "Africa/Monrovia"])
            .Select(id => new CronSchedule(Fires.Parse("* * * * * ?"), Fires.Zone(id))),
    ];

    private sealed record Input(string Text, int Zone, long AfterMs, double Middle);

    [Fact]
    public void Search_EndsAndAgreesWithItself_WhateverTheText() =>
        new FuzzRun("cron", 0.40, output).Feed(Make, Feed, input => $"'{input.Text}' in {Zones[input.Zone].Zone.Id} after {input.AfterMs}");

    private static Input Make(Random random)
    {
        string text = new ExpressionGenerator(random).Next();
        if (random.Next(5) < 2)
            text = Mutation.MutateText(random, text, Words);
        return new Input(text, random.Next(Zones.Length), After(random), random.NextDouble());
    }

    private static long After(Random random) => random.Next(40) switch
    {
        0 => long.MinValue,
        1 => long.MaxValue - random.Next(3),
        2 => random.NextInt64(),
        3 => -random.NextInt64(),
        < 20 => random.NextInt64(1_500_000_000_000, 1_900_000_000_000),
        _ => random.NextInt64(-400_000_000_000, 7_400_000_000_000),
    };

    private static void Feed(Input input)
    {
        CronExpression? expression = CronExpression.Parse(input.Text, out CronError? error);
        Require(expression is null == error is not null);
        if (expression is null)
        {
            Require(error!.Offset >= 0 && error.Offset <= input.Text.Length && error.Message.Length > 0);
            return;
        }
        Require(CronExpression.Parse(expression.Text, out _) is not null);
        var schedule = new CronSchedule(expression, Zones[input.Zone].Zone);
        long next = schedule.NextAfterMs(input.AfterMs);
        Require(next > input.AfterMs || next == CronSchedule.Never);
        if (next != CronSchedule.Never)
            Agree(schedule, input, next);
    }

    private static void Agree(CronSchedule schedule, Input input, long next)
    {
        Require(next % 1000 == 0);
        Require(schedule.NextAfterMs(next - 1) == next);
        long after = Math.Max(input.AfterMs, next - 300_000_000_000);
        Require(schedule.NextAfterMs(after + (long)((next - 1 - after) * input.Middle)) == next);
        Require(schedule.LatestInMs(after, next) == next);
        long second = schedule.NextAfterMs(next);
        Require(second > next);
        Require(schedule.CountIn(after, next, 3) == (1, false));
        if (second != CronSchedule.Never)
            Require(schedule.CountIn(after, second, 2) == (2, false) && schedule.LatestInMs(after, second) == second);
    }
}
