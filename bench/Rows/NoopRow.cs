using System.Globalization;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>Jobs that do nothing, all due each second, nothing kept: what firing itself costs.</summary>
internal static class NoopRow
{
    public const string Title = "no-op fires, all due each second, in memory";
    public const string LagPlot = "lag";

    private const int JobsOfGoals = 50_000;

    private static readonly (string Name, string What, Unit Unit)[] Figures =
    [
        ("rate", "fires", Unit.PerSecond), ("p50", "lag p50", Unit.Milliseconds), ("p99", "lag p99", Unit.Milliseconds),
        ("max", "lag max", Unit.Milliseconds), ("cpu", "of one core", Unit.Percent), ("rss", "memory", Unit.Megabytes),
    ];

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        var lines = new List<Line>();
        foreach (int jobs in run.Pick<int[]>([10_000, JobsOfGoals, 200_000], [1_000]))
        {
            var ours = await EngineAsync("qschedd", jobs, run);
            var quartz = await QuartzAsync(jobs, run);
            var robfig = await RobfigAsync(jobs, run);
            run.Point(LagPlot, "qschedd", jobs, ours.Median("p99"));
            run.Point(LagPlot, "Quartz", jobs, quartz.Median("p99"));
            run.Point(LagPlot, "robfig/cron", jobs, robfig?.Median("p99"));
            lines.AddRange(Figures.Select(figure => LineOf(figure.Name, figure.What, figure.Unit, jobs, ours, quartz, robfig)));
        }
        return lines;
    }

    private static Task<Samples> EngineAsync(string system, int jobs, BenchRun run, params string[] more) => Child.MeasureAsync(
        ["noop", "--system", system, "--jobs", $"{jobs}", "--seconds", $"{run.Repetitions}", "--warm-up", run.Pick("4", "1"), .. more]);

    /// <summary>With its defaults, and where it counts also with many threads and large batches: the better of the two.</summary>
    private static async Task<Samples> QuartzAsync(int jobs, BenchRun run)
    {
        var defaults = await EngineAsync("quartz", jobs, run);
        if (run.IsQuick || jobs < JobsOfGoals)
            return defaults;
        var tuned = await EngineAsync("quartz", jobs, run, "--threads", "1000");
        return tuned.Median("p99") < defaults.Median("p99") ? tuned : defaults;
    }

    private static async Task<Samples?> RobfigAsync(int jobs, BenchRun run) =>
        run.Robfig is { } program ? await Child.MeasureAsync(program, [$"{jobs}", $"{run.Repetitions}"]) : null;

    private static Line LineOf(string name, string what, Unit unit, int jobs, Samples ours, Samples quartz, Samples? robfig)
    {
        bool isLag = name == "p99" && jobs == JobsOfGoals, isCpu = name == "cpu" && jobs == JobsOfGoals;
        return new Line(
            Title, string.Create(CultureInfo.InvariantCulture, $"{jobs:N0} jobs: {what}"), ours.Median(name), unit,
            new Peer("Quartz", quartz.Median(name), RatioMax: isLag ? 1.0 / 20 : isCpu ? 1.0 / 10 : null),
            new Peer("robfig", robfig?.Median(name), RatioMax: isLag ? 1.0 / 5 : null));
    }
}
