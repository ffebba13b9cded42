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
    private const int SecondsOfRound = 3;
    private const int JobsOfWarmUp = 10_000;
    private const int SecondsOfWarmUp = 8;

    private static readonly (string Name, string What, Unit Unit)[] Figures =
    [
        ("rate", "fires", Unit.PerSecond), ("p50", "lag p50", Unit.Milliseconds), ("p99", "lag p99", Unit.Milliseconds),
        ("max", "lag max", Unit.Milliseconds), ("cpu", "of one core", Unit.Percent), ("rss", "memory", Unit.Megabytes),
    ];

    /// <summary>
    /// As built into the binary; Quartz has it too. Half of its looks for work (300), as the JIT's runtime is said to double them.
    /// </summary>
    private static readonly Dictionary<string, string> SettingsOfTheDaemon = new()
    {
        ["DOTNET_GCgen0size"] = "0x2000000",
        ["DOTNET_ThreadPool_UnfairSemaphoreSpinLimit"] = "0x96",
    };

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        using var engine = new WarmChild(SettingsOfTheDaemon);
        using var quartz = new WarmChild(SettingsOfTheDaemon);
        if (!run.IsQuick)
            await Task.WhenAll(WarmUpAsync(engine, "qschedd"), WarmUpAsync(quartz, "quartz"));
        var lines = new List<Line>();
        foreach (int jobs in run.Pick<int[]>([10_000, JobsOfGoals, 200_000], [1_000]))
        {
            var fires = await MeasureAsync(run, jobs, engine, quartz);
            run.Point(LagPlot, "qschedd", jobs, fires.Ours.Median("p99"));
            run.Point(LagPlot, "Quartz", jobs, fires.Quartz.Median("p99"));
            run.Point(LagPlot, "robfig/cron", jobs, fires.Robfig.Median("p99"));
            lines.AddRange(Figures.Select(figure => LineOf(figure.Name, figure.What, figure.Unit, jobs, fires)));
        }
        return lines;
    }

    /// <summary>Until the JIT has no more to win: what it compiles meanwhile takes one of two processors.</summary>
    private static Task WarmUpAsync(WarmChild child, string system) =>
        child.MeasureAsync("noop", "--system", system, "--jobs", $"{JobsOfWarmUp}", "--seconds", "1", "--warm-up", $"{SecondsOfWarmUp}");

    /// <summary>
    /// Where goals depend on it, in three rounds, and in the first Quartz also with many threads and large batches: the better of that and its
    /// defaults is in the others as well.
    /// </summary>
    private static async Task<Fires> MeasureAsync(BenchRun run, int jobs, WarmChild engine, WarmChild quartz)
    {
        bool hasGoals = jobs == JobsOfGoals;
        int seconds = hasGoals ? SecondsOfRound : run.Repetitions;
        string[] arguments = ["--jobs", $"{jobs}", "--seconds", $"{seconds}", "--warm-up", run.Pick("2", "1")];
        Func<Task<Samples>>[] systems =
        [
            () => engine.MeasureAsync(["noop", "--system", "qschedd", .. arguments]),
            () => quartz.MeasureAsync(["noop", "--system", "quartz", .. arguments]),
            () => hasGoals ? quartz.MeasureAsync(["noop", "--system", "quartz", "--threads", "1000", .. arguments]) : NotThereAsync(),
            () => run.Robfig is { } program ? Child.MeasureAsync(program, [$"{jobs}", $"{seconds}"]) : NotThereAsync(),
        ];
        var samples = await Rounds.MeasureAsync(1, systems);
        int better = samples[2].Median("p99") < samples[1].Median("p99") ? 2 : 1;
        foreach (int i in hasGoals ? [3, better, 0, better, 3, 0] : Array.Empty<int>())
            samples[i].AddAll(await systems[i]());
        return new Fires(samples[0], samples[better], samples[3]);
    }

    private static Task<Samples> NotThereAsync() => Task.FromResult(new Samples());

    private static Line LineOf(string name, string what, Unit unit, int jobs, Fires fires)
    {
        bool isLag = name == "p99" && jobs == JobsOfGoals, isCpu = name == "cpu" && jobs == JobsOfGoals;
        return new Line(
            Title, string.Create(CultureInfo.InvariantCulture, $"{jobs:N0} jobs: {what}"), fires.Ours.Median(name), unit,
            new Peer("Quartz", fires.Quartz.Median(name), RatioMax: isLag ? 1.0 / 20 : isCpu ? 1.0 / 10 : null),
            new Peer("robfig", fires.Robfig.Median(name), RatioMax: isLag ? 1.0 / 5 : null));
    }

    private sealed record Fires(Samples Ours, Samples Quartz, Samples Robfig);
}
