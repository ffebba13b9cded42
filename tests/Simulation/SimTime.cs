namespace Qschedd.Tests.Simulation;

/// <summary>
/// True time, and what is to happen when. The daemon sees two other clocks: a wall clock that may be set, and a monotonic one that
/// stands while the host sleeps.
/// </summary>
internal sealed class SimTime(long startMs)
{
    private readonly PriorityQueue<Action, (long AtMs, long Order)> _events = new();
    private long _order;

    public long StartMs { get; } = startMs;
    public long NowMs { get; private set; } = startMs;
    public long WallOffsetMs { get; set; }
    public long AsleepMs { get; set; }

    public long WallMs => NowMs + WallOffsetMs;
    public long MonotonicMs => NowMs - StartMs + 1_000_000 - AsleepMs;
    public long NextMs => _events.TryPeek(out _, out var at) ? at.AtMs : long.MaxValue;

    public void After(long delayMs, Action action) => _events.Enqueue(action, (NowMs + Math.Max(0, delayMs), _order++));

    public void AdvanceTo(long atMs) => NowMs = Math.Max(NowMs, atMs);

    /// <summary>Lets the next event happen, if its time has come.</summary>
    public bool RunNext()
    {
        if (NextMs > NowMs)
            return false;
        _events.Dequeue()();
        return true;
    }
}

/// <summary>What happened, in order: its hash says whether two runs were the same.</summary>
internal sealed class SimLog(SimTime time, Action<string>? write)
{
    private ulong _hash = 14695981039346656037;

    public ulong Hash => _hash;
    public long Count { get; private set; }

    public void Note(string what)
    {
        Count++;
        Mix((ulong)time.NowMs);
        foreach (char c in what)
            Mix(c);
        write?.Invoke($"{DateTimeOffset.FromUnixTimeMilliseconds(time.NowMs):MM-dd HH:mm:ss.fff} {what}");
    }

    private void Mix(ulong value) => _hash = (_hash ^ value) * 1099511628211;
}
