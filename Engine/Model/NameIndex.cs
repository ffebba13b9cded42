namespace Qschedd.Engine.Model;

/// <summary>
/// Names in an order, each with its number in it. Filled by one thread, then only read. Of a million names it takes half of what a
/// dictionary does, and several tables share it.
/// </summary>
internal sealed class NameIndex
{
    private const int SlotsMin = 16;

    // Open addressing: a name's number plus one stands at its hash or behind it. Invariant: a power of two, half of it empty at least.
    private int[] _slots = new int[SlotsMin];
    private string[] _names = [];

    public int Count { get; private set; }

    public string this[int number] => _names[number];

    public void EnsureCapacity(int count)
    {
        if (count > _names.Length)
            Array.Resize(ref _names, count);
        if (2L * count > _slots.Length)
            Spread(count);
    }

    /// <summary>The name gets the next number; false: it has one.</summary>
    public bool TryAdd(string name)
    {
        if (Count == _names.Length)
            EnsureCapacity(Math.Max(SlotsMin, Count * 2));
        int slot = SlotOf(name);
        if (_slots[slot] > 0)
            return false;
        _names[Count] = name;
        _slots[slot] = ++Count;
        return true;
    }

    /// <summary>-1: it is not there.</summary>
    public int Find(string name) => _slots[SlotOf(name)] - 1;

    /// <summary>Nothing more is added.</summary>
    public void Trim() => Array.Resize(ref _names, Count);

    /// <summary>Where the name stands, or would.</summary>
    private int SlotOf(string name)
    {
        int mask = _slots.Length - 1;
        int slot = StringComparer.Ordinal.GetHashCode(name) & mask;
        while (_slots[slot] is > 0 and int next && !string.Equals(_names[next - 1], name, StringComparison.Ordinal))
            slot = (slot + 1) & mask;
        return slot;
    }

    private void Spread(int count)
    {
        int size = _slots.Length;
        while (size < 2L * count)
            size *= 2;
        _slots = new int[size];
        for (int number = 0; number < Count; number++)
            _slots[SlotOf(_names[number])] = number + 1;
    }
}
