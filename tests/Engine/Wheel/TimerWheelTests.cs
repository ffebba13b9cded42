using Qschedd.Engine.Wheel;

namespace Qschedd.Tests.Engine.Wheel;

public class TimerWheelTests
{
    // 2026-11-22T00:00:00Z, and the last millisecond of the last year that a cron expression can name.
    private const long Today = 1_795_305_600_000;
    private const long EndOf2199 = 7_258_118_399_999;
    private const long Day = 86_400_000;

    [Theory]
    [InlineData(1000, 999)]
    [InlineData(1000, 1000)]
    [InlineData(1000, -1)]
    [InlineData(0, long.MinValue)]
    public void Insert_QueuesNothing_WhenTheTimeIsNotAfterNow(long nowMs, long dueMs)
    {
        var wheel = new TimerWheel(nowMs);
        var item = new Item();

        Assert.False(wheel.Insert(item, dueMs));
        Assert.False(item.IsQueued);
        Assert.Equal(0, wheel.Count);
        Assert.Equal(long.MaxValue, wheel.NextDueMs());
    }

    [Fact]
    public void Insert_Throws_WhenTheItemIsQueued()
    {
        var wheel = new TimerWheel(0);
        var item = new Item();
        wheel.Insert(item, 5);

        Assert.Throws<InvalidOperationException>(() => wheel.Insert(item, 6));
        Assert.Throws<InvalidOperationException>(() => new TimerWheel(0).Insert(item, 6));
        Assert.Equal(5, item.DueMs);
        Assert.Equal(1, wheel.Count);
    }

    [Fact]
    public void Insert_TakesAnItemAgain_WhenItCameOutOrWasCancelled()
    {
        var wheel = new TimerWheel(0);
        var item = new Item();
        wheel.Insert(item, 5);
        Assert.True(wheel.Cancel(item));
        Assert.True(wheel.Insert(item, 7));
        Assert.Equal([item], Advance(wheel, 7));
        Assert.False(item.IsQueued);
        Assert.True(wheel.Insert(item, 8));
        Assert.Equal([item], Advance(wheel, 9));
    }

    [Fact]
    public void Cancel_DoesNothing_WhenTheItemIsNotInThisWheel()
    {
        var wheel = new TimerWheel(0);
        var item = new Item();
        Assert.False(wheel.Cancel(item));
        wheel.Insert(item, 5);

        Assert.False(new TimerWheel(0).Cancel(item));
        Assert.True(item.IsQueued);
        Assert.True(wheel.Cancel(item));
        Assert.False(wheel.Cancel(item));
        Assert.Equal(0, wheel.Count);
        Assert.Empty(Advance(wheel, 100));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Cancel_LeavesTheOthersInOrder_WhenTheyShareASlot(int cancelled)
    {
        var wheel = new TimerWheel(0);
        Item[] items = [new(), new(), new()];
        foreach (Item item in items)
            wheel.Insert(item, 40);

        wheel.Cancel(items[cancelled]);

        Assert.Equal(items.Where((_, index) => index != cancelled), Advance(wheel, 40));
    }

    [Fact]
    public void Advance_IsANoOp_WhenTimeWouldGoBackward()
    {
        var wheel = new TimerWheel(1000);
        var item = new Item();
        wheel.Insert(item, 1001);

        Assert.Empty(Advance(wheel, 999));
        Assert.Equal(1000, wheel.NowMs);
        Assert.Equal([item], Advance(wheel, 1001));
    }

    [Fact]
    public void Advance_AppendsToTheList_WhenItHoldsItems()
    {
        var wheel = new TimerWheel(0);
        var first = new Item();
        var second = new Item();
        wheel.Insert(first, 1);
        wheel.Insert(second, 2);
        DueList due = new();

        wheel.Advance(1, due);
        wheel.Advance(2, due);

        Assert.Equal([first, second], due);
    }

    [Fact]
    public void ADueItem_IsQueuedNoMore_WhenItIsComeTo()
    {
        var (wheel, items, due) = DueAtOnce(3);
        Assert.Equal(0, wheel.Count);
        Assert.Equal(long.MaxValue, wheel.NextDueMs());

        Assert.Same(items[1], due[1]);

        Assert.Equal([false, false, true], items.Select(item => item.IsQueued));
        due.Clear();
        Assert.False(items[2].IsQueued);
        Assert.All(items, item => Assert.True(wheel.Insert(item, 7)));
        Assert.Equal(items, Advance(wheel, 7));
    }

    [Fact]
    public void ADueItem_StaysWhereItIsQueuedAnew_WhenItIsComeToLater()
    {
        var (wheel, items, due) = DueAtOnce(3);
        Assert.False(wheel.Cancel(items[0]), "it has come out already");
        Assert.True(wheel.Insert(items[0], 7));
        Assert.False(wheel.Cancel(items[1]));

        Assert.Equal(items, due);

        Assert.Equal([true, false, false], items.Select(item => item.IsQueued));
        Assert.Equal([items[0]], Advance(wheel, 7));
    }

    [Fact]
    public void ADueItem_IsComeToAgain_WhenAWalkThatWasCutShortIsBegunAnew()
    {
        var (wheel, items, due) = DueAtOnce(2);
        Assert.Same(items[0], due[0]);
        Assert.True(wheel.Insert(items[0], 7));
        wheel.Advance(7, due);
        Assert.True(items[0].IsQueued, "nobody has come to it since it came out again");

        Assert.Same(items[0], due[0]);

        Assert.False(items[0].IsQueued);
        Assert.Equal([items[0], items[1], items[0]], due);
    }

    [Fact]
    public void ADueItem_StaysOut_WhenItsWheelGoesBackMeanwhile()
    {
        var (wheel, items, due) = DueAtOnce(2);
        var later = new Item();
        wheel.Insert(later, 9);
        wheel.Rebase(0);
        Assert.Equal(1, wheel.Count);

        Assert.Equal(items, due);

        Assert.All(items, item => Assert.False(item.IsQueued));
        Assert.Equal([later], Advance(wheel, 9));
    }

    [Fact]
    public void Advance_KeepsTheOrderOfInsertion_WhenItemsOfOneTickCameFromDifferentLevels()
    {
        var wheel = new TimerWheel(Today);
        List<WheelItem> inserted = [];
        long dueMs = Today + 2 * Day + 77;
        // Ever nearer to the due time, so ever lower in the wheel.
        foreach (long beforeMs in (long[])[2 * Day, Day, 3_600_000, 300_000, 5000, 70, 30, 2, 1])
        {
            Assert.Empty(Advance(wheel, dueMs - beforeMs));
            inserted.Add(new Item());
            Assert.True(wheel.Insert(inserted[^1], dueMs));
        }

        Assert.Equal(inserted, Advance(wheel, dueMs));
    }

    [Fact]
    public void Advance_GivesAllByDueTime_WhenItJumpsOverCenturies()
    {
        var wheel = new TimerWheel(Today);
        long[] duesMs = [EndOf2199, Today + 1, Today + 3 * Day, EndOf2199 - 1, Today + 40 * 365 * Day, Today + 64, Today + 4096];
        foreach (long dueMs in duesMs)
            Assert.True(wheel.Insert(new Item(), dueMs));

        Assert.Equal(duesMs.Order(), Advance(wheel, EndOf2199).Select(item => item.DueMs));
        Assert.Equal(EndOf2199, wheel.NowMs);
        Assert.Equal(0, wheel.Count);
    }

    [Fact]
    public void Wheel_HoldsTheEndOfTime_WhenAJobIsNeverDue()
    {
        var wheel = new TimerWheel(Today);
        var never = new Item();
        Assert.True(wheel.Insert(never, long.MaxValue));

        Assert.Empty(Advance(wheel, EndOf2199));
        Assert.Equal(long.MaxValue, wheel.NextDueMs());
        Assert.Empty(Advance(wheel, long.MaxValue - 1));
        Assert.Equal([never], Advance(wheel, long.MaxValue));
        Assert.False(wheel.Insert(new Item(), long.MaxValue));
    }

    [Fact]
    public void Wheel_RefusesATimeBeforeTheEpoch_WhenMadeOrRebased()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new TimerWheel(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new TimerWheel(0).Rebase(-1));
    }

