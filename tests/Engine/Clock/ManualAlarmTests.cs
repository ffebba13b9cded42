namespace Qschedd.Tests.Engine.Clock;

/// <summary>The tests' own alarm keeps the rules of the real one; tests of the loop stand on it.</summary>
public class ManualAlarmTests
{
    private const long Start = 1_795_305_600_000;

    [Fact]
    public void WaitUntil_Returns_WhenTheWallClockIsMovedToTheTime()
    {
        var (alarm, sleeper) = Sleep(Start + 1000, TimeSpan.FromHours(1));
        alarm.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(Start + 1000, alarm.WaitUntilAsleep());
        alarm.Advance(TimeSpan.FromMilliseconds(1));
        AssertEnds(sleeper);
    }

    [Fact]
    public void WaitUntil_Returns_WhenTheBoundIsReached()
    {
        var (alarm, sleeper) = Sleep(long.MaxValue, TimeSpan.FromSeconds(10));
        alarm.Advance(TimeSpan.FromSeconds(9.999));
        Assert.Equal(long.MaxValue, alarm.WaitUntilAsleep());
        alarm.Advance(TimeSpan.FromSeconds(1));
        AssertEnds(sleeper);
    }

    [Fact]
    public void WaitUntil_Returns_WhenRungOrStepped()
    {
        var (rung, first) = Sleep(long.MaxValue, TimeSpan.MaxValue);
        rung.Ring();
        AssertEnds(first);

        var (stepped, second) = Sleep(Start + 1000, TimeSpan.MaxValue);
        stepped.StepWall(TimeSpan.FromHours(-1));
        AssertEnds(second);
        Assert.Equal(Start - 3_600_000, stepped.WallNowMs);
        Assert.Equal(rung.MonotonicNowMs, stepped.MonotonicNowMs);
    }

    [Fact]
    public void WaitUntil_ReturnsAtOnce_WhenRungBefore()
    {
        var alarm = new ManualAlarm(Start);
        alarm.Ring();
        alarm.Ring();
        AssertEnds(Started(() => alarm.WaitUntil(long.MaxValue, TimeSpan.MaxValue)));

        Thread next = Started(() => alarm.WaitUntil(long.MaxValue, TimeSpan.MaxValue));
        alarm.WaitUntilAsleep();
        alarm.Ring();
        AssertEnds(next);
    }

    [Fact]
    public void PassTime_StopsAtEachWakeUp_WhenALoopSleepsAgainAndAgain()
    {
        var alarm = new ManualAlarm(Start);
        List<long> wokenAtMs = [];
        Thread loop = Started(() =>
        {
            for (int i = 1; i <= 5; i++)
            {
                alarm.WaitUntil(Start + i * 1000, TimeSpan.FromMilliseconds(i == 3 ? 600 : 5000));
                wokenAtMs.Add(alarm.WallNowMs);
            }
            alarm.WaitUntil(long.MaxValue, TimeSpan.MaxValue);
        });

        alarm.PassTime(TimeSpan.FromSeconds(7));

        Assert.Equal([Start + 1000, Start + 2000, Start + 2600, Start + 4000, Start + 5000], wokenAtMs);
        Assert.Equal(6, alarm.Waits);
        Assert.Equal(Start + 7000, alarm.WallNowMs);
        alarm.Ring();
        AssertEnds(loop);
    }

    private static (ManualAlarm Alarm, Thread Sleeper) Sleep(long wallDueMs, TimeSpan most)
    {
        var alarm = new ManualAlarm(Start);
        Thread sleeper = Started(() => alarm.WaitUntil(wallDueMs, most));
        alarm.WaitUntilAsleep();
        return (alarm, sleeper);
    }

    private static Thread Started(Action work)
    {
        var thread = new Thread(() => work()) { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static void AssertEnds(Thread thread) => Assert.True(thread.Join(TimeSpan.FromSeconds(30)), "the wait did not end");
}
