namespace Qschedd.Engine.Wheel;

/// <summary>What a wheel holds. The wheel links items through themselves, so that insert and cancel allocate nothing.</summary>
internal abstract class WheelItem
{
    /// <summary>The tick, in epoch milliseconds, at which it is due. Written by the wheel's <see cref="TimerWheel.Insert"/> only.</summary>
    public long DueMs { get; internal set; }

    /// <summary>In a wheel: neither come out of it nor cancelled.</summary>
    public bool IsQueued => Owner is not null;

    // Owner: the wheel that holds the item; nobody else touches these.
    internal TimerWheel? Owner { get; set; }
    internal WheelItem? Previous { get; set; }
    internal WheelItem? Next { get; set; }
    internal int Slot { get; set; }
}
