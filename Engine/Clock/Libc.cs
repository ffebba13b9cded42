using System.Runtime.InteropServices;

namespace Qschedd.Engine.Clock;

/// <summary>What the alarm needs of the C library, with the kernel's numbers for 64-bit Linux (x64 and arm64 agree on all of them).</summary>
internal static partial class Libc
{
    public const int ClockRealtime = 0;
    public const int ClockBoottime = 7;
    public const int TimerNonblockCloexec = 0x800 | 0x80000;
    public const int TimerAbsolute = 1;
    public const int TimerCancelOnSet = 2;
    public const int EventNonblockCloexec = 0x800 | 0x80000;
    public const short PollIn = 1;
    public const int SetTimerSlack = 29;
    public const int Interrupted = 4;
    public const int WouldBlock = 11;
    public const int Canceled = 125;

    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct TimerSpec
    {
        public TimeSpec Interval;
        public TimeSpec Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int Descriptor;
        public short Events;
        public short Returned;
    }

    // Served by the vDSO in well under a microsecond: not worth a change of the collector's mode.
    [SuppressGCTransition]
    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    public static partial int GetTime(int clock, out TimeSpec time);

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    public static partial int CreateTimer(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    public static partial int SetTimer(int descriptor, int flags, in TimerSpec value, nint old);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int CreateEvent(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    public static unsafe partial int Poll(PollEntry* entries, nuint count, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int descriptor, out ulong count, nuint size);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int descriptor, in ulong count, nuint size);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "prctl")]
    public static partial int Control(int option, nuint argument);
}
