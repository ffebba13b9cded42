using System.Runtime.InteropServices;

namespace Qschedd.Workers.Local;

/// <summary>What waitpid and errno say, in words.</summary>
internal static class ExitStatus
{
    // By number; the same on x64 and arm64.
    private static readonly string[] SignalNames =
    [
        "", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1", "SIGSEGV",
        "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU",
        "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR", "SIGSYS",
    ];

    public static string Words(int waitStatus)
    {
        int signal = waitStatus & 0x7F;
        if (signal == 0)
        {
            return $"exit status {(waitStatus >> 8) & 0xFF}";
        }
        string name = signal < SignalNames.Length ? $" ({SignalNames[signal]})" : "";
        string core = (waitStatus & 0x80) != 0 ? ", core dumped" : "";
        return $"killed by signal {signal}{name}{core}";
    }

    /// <summary>Why a command could not be started.</summary>
    public static string CannotStart(string program, int errno)
    {
        string why = errno switch
        {
            Libc.ENOENT when !program.Contains('/') => "no such program in PATH (or its interpreter is missing)",
            Libc.ENOENT => "no such file (or its interpreter is missing)",
            Libc.EACCES => "not an executable file, or no permission",
            Libc.ENOEXEC => "not a program: a script needs a first line such as #!/bin/sh",
            Libc.E2BIG => "its arguments and environment are too long",
            _ => Marshal.GetPInvokeErrorMessage(errno),
        };
        return BoundedText.Head($"cannot start '{program}': {why}", BoundedText.MessageBytesMax);
    }
}
