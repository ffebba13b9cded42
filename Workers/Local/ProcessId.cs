using System.Globalization;

namespace Qschedd.Workers.Local;

/// <summary>
/// A process named by <c>pid:start time</c> (clock ticks since boot): a number alone is used again, and it may be another daemon
/// that looks, hours later or after a reboot.
/// </summary>
internal static class ProcessId
{
    /// <summary>Null: no such process. An ended one that nobody has waited for still has its name.</summary>
    public static string? Of(int pid) => TryReadStat(pid, out _, out string start) ? $"{pid}:{start}" : null;

    /// <summary>It runs: it has not ended, and is not another one with the same number.</summary>
    public static bool IsAlive(string process) =>
        TryParse(process, out int pid, out string start)
        && TryReadStat(pid, out char state, out string found)
        && found == start
        && state is not ('Z' or 'X');

    /// <summary>Signals the process group that it leads. False: it runs no more, or is not ours to signal.</summary>
    public static bool Signal(string process, int signal) =>
        IsAlive(process) && TryParse(process, out int pid, out _) && Libc.kill(-pid, signal) == 0;

    /// <summary>Fields 3 and 22 of /proc/PID/stat, see proc(5).</summary>
    private static bool TryReadStat(int pid, out char state, out string start)
    {
        (state, start) = ('X', "");
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        // Field 2, the program's name, may hold spaces and parentheses: the third begins behind the last one.
        string[] fromThird = stat[(stat.LastIndexOf(')') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (fromThird.Length < 20)
        {
            return false;
        }
        (state, start) = (fromThird[0][0], fromThird[19]);
        return true;
    }

    private static bool TryParse(string process, out int pid, out string start)
    {
        (pid, start) = (0, "");
        int colon = process.IndexOf(':');
        if (colon <= 0
            || !int.TryParse(process.AsSpan(0, colon), NumberStyles.None, CultureInfo.InvariantCulture, out pid)
            // kill(-1) is everyone, and process 1 is never ours.
            || pid <= 1)
        {
            return false;
        }
        start = process[(colon + 1)..];
        return true;
    }
}
