namespace Qschedd.Engine.Wheel;

/// <summary>
/// The places of a wheel's items, which are linked by their numbers. Were the items themselves linked, each step along a list would go to
/// another end of memory, and the collector would be told of each link, to look at them all again.
/// </summary>
/// <remarks>
/// Places stand in pages, so that a million of them need no second array while they grow. A place that was given back is the next to be
/// taken; pages stay for as long as the wheel does.
/// </remarks>
internal sealed class WheelPlaces
{
    /// <summary>No place has this number.</summary>
    public const int None = 0;

    /// <summary>No slot: the item has come out of the wheel, and nobody has come to it since.</summary>
    public const int Out = -1;

    private const int PageBits = 10;
    private const int PageMask = (1 << PageBits) - 1;

    private Place[][] _pages = [];
    private int _used = None;
    private int _free = None;

    public ref Place this[int place] => ref _pages[place >> PageBits][place & PageMask];

    /// <summary>The item stands at this very place here, and not in another wheel.</summary>
    public bool Holds(WheelItem item) => item.Place != None && item.Place <= _used && this[item.Place].Item == item;

    /// <summary>Gives the item a place, with no links.</summary>
    public int Take(WheelItem item, long dueMs)
    {
        int place = _free;
        if (place != None)
            _free = this[place].Next;
        else
            place = New();
        ref Place taken = ref this[place];
        (taken.Item, taken.DueMs, taken.Next, taken.Previous) = (item, dueMs, None, None);
        return item.Place = place;
    }

    /// <summary>Takes its place from the item that stands there.</summary>
    public void GiveBack(int place)
    {
        ref Place given = ref this[place];
        given.Item!.Place = None;
        (given.Item, given.Next) = (null, _free);
        _free = place;
    }

    /// <summary>The turn of an item that has come out is there. One that was cancelled since, or queued anew, is left as it is.</summary>
    public void LetGo(WheelItem item)
    {
        if (Holds(item) && this[item.Place].Slot == Out)
            GiveBack(item.Place);
    }

    private int New()
    {
        int place = ++_used;
        int page = place >> PageBits;
        if (page == _pages.Length)
            Array.Resize(ref _pages, Math.Max(1, 2 * page));
        _pages[page] ??= new Place[1 << PageBits];
        return place;
    }

    internal struct Place
    {
        public WheelItem? Item;
        public long DueMs;
        public int Next;
        public int Previous;
        public int Slot;
    }
}

/// <summary>The items of one slot of a wheel, by their places.</summary>
internal struct WheelSlot
{
    public int Head;
    public int Tail;
    /// <summary>They are not all due at one tick; may be so still when those that differ are gone.</summary>
    public bool IsMixed;
}
