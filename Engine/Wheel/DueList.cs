using System.Collections;

namespace Qschedd.Engine.Wheel;

/// <summary>
/// Items that have come out of a wheel. Each stands in a struct: the runtime looks up, for what is put into an array of a base class,
/// whether it belongs there, and that costs as much as to take it out of the wheel.
/// </summary>
/// <remarks>
/// Invariant: an item is told that it is out of the wheel when somebody comes to it here. Of 50,000 that come out at once the last ones
/// would have left the processor's cache again by their turn, and the first would have waited until all of them had been told.
/// </remarks>
internal sealed class DueList : IReadOnlyList<WheelItem>
{
    private readonly List<Slot> _slots = [];
    private int _told;

    public int Count => _slots.Count;

    /// <summary>Of the wheel that they come from: one for as long as there are any. Owner: that wheel.</summary>
    internal WheelPlaces? Places { get; set; }

    public WheelItem this[int index]
    {
        get
        {
            TellUpTo(index);
            var item = _slots[index].Item;
            Places?.LetGo(item); // one that stands here twice may have come out again since it was told
            return item;
        }
    }

    public void Add(WheelItem item) => _slots.Add(new Slot(item));

    public void Clear()
    {
        TellUpTo(Count - 1);
        _slots.Clear();
        _told = 0;
    }

    public IEnumerator<WheelItem> GetEnumerator()
    {
        for (int index = 0; index < Count; index++)
            yield return this[index];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void TellUpTo(int index)
    {
        for (; _told <= index; _told++)
            Places?.LetGo(_slots[_told].Item);
    }

    private readonly record struct Slot(WheelItem Item);
}
