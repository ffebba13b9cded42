using System.Collections;

namespace Qschedd.Engine.Wheel;

/// <summary>
/// Items that have come out of a wheel. Each stands in a struct: the runtime looks up, for what is put into an array of a base class,
/// whether it belongs there, and that costs as much as to take it out of the wheel.
/// </summary>
internal sealed class DueList : IReadOnlyList<WheelItem>
{
    private readonly List<Slot> _slots = [];

    public int Count => _slots.Count;

    public WheelItem this[int index] => _slots[index].Item;

    public void Add(WheelItem item) => _slots.Add(new Slot(item));

    public void Clear() => _slots.Clear();

    public IEnumerator<WheelItem> GetEnumerator()
    {
        foreach (var slot in _slots)
            yield return slot.Item;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private readonly record struct Slot(WheelItem Item);
}
