using System.Runtime.InteropServices;

namespace Qschedd.Cli.Run;

/// <summary>
/// Secrets stand in the daemon's memory, and those of <c>${env:...}</c> in its environment. Local commands run as the same user: without
/// this they could read both under /proc, although no variable is handed to them. It also means that a crash leaves no core file.
/// Commands themselves get the default back when they are started.
/// </summary>
internal static partial class ClosedProcess
{
    private const int SetDumpable = 4;

    /// <summary>A kernel that refuses leaves the process as it was: nothing else depends on it.</summary>
    public static void Close() => _ = prctl(SetDumpable, 0, 0, 0, 0);

    [LibraryImport("libc")]
    private static partial int prctl(int option, nuint first, nuint second, nuint third, nuint fourth);
}
