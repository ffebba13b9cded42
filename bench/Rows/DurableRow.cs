using System.Globalization;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>Fires that are on disk (fsync) before their body runs.</summary>
internal static class DurableRow
{
    public const string Title = "durable fires, no-op body, SQLite with fsync";

    /// <summary>Quartz would take minutes for a burst of ours.</summary>
    private const int Scale = 100;

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        var ours = await SustainedAsync("qschedd", run.Pick(100_000, 2_000), run);
        var quartz = await SustainedAsync("quartz", run.Pick(5_000, 200), run);
        int jobs = run.Pick(100_000, 1_000), fewer = jobs / Scale;
        double? burst = await BurstAsync("qschedd", jobs, run.Pick("3", "1"), run);
        double? theirs = await BurstAsync("quartz", fewer, run.Pick("2", "1"), run);
        return
        [
            new Line(
                Title, "fires, sustained", ours.Median("rate"), Unit.PerSecond, new Peer("Quartz", quartz.Median("rate"), RatioMin: 30)),
            new Line(Title, "records, sustained", ours.Median("records"), Unit.PerSecond)
            {
                Min = 50_000,
                Note = "starts, ends and rows of jobs",
            },
            new Line(
                Title, string.Create(CultureInfo.InvariantCulture, $"{jobs:N0} fires in one second, until all are durable"), burst,
                Unit.Milliseconds, new Peer("Quartz", theirs * Scale))
            {
                Note = string.Create(CultureInfo.InvariantCulture, $"Quartz: {fewer:N0} fires, times {Scale}"),
            },
        ];
    }

    private static async Task<Samples> SustainedAsync(string system, int jobs, BenchRun run)
    {
        using var folder = new TempFolder();
        return await Child.MeasureAsync(
            "durable", "--system", system, "--jobs", $"{jobs}", "--repetitions", $"{run.Repetitions}", "--dir", folder.Path,
            "--warm-up", run.Pick("3", "1"));
    }

    private static async Task<double?> BurstAsync(string system, int jobs, string everySeconds, BenchRun run)
    {
        using var folder = new TempFolder();
        var samples = await Child.MeasureAsync(
            "burst", "--system", system, "--jobs", $"{jobs}", "--rounds", $"{run.Repetitions}", "--every", everySeconds,
            "--dir", folder.Path);
        return samples.Median("took");
    }
}
