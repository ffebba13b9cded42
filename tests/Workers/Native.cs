using System.Runtime.InteropServices;
using Qschedd.Workers.Local;

namespace Qschedd.Tests.Workers;

/// <summary>What tests ask of the kernel themselves.</summary>
internal static partial class Native
{
    public static int ClearCloseOnExec(int fd)
    {
        const int SetDescriptorFlags = 2;
        return fcntl(fd, SetDescriptorFlags, 0);
    }

    public static void Kill(int pid) => Assert.Equal(0, kill(pid, 9));

    /// <summary>True: there is no such process, or it ended in time.</summary>
    public static unsafe bool EndsWithin(int pid, TimeSpan limit)
    {
        int pidfd = Libc.PidfdOpen(pid);
        if (pidfd < 0)
        {
            return true;
        }
        var end = new Libc.PollFd { Fd = pidfd, Events = Libc.POLLIN };
        int ended = Libc.poll(&end, 1, (int)limit.TotalMilliseconds);
        _ = Libc.close(pidfd);
        return ended == 1;
    }

    [LibraryImport("libc")]
    private static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
