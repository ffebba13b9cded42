using System.Runtime.InteropServices;

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

    [LibraryImport("libc")]
    private static partial int fcntl(int fd, int command, nint argument);

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);
}
