using System.Numerics;

namespace Qschedd.Engine.Wheel;

/// <summary>A hierarchical timer wheel: ticks of one millisecond in, due items out. It knows no clock and no job.</summary>
/// <remarks>
/// Source: George Varghese, Tony Lauck, "Hashed and Hierarchical Timing Wheels", SOSP 1987, scheme 7, with slots addressed by
/// the absolute time, six bits a level, as operating system kernels and tokio do it:
/// <code>
/// level  one slot spans   the level spans     level  one slot spans   the level spans
///   0    1 ms             64 ms                 6    2.18 years       139 years
///   1    64 ms            4.1 s                 7    139 years        8,925 years
///   2    4.1 s            4.37 min              8    8,925 years      571,000 years
///   3    4.37 min         4.66 h                9    571,000 years    36.6 million years
///   4    4.66 h           12.4 days            10    36.6 million years, 8 slots: up to long.MaxValue
///   5    12.4 days        2.18 years
/// </code>
/// Invariant: an item stands on the level of the highest six-bit group in which its due time differs from now, in the slot that
/// this group of its due time names. So an item of a lower level is due before any item of a higher one, slots of a level never
/// wrap around, and the first occupied slot of the lowest occupied level, found by two bit scans, holds the earliest item.
/// Entering a slot of a higher level deals its items out to the levels below (a cascade): an item cascades at most once a level. Those
/// of a slot that are all due at one tick, as jobs of one cron are, come out at once when that tick is reached.
/// Ground rules: one thread owns the wheel; an item is in one wheel at a time; time only goes forward, but for <see cref="Rebase"/>;
/// items of one tick come out in the order in which they were inserted; insert, cancel and advance allocate nothing but a page of places
/// where there are more items than there ever were (the list that takes the due items is the caller's).
/// </remarks>
internal sealed class TimerWheel
{
    private const int LevelBits = 6;
    private const int SlotsPerLevel = 1 << LevelBits;
    private const int Levels = 11;
    // Behind the levels: items that a rebase left behind now, in the order of their due times.
    private const int Elapsed = Levels * SlotsPerLevel;
    // A slot of no more items is searched for the exact time; the wake-up that a cascade ahead of time would cost is dearer.
    private const int SearchMax = 16;

    private readonly WheelSlot[] _slots = new WheelSlot[Elapsed + 1];
    private readonly ulong[] _occupied = new ulong[Levels];
    private readonly WheelPlaces _places = new();
    private uint _occupiedLevels;

