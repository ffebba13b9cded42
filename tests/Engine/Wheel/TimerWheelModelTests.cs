using Qschedd.Engine.Wheel;

namespace Qschedd.Tests.Engine.Wheel;

/// <summary>The wheel against a sorted list under random operations. The seed stands in the test's name and in every failure.</summary>
public class TimerWheelModelTests
{
    private const long Today = 1_795_305_600_000;

    [Theory]
    [InlineData(1, 700_000, 64)]
    [InlineData(20261122, 700_000, 1500)]
    [InlineData(0x5EED, 700_000, 8)]
    public void Wheel_AgreesWithASortedList_WhenOperatedAtRandom(int seed, int operations, int itemsMax)
    {
        var run = new ModelRun(seed, itemsMax);
        for (int i = 0; i < operations; i++)
            run.Step(i);
        run.Drain();
        Assert.True(run.CameOut > operations / 20, $"only {run.CameOut} items came out: the run proves little");
    }

    [Fact]
    public void Wheel_AllocatesNothing_WhenItemsComeAndGo()
    {
        var wheel = new TimerWheel(Today);
        Item[] items = [.. Enumerable.Range(0, 1000).Select(_ => new Item())];
        DueList due = new();
        Churn(wheel, items, due);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Churn(wheel, items, due);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Churn(TimerWheel wheel, Item[] items, DueList due)
    {
        for (int round = 0; round < 20; round++)
        {
            for (int i = 0; i < items.Length; i++)
                wheel.Insert(items[i], wheel.NowMs + 1 + (long)i * i * i);
            for (int i = 0; i < items.Length; i += 3)
                wheel.Cancel(items[i]);
            for (int i = 0; i < 100; i++)
                wheel.Advance(wheel.NextDueMs(), due);
            wheel.Rebase(wheel.NowMs - 1000);
            wheel.Rebase(wheel.NowMs + 5000);
            wheel.Advance(wheel.NowMs + 2_000_000_000, due);
            due.Clear();
        }
    }

    private sealed class Item : WheelItem
    {
        /// <summary>Place in the order of insertions, which breaks ties of the sorted list.</summary>
        public long Order { get; set; }
    }

    private sealed class ModelRun
    {
        private static readonly Comparer<Item> ByDueThenOrder =
            Comparer<Item>.Create((a, b) => (a.DueMs, a.Order).CompareTo((b.DueMs, b.Order)));

        private readonly Random _random;
        private readonly string _seed;
        private readonly Item[] _items;
        private readonly TimerWheel _wheel;
        private readonly SortedSet<Item> _model = new(ByDueThenOrder);
        private readonly DueList _due = new();
        private long _nowMs = Today;
        private long _order;

        public ModelRun(int seed, int itemsMax)
        {
            _random = new Random(seed);
            _seed = $"seed {seed}";
            _items = [.. Enumerable.Range(0, itemsMax).Select(_ => new Item())];
            _wheel = new TimerWheel(_nowMs);
        }

        public long CameOut { get; private set; }

        public void Step(int operation)
        {
            switch (_random.Next(1000))
            {
                case < 550:
                    InsertOrCancel();
                    break;
                case < 800:
                    AdvanceTo(_wheel.NextDueMs() is var next && next < long.MaxValue ? Math.Max(next, _nowMs) : _nowMs);
                    break;
                case < 998:
                    AdvanceTo(Later(spanBitsMax: _random.Next(8) == 0 ? 38 : 12));
                    break;
                default:
                    Rebase();
                    break;
            }
            Check(operation);
        }

        public void Drain()
        {
            AdvanceTo(long.MaxValue);
            Assert.Equal(0, _wheel.Count);
        }

        private void InsertOrCancel()
        {
            Item item = _items[_random.Next(_items.Length)];
            bool queued = _model.Remove(item);
            Assert.True(queued == item.IsQueued, _seed);
            Assert.True(queued == _wheel.Cancel(item), _seed);
            if (queued && _random.Next(2) == 0)
                return;
            item.Order = _order++;
            long dueMs = _random.Next(500) == 0 ? long.MaxValue : Later(spanBitsMax: 43) - _random.Next(3);
            Assert.True(_wheel.Insert(item, dueMs) == dueMs > _nowMs, _seed);
            if (dueMs > _nowMs)
                _model.Add(item);
        }

        private void AdvanceTo(long nowMs)
        {
            _due.Clear();
            _wheel.Advance(nowMs, _due);
            _nowMs = Math.Max(nowMs, _nowMs);
            Item[] expected = [.. _model.TakeWhile(item => item.DueMs <= nowMs)];
            _model.ExceptWith(expected);
            Item? again = expected.Length > 0 && _random.Next(4) == 0 ? QueueAnew(expected[_random.Next(expected.Length)]) : null;
            Assert.True(expected.Length == _due.Count, $"{_seed}: {_due.Count} came out at {nowMs}, expected {expected.Length}");
            int at = 0;
            foreach (WheelItem item in _due)
            {
                Assert.True(expected[at++] == item, $"{_seed}: out came {item.DueMs}");
                Assert.True(item.IsQueued == (item == again), _seed);
            }
            CameOut += _due.Count;
        }

        /// <summary>One that has come out, before anybody came to it.</summary>
        private Item? QueueAnew(Item item)
        {
            Assert.False(_wheel.Cancel(item), _seed);
            Assert.False(item.IsQueued, _seed);
            item.Order = _order++;
            if (!_wheel.Insert(item, Later(spanBitsMax: 43)))
                return null;
            _model.Add(item);
            return item;
        }

        private void Rebase()
        {
            // Mostly the small steps of a clock that is set right; now and then back to today, from wherever the run has got to.
            long aimMs = _random.Next(4) == 0 ? Today : _nowMs + _random.NextInt64(-5000, 5000);
            _wheel.Rebase(_nowMs = aimMs);
        }

        private void Check(int operation)
        {
            Assert.True(_wheel.NowMs == _nowMs, $"{_seed}, operation {operation}: now");
            Assert.True(_wheel.Count == _model.Count, $"{_seed}, operation {operation}: count");
            long nextMs = _wheel.NextDueMs();
            long earliestMs = _model.Min?.DueMs ?? long.MaxValue;
            Assert.True(nextMs <= earliestMs, $"{_seed}, operation {operation}: next {nextMs} is after {earliestMs}");
            // Progress: either there is something to take out at once, or the next wake-up lies ahead.
            Assert.True(nextMs > _nowMs || nextMs == earliestMs, $"{_seed}, operation {operation}: next {nextMs} at {_nowMs}");
        }

        /// <summary>Now plus a span of a random magnitude, so that every level is met as often as any other.</summary>
        private long Later(int spanBitsMax) => _nowMs + _random.NextInt64(1L << _random.Next(spanBitsMax + 1)) + 1;
    }
}
