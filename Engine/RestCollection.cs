using System.Runtime;
using Qschedd.Engine.Clock;

namespace Qschedd.Engine;

/// <summary>
/// Has the collector take away what the loop left behind while the loop rests: a burst that finds room for all that it makes is not stopped
/// for what an earlier one left. Owner: the loop.
/// </summary>
/// <param name="alarm">The clocks.</param>
/// <param name="allocated">Bytes that the loop's thread has allocated so far.</param>
/// <param name="collect">Collects what is young.</param>
internal sealed class RestCollection(IAlarm alarm, Func<long> allocated, Action collect)
{
    /// <summary>Milliseconds without a message, after which the loop counts as resting.</summary>
    public const int QuietMs = 20;

    /// <summary>
    /// Less is not worth stopping all threads for. What other threads allocate does not count, for callers' requests would have it collected
    /// again and again while the loop rests.
    /// </summary>
    public const long BytesMin = 8 << 20;

    private long _collectedAt;
    private long _tookMs;

    /// <summary>The loop has left enough behind since the last time.</summary>
    public bool IsDue => allocated() - _collectedAt >= BytesMin;

    /// <summary>Nothing that is known to come may be nearer than so many milliseconds: twice what the last one took.</summary>
    public long RoomMs => Math.Max(QuietMs, 2 * _tookMs);

    /// <summary>Where the runtime is told to leave all as it is, as at a start, it is left so.</summary>
    public static RestCollection OfThisProcess(IAlarm alarm) => new(alarm, GC.GetAllocatedBytesForCurrentThread, static () =>
    {
        if (GCSettings.LatencyMode != GCLatencyMode.NoGCRegion)
            GC.Collect(0, GCCollectionMode.Forced, blocking: true);
    });

    public void Collect()
    {
        long beganMs = alarm.MonotonicNowMs;
        collect();
        _tookMs = alarm.MonotonicNowMs - beganMs;
        _collectedAt = allocated();
    }
}
