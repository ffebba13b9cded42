using System.Runtime;

namespace Qschedd.Engine;

/// <summary>
/// Has the collector take away what the loop left behind while the loop rests: a burst that finds room for all that it makes is not stopped
/// for what an earlier one left. Owner: the loop.
/// </summary>
/// <param name="allocated">Bytes that the loop's thread has allocated so far.</param>
/// <param name="collect">Collects what is young.</param>
internal sealed class RestCollection(Func<long> allocated, Action collect)
{
    /// <summary>Milliseconds without a message, after which the loop counts as resting.</summary>
    public const int QuietMs = 20;

    /// <summary>Nothing that is known to come is nearer: a collection takes its milliseconds, too.</summary>
    public const int RoomMs = 2 * QuietMs;

    /// <summary>
    /// Less is not worth stopping all threads for: half of what the runtime lets pile up where the processor's cache is small. What other
    /// threads allocate does not count, for callers' requests would have it collected again and again while the loop rests.
    /// </summary>
    public const long BytesMin = 8 << 20;

    private long _collectedAt;

    /// <summary>The loop has left enough behind since the last time.</summary>
    public bool IsDue => allocated() - _collectedAt >= BytesMin;

    /// <summary>Where the runtime is told to leave all as it is, as at a start, it is left so.</summary>
    public static RestCollection OfThisProcess() => new(GC.GetAllocatedBytesForCurrentThread, static () =>
    {
        if (GCSettings.LatencyMode != GCLatencyMode.NoGCRegion)
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
    });

    public void Collect()
    {
        collect();
        _collectedAt = allocated();
    }
}