    [Fact]
    public void Rebase_QueuesAnew_WhenTimeGoesBack()
    {
        var wheel = new TimerWheel(Today);
        Item near = new(), far = new();
        wheel.Insert(near, Today + 10);
        wheel.Insert(far, Today + Day);

        wheel.Rebase(Today - 7 * Day);

        Assert.Equal(Today - 7 * Day, wheel.NowMs);
        Assert.Equal(Today + 10, wheel.NextDueMs());
        Assert.Empty(Advance(wheel, Today + 9));
        Assert.Equal([near], Advance(wheel, Today + 10));
        Assert.Equal([far], Advance(wheel, Today + Day));
    }

    [Fact]
    public void Rebase_KeepsWhatIsElapsed_WhenTimeGoesForward()
    {
        var wheel = new TimerWheel(Today);
        Item late = new(), early = new(), atNow = new(), cancelled = new(), later = new();
        wheel.Insert(late, Today + 5000);
        wheel.Insert(early, Today + 4999);
        wheel.Insert(cancelled, Today + 20);
        wheel.Insert(atNow, Today + Day);
        wheel.Insert(later, Today + Day + 1);

        wheel.Rebase(Today + Day);

        Assert.Equal(5, wheel.Count);
        Assert.True(wheel.Cancel(cancelled));
        Assert.Equal(Today + 4999, wheel.NextDueMs());
        Assert.Equal([early, late, atNow], Advance(wheel, Today + Day));
        Assert.Equal([later], Advance(wheel, Today + Day + 1));
    }

    [Fact]
    public void Rebase_KeepsTheOrderOfInsertion_WhenItemsShareATick()
    {
        var wheel = new TimerWheel(Today);
        List<WheelItem> items = [.. Enumerable.Range(0, 40).Select(_ => new Item())];
        foreach (WheelItem item in items)
            wheel.Insert(item, Today + 100);

        wheel.Rebase(Today + 200);
        wheel.Rebase(Today + 50);
        wheel.Rebase(Today - Day);
        wheel.Rebase(Today + 100);
        wheel.Rebase(Today + 100);

        Assert.Equal(items, Advance(wheel, Today + 100));
    }

    private static (TimerWheel Wheel, Item[] Items, DueList Due) DueAtOnce(int count)
    {
        var wheel = new TimerWheel(0);
        Item[] items = [.. Enumerable.Range(0, count).Select(_ => new Item())];
        foreach (Item item in items)
            wheel.Insert(item, 5);
        DueList due = new();
        wheel.Advance(5, due);
        return (wheel, items, due);
    }

    private static DueList Advance(TimerWheel wheel, long nowMs)
    {
        DueList due = new();
        wheel.Advance(nowMs, due);
        return due;
    }

    private sealed class Item : WheelItem;
}
