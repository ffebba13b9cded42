using System.Globalization;

namespace Qschedd.Tests.EndToEnd;

/// <summary>What the kernel says of a process.</summary>
internal static class ProcessFigures
{
    /// <summary>Sockets alone: the runtime opens a few other descriptors when it first needs them, and keeps them.</summary>
    public static int OpenSockets(int pid) => Directory.GetFileSystemEntries($"/proc/{pid}/fd")
        .Count(entry => new FileInfo(entry).LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true);

    public static double PeakMb(int pid) => Megabytes(pid, "VmHWM:");

    public static double NowMb(int pid) => Megabytes(pid, "VmRSS:");

    /// <summary>The value that this share of all values does not exceed.</summary>
    public static double Quantile(IEnumerable<double> values, double share)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? 0 : sorted[(int)Math.Min(sorted.Length - 1, share * sorted.Length)];
    }

    private static double Megabytes(int pid, string name)
    {
        string line = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line[name.Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture) / 1024.0;
    }
}
