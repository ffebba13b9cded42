using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Qschedd.Engine.Clock;

/// <summary>Sleeps in one poll(2) on a timerfd and an eventfd; nothing ticks in between.</summary>
/// <remarks>
/// The timer is absolute on CLOCK_REALTIME, so the kernel keeps the wait right when the clock is slewed, and TFD_TIMER_CANCEL_ON_SET
/// ends it when somebody sets the clock. A step that happens between two waits ends the next one.
/// The monotonic clock is CLOCK_BOOTTIME, not CLOCK_MONOTONIC: it goes on while the machine is suspended. So deadlines count real
/// time, and wall minus monotonic changes only when the clock was set, which tells a step from a suspend.
/// </remarks>
internal sealed class LinuxAlarm : IAlarm
{
    private const int Awake = 0;
    private const int Sleeping = 1;
    private const int Rung = 2;
    // The kernel keeps time in signed nanoseconds, which end in 2262; whoever waits for later only waits for a ring.
    private const long TimerMaxMs = 9_000_000_000_000;

    private readonly int _timer;
    private readonly int _bell;
    private int _state;
    private int _slackThread;
    private long _bellsOwed;

    public LinuxAlarm()
    {
        _timer = OrThrow(Libc.CreateTimer(Libc.ClockRealtime, Libc.TimerNonblockCloexec), "timerfd_create");
        _bell = OrThrow(Libc.CreateEvent(0, Libc.EventNonblockCloexec), "eventfd");
    }

    public long WallNowMs => Now(Libc.ClockRealtime);

    public long MonotonicNowMs => Now(Libc.ClockBoottime);

    public void WaitUntil(long wallDueMs, TimeSpan most)
    {
        SharpenTimers();
        // A ring that came while we were awake: the caller looks at what it was rung for.
        if (Interlocked.CompareExchange(ref _state, Sleeping, Awake) == Rung)
        {
            // A full fence, as is the one below: what the caller reads next is not older than the ring that this clears.
            Interlocked.Exchange(ref _state, Awake);
            return;
        }
        Sleep(wallDueMs, most);
        // Whoever exchanged Sleeping for Rung writes to the bell, now or in a moment.
        if (Interlocked.Exchange(ref _state, Awake) == Rung)
            _bellsOwed++;
    }

    public void Ring()
    {
        // Of many ringers at once nearly all find the bell rung and change nothing, so that the line of memory is not fought for. The
        // fence is for what the ringer wrote before: whoever clears the ring that is seen here reads it.
        Interlocked.MemoryBarrier();
        if (Volatile.Read(ref _state) == Rung)
            return;
        // Only a sleeper needs the system call.
        if (Interlocked.Exchange(ref _state, Rung) == Sleeping)
            OrThrow((int)Libc.Write(_bell, 1, sizeof(ulong)), "write to eventfd");
    }

    public void Dispose()
    {
        // A ringer may be between its exchange and its write: the descriptor must not be another file's by then.
        while (_bellsOwed > 0)
        {
            Poll(timeoutMs: 1000, withTimer: false);
            TakeBells();
        }
        Libc.Close(_timer);
        Libc.Close(_bell);
    }

    private void Sleep(long wallDueMs, TimeSpan most)
    {
        long endMs = EndOf(most);
        while (WallNowMs < wallDueMs && MonotonicNowMs is var nowMs && nowMs < endMs && Volatile.Read(ref _state) != Rung)
        {
            if (!ArmTimer(wallDueMs))
                return;
            Poll((int)Math.Min(endMs - nowMs, int.MaxValue), withTimer: true);
            TakeBells();
            if (!TakeExpiry())
                return;
        }
    }

    // One millisecond more, because the clock's reading was cut to a whole one: the span is waited in full.
    private long EndOf(TimeSpan most)
    {
        if (most <= TimeSpan.Zero)
            return long.MinValue;
        double mostMs = Math.Ceiling(most.TotalMilliseconds);
        return mostMs >= TimerMaxMs ? long.MaxValue : MonotonicNowMs + (long)mostMs + 1;
    }

    /// <summary>False: the wall clock was set since the last look. The timer may be armed nevertheless; the next wait sets it again.</summary>
    private bool ArmTimer(long wallDueMs)
    {
        long dueMs = Math.Min(wallDueMs, TimerMaxMs);
        var spec = new Libc.TimerSpec { Value = { Seconds = dueMs / 1000, Nanoseconds = dueMs % 1000 * 1_000_000 } };
        if (Libc.SetTimer(_timer, Libc.TimerAbsolute | Libc.TimerCancelOnSet, spec, 0) == 0)
            return true;
        int error = Marshal.GetLastPInvokeError();
        return error == Libc.Canceled ? false : throw new Win32Exception(error, "timerfd_settime: " + Describe(error));
    }

    /// <summary>False: the wall clock was set.</summary>
    private bool TakeExpiry()
    {
        if (Libc.Read(_timer, out _, sizeof(ulong)) > 0)
            return true;
        int error = Marshal.GetLastPInvokeError();
        return error switch
        {
            Libc.Canceled => false,
            Libc.WouldBlock or Libc.Interrupted => true,
            _ => throw new Win32Exception(error, "read of timerfd: " + Describe(error)),
        };
    }

    private void TakeBells()
    {
        if (Libc.Read(_bell, out ulong bells, sizeof(ulong)) > 0)
            _bellsOwed -= (long)bells;
    }

    private unsafe void Poll(int timeoutMs, bool withTimer)
    {
        Libc.PollEntry* entries = stackalloc Libc.PollEntry[2];
        entries[0] = new() { Descriptor = _bell, Events = Libc.PollIn };
        entries[1] = new() { Descriptor = _timer, Events = Libc.PollIn };
        // Interrupted by a signal: the caller looks at the clocks and goes on.
        if (Libc.Poll(entries, withTimer ? 2u : 1u, timeoutMs) < 0 && Marshal.GetLastPInvokeError() is var error and not Libc.Interrupted)
            throw new Win32Exception(error, "poll: " + Describe(error));
    }

    /// <summary>The kernel lets poll oversleep by the thread's slack, 50 microseconds unless told otherwise.</summary>
    private void SharpenTimers()
    {
        int thread = Environment.CurrentManagedThreadId;
        if (_slackThread == thread)
            return;
        _slackThread = thread;
        // Refused or not, the alarm works; it is only a little less sharp.
        _ = Libc.Control(Libc.SetTimerSlack, 1);
    }

    private static long Now(int clock)
    {
        if (Libc.GetTime(clock, out Libc.TimeSpec time) != 0)
            throw new PlatformNotSupportedException($"this kernel has no clock {clock}");
        return time.Seconds * 1000 + time.Nanoseconds / 1_000_000;
    }

    private static int OrThrow(int result, string call)
    {
        if (result >= 0)
            return result;
        int error = Marshal.GetLastPInvokeError();
        throw new Win32Exception(error, $"{call}: {Describe(error)}");
    }

    private static string Describe(int error) => Marshal.GetPInvokeErrorMessage(error);
}
