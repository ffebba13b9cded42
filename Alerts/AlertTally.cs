namespace Qschedd.Alerts;

/// <summary>What became of the messages to webhooks since the start. Any thread may call.</summary>
internal sealed class AlertTally
{
    private long _delivered;
    private long _undelivered;
    private long _dropped;

    public long Delivered => Interlocked.Read(ref _delivered);

    /// <summary>Refused, not taken in time, or left when the daemon stopped.</summary>
    public long Undelivered => Interlocked.Read(ref _undelivered);

    /// <summary>Never tried: too many waited.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void OnDelivered() => Interlocked.Increment(ref _delivered);

    public void OnUndelivered(long count) => Interlocked.Add(ref _undelivered, count);

    public void OnDropped() => Interlocked.Increment(ref _dropped);
}
