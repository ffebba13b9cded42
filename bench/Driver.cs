using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Rows;
using Qschedd.Bench.Table;

namespace Qschedd.Bench;

/// <summary>
/// Measures row by row, each system in a process of its own, nothing at the same time unless the row says so, and writes the table.
/// </summary>
internal static class Driver
{
    private static readonly (string Name, Func<BenchRun, Task<IReadOnlyList<Line>>> Measure)[] Rows =
    [
        ("cron", CronRow.MeasureAsync),
        ("noop", NoopRow.MeasureAsync),
        ("durable", DurableRow.MeasureAsync),
        ("path", PathRow.MeasureAsync),
        ("api", ApiRow.MeasureAsync),
        ("start", StartRow.MeasureAsync),
        ("idle", IdleRow.MeasureAsync),
        ("lag", LagRow.MeasureAsync),
        ("history", HistoryRow.MeasureAsync),
    ];

    /// <summary><c>--binary FILE --sources DIR --out DIR [--quick] [--rows a,b]</c></summary>
    public static async Task<int> RunAsync(Options options)
    {
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, TidyUp);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, TidyUp);
        using var programs = new TempFolder();
        string sources = options.Text("sources");
        var run = new BenchRun(
            Path.GetFullPath(options.Text("binary")), options.Has("quick"),
            PeerBuilds.Robfig(sources, programs.Path), PeerBuilds.Nsleep(sources, programs.Path));
        long start = Stopwatch.GetTimestamp();
        var (lines, failures) = await MeasureAsync(run, options.Find("rows")?.Split(','));
        string report = Report(run, lines, failures, Stopwatch.GetElapsedTime(start));
        Console.WriteLine(report);
        Write(options.Text("out"), report, run);
        return failures.Count == 0 ? 0 : 1;
    }

    /// <summary>Whoever interrupts the benchmarks leaves nothing behind; the signal itself ends this process then.</summary>
    private static void TidyUp(PosixSignalContext signal)
    {
        Child.EndAll();
        TempFolder.DeleteAll();
    }

    private static async Task<(List<Line> Lines, List<string> Failures)> MeasureAsync(BenchRun run, string[]? wanted)
    {
        var lines = new List<Line>();
        var failures = new List<string>();
        foreach (var (name, measure) in Rows.Where(row => wanted is null || wanted.Contains(row.Name)))
        {
            long start = Stopwatch.GetTimestamp();
            try
            {
                lines.AddRange(await measure(run));
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // The edge of a row: the others are measured nevertheless, and the run fails in the end.
                failures.Add($"{name}: {fault.Message}");
            }
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            await Console.Error.WriteLineAsync(FormattableString.Invariant($"{name}: {seconds:F0} s"));
        }
        return (lines, failures);
    }

    private static string Report(BenchRun run, List<Line> lines, List<string> failures, TimeSpan took)
    {
        var text = new StringBuilder("# Benchmarks\n\n");
        text.Append(run.IsQuick
            ? "A quick run, which shows that the benchmarks work: tiny sizes, one repetition. **The figures mean nothing.**\n\n"
            : "Written by `make bench`. Each figure is a median of at least 5 repetitions unless it says otherwise; peers ran in the same run, "
              + "each in a process of its own. Ratio: qschedd divided by the peer. `bench/README.md` says what is measured and how.\n\n");
        foreach (var (what, value) in Host.Describe())
            text.Append(CultureInfo.InvariantCulture, $"- {what}: {value}\n");
        text.Append(CultureInfo.InvariantCulture, $"- took {took.TotalSeconds:F0} s\n\n").Append(Markdown.Table(lines));
        foreach (string failure in failures)
            text.Append(CultureInfo.InvariantCulture, $"\n**failed** {failure}\n");
        if (!run.IsQuick)
            text.Append("\n![lag by jobs](lag.svg)\n![memory by jobs](memory.svg)\n");
        return text.ToString();
    }

    private static void Write(string folder, string report, BenchRun run)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "RESULTS.md"), report);
        string lag = Plot.Svg("No-op fires: p99 of the lag", "jobs, all due each second", "ms", run.Curves(NoopRow.LagPlot));
        File.WriteAllText(Path.Combine(folder, "lag.svg"), lag);
        string memory = Plot.Svg("Settled memory", "jobs", "MB", run.Curves(StartRow.MemoryPlot));
        File.WriteAllText(Path.Combine(folder, "memory.svg"), memory);
    }
}
