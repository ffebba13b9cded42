namespace Qschedd.Engine.Wheel;

/// <summary>What a wheel holds. The wheel links items through themselves, so that insert and cancel allocate nothing.</summary>
internal abstract class WheelItem
{
    /// <summary>The tick, in milliseconds, at which it is due.</summary>
    public long DueMs { get; internal set; }
}

internal sealed class TimerWheel(long nowMs)
{
    public long NowMs { get; private set; } = nowMs;
}
