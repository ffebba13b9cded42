namespace Qschedd.Engine.Wheel;

/// <summary>What a wheel holds.</summary>
internal abstract class WheelItem
{
    /// <summary>The tick, in epoch milliseconds, at which it is due. Written by the wheel's <see cref="TimerWheel.Insert"/> only.</summary>
    public long DueMs { get; internal set; }

    /// <summary>In a wheel: neither come to in a <see cref="DueList"/> of it nor cancelled.</summary>
    public bool IsQueued => Place != WheelPlaces.None;

    // Owner: the wheel that holds the item; nobody else touches it.
    internal int Place { get; set; }
}
