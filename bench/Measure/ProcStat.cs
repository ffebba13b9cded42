using System.Globalization;

namespace Qschedd.Bench.Measure;

/// <summary>What the kernel says of a process.</summary>
internal sealed class ProcStat(int pid)
{
    private const double TicksPerSecond = 100; // USER_HZ, the same on every Linux

    /// <summary>Seconds of processor time, user and system, since its start.</summary>
    public double CpuSeconds
    {
        get
        {
            string stat = File.ReadAllText($"/proc/{pid}/stat");
            // The name stands in parentheses and may hold blanks: the fields are counted from behind it.
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
        }
    }

    public double ResidentMb => Status($"/proc/{pid}/status", "VmRSS:") / 1024;

    public double PeakMb => Status($"/proc/{pid}/status", "VmHWM:") / 1024;

    /// <summary>How often any of its threads went to sleep, and so was woken.</summary>
    public double WakeUps => Directory.EnumerateDirectories($"/proc/{pid}/task").Sum(OfThread);

    private static double OfThread(string folder)
    {
        try
        {
            return Status(Path.Combine(folder, "status"), "voluntary_ctxt_switches:");
        }
        catch (IOException)
        {
            return 0; // the thread ended meanwhile
        }
    }

    private static double Status(string file, string key)
    {
        string line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal)) ?? "0 0";
        return Number(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1]);
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
