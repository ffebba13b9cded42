using Qschedd.Engine.Clock;

namespace Qschedd.Tests.Engine.Clock;

/// <summary>
/// An alarm whose clocks are moved by hand. The thread under test waits on it as on the real one; the test moves the clocks and
/// learns by <see cref="WaitUntilAsleep"/> when that thread has done all it had to do at the present instant.
/// </summary>
internal sealed class ManualAlarm(long wallNowMs) : IAlarm
{
    // Real time, and only against a hang: a test that gets here has failed.
    private static readonly TimeSpan PatienceMost = TimeSpan.FromSeconds(30);

    private readonly object _gate = new();
    private long _wallNowMs = wallNowMs;
    private long _monotonicNowMs = 1_000_000;
    private bool _rung;
    private bool _stepped;
    private Wait? _wait;
    private long _waits;

    private sealed record Wait(long WallDueMs, long EndMs);

    public long WallNowMs => Locked(() => _wallNowMs);

    public long MonotonicNowMs => Locked(() => _monotonicNowMs);

    /// <summary>How often the thread under test went to wait: an idle one must not be seen to wait again and again.</summary>
    public long Waits => Locked(() => _waits);

    public void WaitUntil(long wallDueMs, TimeSpan most)
    {
        lock (_gate)
        {
            _waits++;
            _wait = new Wait(wallDueMs, Plus(_monotonicNowMs, most));
            Monitor.PulseAll(_gate);
            while (IsAsleep)
                Monitor.Wait(_gate);
            (_wait, _rung, _stepped) = (null, false, false);
        }
    }

    public void Ring() => Change(() => _rung = true);

    /// <summary>
    /// Lets time go by, both clocks alike, without a stop on the way: whatever is due before its end is late. For a loop that is to
    /// wake on time, <see cref="PassTime"/>.
    /// </summary>
    public void Advance(TimeSpan by) => Change(() => Move(by, by));

    /// <summary>Somebody sets the wall clock, forward or back; a wait under way ends.</summary>
    public void StepWall(TimeSpan by) => Change(() =>
    {
        Move(by, TimeSpan.Zero);
        _stepped = true;
    });

    /// <summary>Blocks until the thread under test sleeps and nothing is left to wake it; the instant it sleeps for.</summary>
    public long WaitUntilAsleep()
    {
        lock (_gate)
        {
            while (!IsAsleep)
                if (!Monitor.Wait(_gate, PatienceMost))
                    throw new TimeoutException("the thread under test did not go to sleep");
            return _wait!.WallDueMs;
        }
    }

    /// <summary>Lets time go by with a stop wherever the thread under test wants to wake, and returns when it sleeps at the end.</summary>
    public void PassTime(TimeSpan by)
    {
        long endMs = WallNowMs + (long)by.TotalMilliseconds;
        for (WaitUntilAsleep(); WallNowMs is var nowMs && nowMs < endMs; WaitUntilAsleep())
            Advance(TimeSpan.FromMilliseconds(Locked(() => Math.Min(NextStopMs, endMs)) - nowMs));
    }

    public void Dispose()
    {
    }

    private bool IsAsleep => _wait is { } wait && !_rung && !_stepped && _wallNowMs < wait.WallDueMs && _monotonicNowMs < wait.EndMs;

    // On the wall clock: the due time, or when the bound of the wait is reached.
    private long NextStopMs => _wait is { } wait ? Math.Min(wait.WallDueMs, _wallNowMs + (wait.EndMs - _monotonicNowMs)) : _wallNowMs;

    private static long Plus(long ms, TimeSpan span) =>
        span.TotalMilliseconds >= long.MaxValue / 4 ? long.MaxValue / 4 : ms + (long)Math.Ceiling(span.TotalMilliseconds);

    private void Move(TimeSpan wall, TimeSpan monotonic)
    {
        _wallNowMs += (long)wall.TotalMilliseconds;
        _monotonicNowMs += (long)monotonic.TotalMilliseconds;
    }

    private void Change(Action change)
    {
        lock (_gate)
        {
            change();
            Monitor.PulseAll(_gate);
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (_gate)
            return read();
    }
}
