namespace Qschedd.Http;

/// <summary>The memory that large bodies share, or large answers.</summary>
internal sealed class ByteBudget(long bytesMax)
{
    private long _taken;

    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Another may take it meanwhile.</summary>
    public bool HasRoomFor(long bytes) => Taken + bytes <= bytesMax;

    /// <summary>One alone may be larger than the budget: it would never be served else.</summary>
    public bool TryTake(long bytes)
    {
        long taken = Interlocked.Add(ref _taken, bytes);
        if (taken <= bytesMax || taken == bytes)
            return true;
        Give(bytes);
        return false;
    }

    public void Give(long bytes) => Interlocked.Add(ref _taken, -bytes);
}
