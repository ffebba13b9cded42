using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Cli.Run;
using Qschedd.Engine;
using Qschedd.Engine.Clock;
using Qschedd.Tests.Engine;

namespace Qschedd.Tests.Cli;

public class WatchdogTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("60000000", null, 30_000.0)]
    [InlineData("60000000", "42", 30_000.0)]
    [InlineData("60000000", "43", null)]
    [InlineData("3000", null, 1.5)]
    [InlineData("2", null, 1.0)]
    [InlineData(null, null, null)]
    [InlineData("", null, null)]
    [InlineData("0", null, null)]
    [InlineData("-5", null, null)]
    [InlineData("99999999999999999999", null, null)]
    public void Period_IsHalfOfWhatTheManagerWaits_WhenItWatchesThisProcess(string? microseconds, string? pid, double? milliseconds)
    {
        var period = Watchdog.Period(name => name == "WATCHDOG_USEC" ? microseconds : name == "WATCHDOG_PID" ? pid : null, 42);
        Assert.Equal(milliseconds, period?.TotalMilliseconds);
    }

    [Fact]
    public void Beat_GivesASign_OnlyWhenTheLoopHasGoneRoundSince()
    {
        long rounds = 5;
        int signs = 0, rings = 0;
        var watchdog = new Watchdog(() => rounds, () => rings++, word => signs += word == "WATCHDOG=1" ? 1 : 0);
        watchdog.Beat();
        watchdog.Beat();
        Assert.Equal((1, 1), (signs, rings));
        rounds++;
        watchdog.Beat();
        Assert.Equal((2, 2), (signs, rings));
    }

    [Fact]
    public void Beat_GivesNoSign_WhileTheRealLoopIsStuck_AndGivesItAgainAfterwards()
    {
        var world = new EngineWorld().Start();
        using var alarm = new LinuxAlarm();
        using var loop = new EngineLoop(alarm, new LoopClock(), NullLogger.Instance);
        using ManualResetEventSlim stuck = new(), free = new();
        int signs = 0;
        var watchdog = new Watchdog(() => loop.Rounds, loop.Ring, _ => signs++);
        loop.Start(world.Core);
        loop.Post(() =>
        {
            stuck.Set();
            free.Wait();
        });
        Assert.True(stuck.Wait(Patience));
        watchdog.Beat(); // for the rounds until then
        int before = signs;
        for (int i = 0; i < 1000; i++)
            watchdog.Beat();
        Assert.Equal(before, signs);
        free.Set();
        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                watchdog.Beat();
                return signs > before;
            },
            Patience));
    }
}
