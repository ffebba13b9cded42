using System.Diagnostics;
using System.Globalization;

namespace Qschedd.Bench.Table;

/// <summary>Where and with what the figures were taken.</summary>
internal static class Host
{
    public static IEnumerable<(string What, string Value)> Describe() =>
    [
        ("machine", $"{Environment.ProcessorCount} × {CpuName()}, {MemoryGb()} GB"),
        ("kernel", Field("/proc/sys/kernel/osrelease", "")),
        ("system", Field("/etc/os-release", "PRETTY_NAME=").Trim('"')),
        (".NET of the benchmarks and of Quartz", Environment.Version.ToString()),
        ("Quartz", VersionOf(typeof(Quartz.IScheduler))),
        ("SQLite of the in-process rows and of Quartz", SqliteVersion()),
        ("robfig/cron", FirstLine("dpkg-query", "-W", "-f", "${Version}", "golang-github-robfig-cron-dev") + ", " + FirstLine("go", "version")),
        ("C compiler", FirstLine("gcc", "--version")),
        ("cron", FirstLine("dpkg-query", "-W", "-f", "${Version}", "cron")),
        ("date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)),
    ];

    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") + ":/usr/sbin:/sbin").Split(':')
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    private static string CpuName() => Field("/proc/cpuinfo", "model name").TrimStart(' ', '\t', ':');

    private static string MemoryGb() =>
        (GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9).ToString("F0", CultureInfo.InvariantCulture);

    private static string Field(string file, string key) =>
        File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal))?[key.Length..] ?? "unknown";

    private static string VersionOf(Type type) => FileVersionInfo.GetVersionInfo(type.Assembly.Location).ProductVersion?.Split('+')[0] ?? "unknown";

    private static string SqliteVersion()
    {
        SQLitePCL.Batteries_V2.Init();
        return SQLitePCL.raw.sqlite3_libversion().utf8_to_string();
    }

    private static string FirstLine(string program, params string[] arguments)
    {
        if (Find(program) is not { } path)
            return "not there";
        using var process = Process.Start(new ProcessStartInfo(path, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        string? line = process.StandardOutput.ReadLine();
        process.WaitForExit();
        return string.IsNullOrWhiteSpace(line) ? "not there" : line;
    }
}
