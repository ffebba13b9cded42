using Qschedd.Engine.Wheel;

namespace Qschedd.Tests.Engine.Wheel;

/// <summary>Every deadline around the level boundaries, stepped through as a loop would: sleep until NextDueMs, advance, again.</summary>
public class TimerWheelStepTests
{
    private const long Day = 86_400_000;
    private const long Today = 1_795_305_600_000;
    // One more than the wheel searches, so that it wakes its caller for cascades.
    private const int Crowd = 17;

    [Fact]
    public void Wheel_GivesEachItemAtItsTick_WhenEveryTickOfThreeLevelsIsStepped()
    {
        const long StartMs = 4096 * 64 - 150;
        const int Ticks = 4096 + 300;
        var wheel = new TimerWheel(StartMs);
        for (long dueMs = StartMs + 1; dueMs <= StartMs + Ticks; dueMs++)
            wheel.Insert(new Item(), dueMs);

        DueList due = new();
        for (long nowMs = StartMs + 1; nowMs <= StartMs + Ticks; nowMs++)
        {
            due.Clear();
            wheel.Advance(nowMs, due);
            Assert.Equal(nowMs, Assert.Single(due).DueMs);
        }
        Assert.Equal(0, wheel.Count);
    }

    public static TheoryData<int> LevelsUpToYear2199 => [1, 2, 3, 4, 5, 6, 7];

    [Theory]
    [MemberData(nameof(LevelsUpToYear2199))]
    public void NextDueMs_IsExact_WhenFewItemsWait(int level)
    {
        foreach ((long nowMs, long dueMs) in AroundTheBoundariesOf(level))
        {
            var wheel = new TimerWheel(nowMs);
            wheel.Insert(new Item(), dueMs);
            Assert.True(dueMs == wheel.NextDueMs(), $"now {nowMs}, due {dueMs}: next is {wheel.NextDueMs()}");
        }
    }

    [Theory]
    [MemberData(nameof(LevelsUpToYear2199))]
    public void Wheel_GivesEachItemAtItsTick_WhenSteppedByNextDueMs(int level)
    {
        foreach ((long nowMs, long dueMs) in AroundTheBoundariesOf(level))
        {
            var wheel = new TimerWheel(nowMs);
            for (int i = 0; i < Crowd; i++)
                wheel.Insert(new Item(), dueMs);
            wheel.Insert(new Item(), dueMs + 1);

            int wakeUps = StepUntil(wheel, dueMs, Crowd);
            // The spans reach into the level above: one wake-up for each level from there down to 0.
            Assert.True(wakeUps <= level + 2, $"now {nowMs}, due {dueMs}: {wakeUps} wake-ups");
            Assert.Equal(dueMs + 1, wheel.NextDueMs());
        }
    }

    [Fact]
    public void NextDueMs_WakesAHandfulOfTimesADay_WhenACrowdIsDueDaily()
    {
        var wheel = new TimerWheel(Today);
        for (int i = 0; i < 1000; i++)
            wheel.Insert(new Item(), Today + Day);

        // More than one: the crowd is dealt out ahead of its time, not at it.
        Assert.InRange(StepUntil(wheel, Today + Day, 1000), 2, 5);
    }

    [Fact]
    public void NextDueMs_GoesOn_WhenTheEarliestItemIsCancelled()
    {
        var wheel = new TimerWheel(Today);
        Item early = new(), late = new();
        wheel.Insert(early, Today + 1000);
        wheel.Insert(late, Today + 1001);

        wheel.Cancel(early);

        Assert.Equal(Today + 1001, wheel.NextDueMs());
    }

    /// <summary>Now before, at and after multiples of the level's slot; due times one slot, one lap and many slots away, give or take 1 ms.</summary>
    private static IEnumerable<(long NowMs, long DueMs)> AroundTheBoundariesOf(int level)
    {
        long slotMs = 1L << (6 * level);
        foreach (long originMs in (long[])[slotMs, slotMs * 63, slotMs * 64, Today])
            foreach (long offMs in (long[])[-1, 0, 1, slotMs / 2])
                foreach (long spanMs in (long[])[1, slotMs - 1, slotMs, slotMs + 1, slotMs * 5 - 1, slotMs * 63, slotMs * 64 - 1])
                    yield return (originMs + offMs, originMs + offMs + spanMs);
    }

    private static int StepUntil(TimerWheel wheel, long dueMs, int expected)
    {
        DueList due = new();
        for (int wakeUps = 1; ; wakeUps++)
        {
            long nextMs = wheel.NextDueMs();
            Assert.InRange(nextMs, wheel.NowMs + 1, dueMs);
            wheel.Advance(nextMs, due);
            if (nextMs == dueMs)
            {
                Assert.Equal(expected, due.Count);
                return wakeUps;
            }
            Assert.Empty(due);
        }
    }

    private sealed class Item : WheelItem;
}
