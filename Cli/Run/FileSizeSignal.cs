using System.Runtime.InteropServices;

namespace Qschedd.Cli.Run;

/// <summary>
/// A file that may grow no more (LimitFSIZE=, ulimit -f) ends a process by SIGXFSZ unless it is ignored; then the write fails, and
/// the store says so and goes on when there is room. Commands get the default back when they are started.
/// </summary>
internal static partial class FileSizeSignal
{
    private const int SigXfsz = 25;
    private const nint IgnoreIt = 1;

    public static void Ignore() => Signal(SigXfsz, IgnoreIt);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint Signal(int number, nint action);
}
