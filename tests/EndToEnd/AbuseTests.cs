using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Qschedd.Tests.EndToEnd;

/// <summary>
/// The published binary under those who mean it harm: each attack runs while a legal caller asks and a job fires each second. All of
/// his calls are answered, no fire is lost, and afterwards memory and descriptors are back. The long form is <c>make abuse</c>.
/// </summary>
public class AbuseTests(ITestOutputHelper output)
{
    private static readonly int Connections = Number("QSCHEDD_ABUSE_CONNECTIONS", 200);
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(Number("QSCHEDD_ABUSE_SECONDS", 2));
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What answers may hold together (32 MiB), bodies (32, and four times that as parsed), and connections: kept until a collection.</summary>
    private const int KeptKiBMax = 192 * 1024;
    private const int KeptFilesMax = 16;

    private static readonly string ManyJobs = string.Concat(Enumerable.Range(0, 400).Select(i => $"      - {{name: quiet.{i}, desc: \"{new string('x', 200)}\"}}\n"));

    private static readonly string Apps = $$"""
        apps:
          - name: demo
            id: 1
            token: {{DaemonProcess.Token}}
            workers: ["127.0.0.1:9"]
            jobs:
              - {name: tick, cron: "* * * * * ?", type: local, command: [/bin/true]}
        {{ManyJobs}}
        """;

    public static TheoryData<string> Attacks() => [.. Abuse.All.Keys];

    [Theory]
    [MemberData(nameof(Attacks))]
    public async Task LegalCaller_IsAnswered_AndJobsFire_WhileAbused(string attack)
    {
        await using var daemon = new DaemonProcess();
        daemon.Write(Apps);
        await daemon.StartAsync("--log-level", "warning");
        await Eventually.Holds(async () => (await daemon.TasksAsync("tick")).Count >= 2, Patience, () => "no fires at the start");
        var before = HostFigures.Of(daemon.Pid);
        long fromMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

        using var over = new CancellationTokenSource(Length);
        Task<string> abuse = Abuse.All[attack](daemon.Port, Connections, over.Token);
        List<double> callsMs = await CallAsync(daemon, abuse);
        string told = await abuse;

        long untilMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Eventually.Holds(() => HostFigures.Of(daemon.Pid) is var now && now.Files <= before.Files + KeptFilesMax && now.KiB <= before.KiB + KeptKiBMax,
            $"{attack}: not given back: before {before}, now {HostFigures.Of(daemon.Pid)}");
        long lateMs = await CheckFiresAsync(daemon, fromMs, untilMs);
        Assert.Equal("ok", await daemon.GetAsync("healthz"));
        Assert.DoesNotContain(daemon.Lines, line => line.Contains("Unhandled", StringComparison.Ordinal) || line.Contains("a fault of ours", StringComparison.Ordinal));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{attack}: {told}; {callsMs.Count} legal calls, p50 {At(callsMs, 0.5):0.0} ms, p99 {At(callsMs, 0.99):0.0} ms, worst {callsMs[^1]:0.0} ms; ")
            + $"fires at most {lateMs} ms late; {before} before, {HostFigures.Of(daemon.Pid)} after");
    }

    /// <summary>Until the abuse is over, one call after the other, as an operator's tool would.</summary>
    private static async Task<List<double>> CallAsync(DaemonProcess daemon, Task abuse)
    {
        var callsMs = new List<double>();
        do
        {
            long start = Stopwatch.GetTimestamp();
            Assert.Equal("tick", (string)(await daemon.JobAsync("tick"))["name"]!);
            callsMs.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        while (!abuse.IsCompleted);
        callsMs.Sort();
        return callsMs;
    }

    /// <summary>Each second in between has its task; returns how late the latest was.</summary>
    private static async Task<long> CheckFiresAsync(DaemonProcess daemon, long fromMs, long untilMs)
    {
        long lateMs = 0;
        for (long page = fromMs; page < untilMs; page += 600_000)
        {
            long end = Math.Min(page + 600_000, untilMs);
            string path = $"api/tasks.do?job=tick&token={DaemonProcess.AdminToken}&limit=1000&from={page}&to={end}";
            var rows = (await daemon.GetJsonAsync(path))["data"]!.AsArray().Select(row => ((long)row!["scheduledTime"]!, (long)row["fireTime"]!)).ToList();
            var scheduled = rows.Select(row => row.Item1).ToHashSet();
            Assert.Equal(rows.Count, scheduled.Count);
            for (long second = page / 1000 * 1000 + 1000; second < end - 2000; second += 1000)
                Assert.Contains(second, scheduled);
            lateMs = rows.Select(row => row.Item2 - row.Item1).Append(lateMs).Max();
        }
        return lateMs;
    }

    private static double At(List<double> sorted, double share) => sorted[(int)(share * (sorted.Count - 1))];

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : otherwise;
}
