using System.Diagnostics;
using Qschedd.Engine.Clock;

namespace Qschedd.Tests.Engine.Clock;

/// <summary>Against the machine's own clocks. How late an alarm is depends on the machine and is never asserted; being early is a fault.</summary>
public sealed class LinuxAlarmTests : IDisposable
{
    // Only against a hang: a wait that lasts so long was not woken.
    private static readonly TimeSpan FarAway = TimeSpan.FromSeconds(60);

    private readonly LinuxAlarm _alarm = new();

    public void Dispose() => _alarm.Dispose();

    [Fact]
    public void WaitUntil_IsNeverEarly_WhenWaitsAreShort()
    {
        for (int i = 0; i < 400; i++)
        {
            long dueMs = _alarm.WallNowMs + 1 + i % 4;
            _alarm.WaitUntil(dueMs, FarAway);
            Assert.True(_alarm.WallNowMs >= dueMs, $"wait {i}: {dueMs - _alarm.WallNowMs} ms early");
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-5000)]
    [InlineData(-2_000_000_000_000)]
    public void WaitUntil_ReturnsAtOnce_WhenTheTimeIsPast(long fromNowMs)
    {
        long startMs = _alarm.MonotonicNowMs;
        _alarm.WaitUntil(_alarm.WallNowMs + fromNowMs, FarAway);
        AssertWoken(startMs);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void WaitUntil_ReturnsAtOnce_WhenThereIsNoTimeToWait(int mostMs)
    {
        long startMs = _alarm.MonotonicNowMs;
        _alarm.WaitUntil(long.MaxValue, TimeSpan.FromMilliseconds(mostMs));
        AssertWoken(startMs);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    [InlineData(0.3)]
    public void WaitUntil_ReturnsAfterTheBound_WhenTheTimeIsFarAway(double mostMs)
    {
        long startMs = _alarm.MonotonicNowMs;
        _alarm.WaitUntil(_alarm.WallNowMs + 3_600_000, TimeSpan.FromMilliseconds(mostMs));
        Assert.True(_alarm.MonotonicNowMs - startMs >= mostMs);
        AssertWoken(startMs);
    }

    [Fact]
    public void WaitUntil_SleepsForAsLongAsItIsLet_WhenThereIsNoDueTime()
    {
        long startMs = _alarm.MonotonicNowMs;
        _alarm.WaitUntil(long.MaxValue, TimeSpan.FromMilliseconds(20));
        Assert.True(_alarm.MonotonicNowMs - startMs >= 20);
    }

    [Fact]
    public void Ring_EndsTheNextWait_WhenNobodySleeps()
    {
        _alarm.Ring();
        long startMs = _alarm.MonotonicNowMs;
        _alarm.WaitUntil(long.MaxValue, FarAway);
        AssertWoken(startMs);
    }

    [Fact]
    public void Ring_EndsOneWaitOnly_WhenRungOften()
    {
        for (int i = 0; i < 1000; i++)
            _alarm.Ring();
        _alarm.WaitUntil(long.MaxValue, FarAway);

        long startMs = _alarm.MonotonicNowMs;
        _alarm.WaitUntil(long.MaxValue, TimeSpan.FromMilliseconds(20));
        Assert.True(_alarm.MonotonicNowMs - startMs >= 20, "a ring that was already answered ended another wait");
    }

    /// <summary>
    /// One thread asks and rings, the other sleeps without end and answers: a lost ring would leave both waiting. About half of the
    /// rings meet a sleeper, the others one that is about to sleep.
    /// </summary>
    [Fact]
    public void Ring_IsNeverLost_WhenTheSleeperIsJustFallingAsleep()
    {
        const int Rounds = 20_000;
        int asked = 0, answered = 0;
        var ringer = new Thread(() =>
        {
            for (int round = 1; round <= Rounds; round++)
            {
                Volatile.Write(ref asked, round);
                _alarm.Ring();
                SpinWait.SpinUntil(() => Volatile.Read(ref answered) == round);
            }
        })
        { IsBackground = true };
        ringer.Start();

        while (answered < Rounds)
        {
            long startMs = _alarm.MonotonicNowMs;
            _alarm.WaitUntil(long.MaxValue, FarAway);
            AssertWoken(startMs);
            Volatile.Write(ref answered, Volatile.Read(ref asked));
        }
        Assert.True(ringer.Join(FarAway));
    }

    [Fact]
    public void Ring_WakesOnce_WhenManyRingTogether()
    {
        const int Ringers = 4, RingsEach = 5000;
        int rung = 0;
        Thread[] ringers = [.. Enumerable.Range(0, Ringers).Select(_ => new Thread(() =>
        {
            for (int i = 0; i < RingsEach; i++)
            {
                Interlocked.Increment(ref rung);
                _alarm.Ring();
            }
        }) { IsBackground = true })];
        foreach (Thread ringer in ringers)
            ringer.Start();

        for (int waits = 0; Volatile.Read(ref rung) < Ringers * RingsEach; waits++)
        {
            Assert.True(waits <= Ringers * RingsEach, "more waits ended than rings were given");
            long startMs = _alarm.MonotonicNowMs;
            _alarm.WaitUntil(long.MaxValue, FarAway);
            AssertWoken(startMs);
        }
        foreach (Thread ringer in ringers)
            Assert.True(ringer.Join(FarAway));
    }

    [Fact]
    public void Dispose_IsSafe_WhenARingIsStillUnderWay()
    {
        for (int i = 0; i < 300; i++)
        {
            var alarm = new LinuxAlarm();
            long dueMs = alarm.WallNowMs + 2;
            Exception? fault = null;
            // The ring meets the moment in which the timer ends the wait.
            var ringer = new Thread(() =>
            {
                SpinWait.SpinUntil(() => alarm.WallNowMs >= dueMs);
                fault = Record.Exception(alarm.Ring);
            });
            ringer.Start();
            alarm.WaitUntil(dueMs, FarAway);
            alarm.Dispose();
            Assert.True(ringer.Join(FarAway));
            Assert.Null(fault);
        }
    }

    [Fact]
    public void Clocks_AreTheMachines_WhenRead()
    {
        long beforeMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        long wallMs = _alarm.WallNowMs;
        long afterMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        Assert.InRange(wallMs, beforeMs, afterMs);

        // CLOCK_BOOTTIME is CLOCK_MONOTONIC, which the stopwatch reads, plus the time spent suspended.
        double stopwatchMs = Stopwatch.GetElapsedTime(0).TotalMilliseconds;
        Assert.InRange(_alarm.MonotonicNowMs, Math.Floor(stopwatchMs), wallMs / 2);
    }

    private void AssertWoken(long startMs) =>
        Assert.True(_alarm.MonotonicNowMs - startMs < FarAway.TotalMilliseconds, "only the bound of the wait ended it");
}
