using System.Collections;
using System.Runtime.InteropServices;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// Changes in their order, with their owners. Each stands in a struct: the runtime looks up, for what is put into an array of a base class,
/// whether it belongs there, and that costs more than all else that is done with a change here.
/// </summary>
internal sealed class ChangeList : IReadOnlyList<Change>
{
    private readonly List<Slot> _slots = [];

    public int Count => _slots.Count;

    public Change this[int index] => _slots[index].Change;

    /// <summary>Some may have to be left out before the store gets the rest: places in the order, or what nobody wants any more.</summary>
    public bool MustBeLookedAt { get; private set; }

    /// <summary>Somebody waits for one of them.</summary>
    public bool IsUrgent { get; private set; }

    /// <summary>Who is told what became of it; null: nobody.</summary>
    public IChangeOwner? OwnerOf(int index) => _slots[index].Owner;

    public void Add(Change change, IChangeOwner? owner, bool mustBeLookedAt = false, bool isUrgent = true)
    {
        _slots.Add(new Slot(change, owner));
        MustBeLookedAt |= mustBeLookedAt;
        IsUrgent |= isUrgent;
    }

    public void RemoveAt(int index) => _slots.RemoveAt(index);

    /// <summary>Takes the first <paramref name="count"/> of another list, and takes them out of it.</summary>
    public void TakeFirst(ChangeList from, int count)
    {
        _slots.AddRange(CollectionsMarshal.AsSpan(from._slots)[..count]);
        from._slots.RemoveRange(0, count);
        MustBeLookedAt |= from.MustBeLookedAt;
        IsUrgent |= from.IsUrgent;
    }

    /// <summary>Puts those of another list before its own whose owners are such.</summary>
    public void PutBefore(ChangeList other, Predicate<IChangeOwner?> isWanted)
    {
        _slots.InsertRange(0, other._slots.FindAll(slot => isWanted(slot.Owner)));
        MustBeLookedAt |= other.MustBeLookedAt;
        IsUrgent |= other.IsUrgent;
    }

    public Change[] FindAll(Predicate<Change> isWanted) => [.. _slots.FindAll(slot => isWanted(slot.Change)).Select(slot => slot.Change)];

    /// <summary>Empty from now on. What it has room for stays, up to a bound.</summary>
    public void Clear(int capacityMax)
    {
        _slots.Clear();
        (MustBeLookedAt, IsUrgent) = (false, false);
        if (_slots.Capacity > capacityMax)
            _slots.Capacity = 0;
    }

    public IEnumerator<Change> GetEnumerator()
    {
        foreach (var slot in _slots)
            yield return slot.Change;
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private readonly record struct Slot(Change Change, IChangeOwner? Owner);
}