    public TimerWheel(long nowMs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nowMs);
        NowMs = nowMs;
    }

    public long NowMs { get; private set; }

    public int Count { get; private set; }

    /// <summary>Queues an item that is not queued. False: <paramref name="dueMs"/> is not after now, and nothing was queued.</summary>
    public bool Insert(WheelItem item, long dueMs)
    {
        if (item.IsQueued)
            throw new InvalidOperationException("the item is queued already: cancel it first");
        if (dueMs <= NowMs)
            return false;
        item.DueMs = dueMs;
        Count++;
        Link(_places.Take(item, dueMs), SlotOf(dueMs));
        return true;
    }

    /// <summary>False: the item is not in this wheel, or has come out; it may be queued then, for it counts as come to.</summary>
    public bool Cancel(WheelItem item)
    {
        if (!_places.Holds(item))
            return false;
        ref WheelPlaces.Place linked = ref _places[item.Place];
        bool isQueued = linked.Slot != WheelPlaces.Out;
        if (isQueued)
            Unlink(ref linked);
        _places.GiveBack(item.Place);
        return isQueued;
    }

    /// <summary>
    /// Moves time forward and appends the items due in (old now, <paramref name="nowMs"/>], by due time. An earlier time is a no-op. An item
    /// itself says that it is out when it is come to in the list.
    /// A jump costs what its occupied slots hold, however far it goes.
    /// </summary>
    public void Advance(long nowMs, DueList due)
    {
        if (nowMs < NowMs)
            return;
        due.Places = _places;
        Emit(Take(Elapsed), due);
        while (EnterFirstSlot(nowMs) is var reached and not WheelPlaces.None)
            Emit(reached, due);
        NowMs = nowMs;
    }

    /// <summary>
    /// The earliest tick at which <see cref="Advance"/> has something to do: the first due time or, when the slot that holds it is
    /// crowded, the start of that slot (never later). <see cref="long.MaxValue"/>: empty.
    /// </summary>
    public long NextDueMs()
    {
        if (_slots[Elapsed].Head is var elapsed and not WheelPlaces.None)
            return _places[elapsed].DueMs;
        if (_occupiedLevels == 0)
            return long.MaxValue;
        int level = FirstLevel();
        int slot = FirstSlot(level);
        return level == 0 ? StartOf(level, slot) : EarliestIn(_slots[slot]) ?? StartOf(level, slot);
    }

    /// <summary>
    /// Sets the time to any instant and queues all items anew by their due times. Those that are now elapsed stay queued and come
    /// out at the next <see cref="Advance"/>. Costs a visit of every item when it goes back.
    /// </summary>
    public void Rebase(long nowMs)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(nowMs);
        if (nowMs >= NowMs)
            PassOver(nowMs);
        else
            GoBack(nowMs);
    }

    private void PassOver(long nowMs)
    {
        while (EnterFirstSlot(nowMs) is var reached and not WheelPlaces.None)
            Relink(reached, elapsed: true);
        NowMs = nowMs;
    }

    private void GoBack(long nowMs)
    {
        int all = TakeAll();
        NowMs = nowMs;
        Relink(all);
    }

    /// <summary>
    /// Moves now to the next slot of level 0 with items, if that is not after <paramref name="limitMs"/>, and takes them.
    /// Cascades on the way. Chains are named by the place of their first item.
    /// </summary>
    private int EnterFirstSlot(long limitMs)
    {
        while (_occupiedLevels != 0)
        {
            int level = FirstLevel();
            int slot = FirstSlot(level);
            long startMs = StartOf(level, slot);
            if (startMs > limitMs)
                return WheelPlaces.None;
            NowMs = startMs;
            bool isMixed = _slots[slot].IsMixed;
            int reached = Take(slot);
            if (level == 0)
                return reached;
            if (!isMixed && _places[reached].DueMs is var dueMs && dueMs <= limitMs)
            {
                NowMs = dueMs; // nothing else is due up to here
                return reached;
            }
            Relink(reached);
        }
        return WheelPlaces.None;
    }

    private void Relink(int chain, bool elapsed = false)
    {
        for (int place = chain, next; place != WheelPlaces.None; place = next)
        {
            next = _places[place].Next;
            long dueMs = _places[place].DueMs;
            Link(place, elapsed || dueMs < NowMs ? Elapsed : SlotOf(dueMs));
        }
    }

    private void Emit(int chain, DueList due)
    {
        for (int place = chain, next; place != WheelPlaces.None; place = next)
        {
            ref WheelPlaces.Place linked = ref _places[place];
            (next, linked.Slot) = (linked.Next, WheelPlaces.Out);
            Count--;
            due.Add(linked.Item!);
        }
    }

    /// <summary>Of an instant that is not before now. Now itself stands on level 0: a cascade puts it there, and it comes out next.</summary>
    private int SlotOf(long dueMs)
    {
        ulong differing = (ulong)(dueMs ^ NowMs);
        int level = BitOperations.Log2(differing | 1) / LevelBits;
        return level * SlotsPerLevel + GroupOf(dueMs, level);
    }

    private static int GroupOf(long ms, int level) => (int)(ms >> (level * LevelBits)) & (SlotsPerLevel - 1);

    private long StartOf(int level, int slot)
    {
        int shift = level * LevelBits;
        // The groups above the level are now's, those below it zero. Shifted in two steps: C# takes a shift of 66 for one of 2.
        long above = NowMs >> shift >> LevelBits << LevelBits << shift;
        return above | ((long)(slot - level * SlotsPerLevel) << shift);
    }

    private int FirstLevel() => BitOperations.TrailingZeroCount(_occupiedLevels);

    private int FirstSlot(int level) => level * SlotsPerLevel + BitOperations.TrailingZeroCount(_occupied[level]);

    private long? EarliestIn(WheelSlot slot)
    {
        long earliestMs = long.MaxValue;
        int seen = 0;
        for (int place = slot.Head; place != WheelPlaces.None; place = _places[place].Next)
        {
            if (++seen > SearchMax)
                return null;
            earliestMs = Math.Min(earliestMs, _places[place].DueMs);
        }
        return earliestMs;
    }

    private void Link(int place, int slot)
    {
        ref WheelSlot list = ref _slots[slot];
        ref WheelPlaces.Place linked = ref _places[place];
        (linked.Slot, linked.Next, linked.Previous) = (slot, WheelPlaces.None, list.Tail);
        if (list.Tail == WheelPlaces.None)
            (list.Head, list.IsMixed) = (place, false);
        else
        {
            ref WheelPlaces.Place last = ref _places[list.Tail];
            last.Next = place;
            list.IsMixed |= last.DueMs != linked.DueMs;
        }
        list.Tail = place;
        MarkOccupied(slot);
    }

    private void Unlink(ref WheelPlaces.Place linked)
    {
        ref WheelSlot list = ref _slots[linked.Slot];
        if (linked.Previous != WheelPlaces.None)
            _places[linked.Previous].Next = linked.Next;
        else
            list.Head = linked.Next;
        if (linked.Next != WheelPlaces.None)
            _places[linked.Next].Previous = linked.Previous;
        else
            list.Tail = linked.Previous;
        if (list.Head == WheelPlaces.None)
            MarkEmpty(linked.Slot);
        Count--;
    }

    /// <summary>Empties a slot; its items stay chained by <see cref="WheelPlaces.Place.Next"/>.</summary>
    private int Take(int slot)
    {
        int head = _slots[slot].Head;
        _slots[slot] = default;
        MarkEmpty(slot);
        return head;
    }

    /// <summary>Empties the wheel into one chain: the elapsed first, then by level and slot, so that items of one tick keep their order.</summary>
    private int TakeAll()
    {
        WheelSlot all = _slots[Elapsed];
        _slots[Elapsed] = default;
        while (_occupiedLevels != 0)
        {
            int slot = FirstSlot(FirstLevel());
            WheelSlot list = _slots[slot];
            Take(slot);
            if (all.Tail != WheelPlaces.None)
                _places[all.Tail].Next = list.Head;
            else
                all.Head = list.Head;
            all.Tail = list.Tail;
        }
        return all.Head;
    }

    private void MarkOccupied(int slot)
    {
        if (slot == Elapsed)
            return;
        int level = slot / SlotsPerLevel;
        _occupied[level] |= 1ul << (slot % SlotsPerLevel);
        _occupiedLevels |= 1u << level;
    }

    private void MarkEmpty(int slot)
    {
        if (slot == Elapsed)
            return;
        int level = slot / SlotsPerLevel;
        _occupied[level] &= ~(1ul << (slot % SlotsPerLevel));
        if (_occupied[level] == 0)
            _occupiedLevels &= ~(1u << level);
    }
}
