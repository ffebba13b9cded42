namespace Qschedd.Engine.Clock;

/// <summary>
/// The two clocks, and how the loop's thread sleeps on them. The wall clock says when jobs are due and may be set by anyone;
/// the monotonic clock measures spans and is never set.
/// </summary>
/// <remarks>
/// Owner: one thread calls <see cref="WaitUntil"/> and disposes; any thread may call <see cref="Ring"/> and read the clocks.
/// </remarks>
internal interface IAlarm : IDisposable
{
    /// <summary>
    /// Sleeps until the wall clock shows <paramref name="wallDueMs"/> (never returns early on that account), or
    /// <paramref name="most"/> has gone by, or somebody rang, or the wall clock was set. The caller reads the clocks to learn which.
    /// </summary>
    void WaitUntil(long wallDueMs, TimeSpan most);

    /// <summary>
    /// Ends the wait that is under way, or else the next one before it begins. Rings that come together are one. What the ringer
    /// wrote before is seen by the woken thread.
    /// </summary>
    void Ring();

    /// <summary>Epoch milliseconds.</summary>
    long WallNowMs { get; }

    /// <summary>Milliseconds since some instant before the process.</summary>
    long MonotonicNowMs { get; }
}
