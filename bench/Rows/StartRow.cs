using System.Diagnostics;
using System.Globalization;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>From nothing to the first answer, what it takes in memory, and a reload of one job.</summary>
internal static class StartRow
{
    public const string Title = "start with an empty database, jobs that rest";
    public const string MemoryPlot = "memory";

    /// <summary>A second start or a reload of a million jobs is that of so many, so many times over, and there is no time for it.</summary>
    private const int AgainMax = 100_000;

    private static readonly Size[] Sizes =
    [
        new(100, 0.06, null, null, SettleSeconds: 1),
        new(100_000, 1.2, 250, 120, SettleSeconds: 3),
        new(1_000_000, 15, null, 1200, SettleSeconds: 6, RepetitionsMax: 1),
    ];

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        var lines = new List<Line>();
        foreach (var size in run.Pick(Sizes, [new Size(1_000, null, null, null, 0)]))
        {
            var ours = await DaemonAsync(run, size);
            var quartz = await RepeatAsync(run, size, () => Child.MeasureAsync("schedule", "--jobs", $"{size.Jobs}"));
            run.Point(MemoryPlot, "qschedd", size.Jobs, ours.Median("settled"));
            run.Point(MemoryPlot, "Quartz", size.Jobs, quartz.Median("settled"));
            lines.AddRange(Lines(size, ours, quartz));
        }
        return lines;
    }

    private static IEnumerable<Line> Lines(Size size, Samples ours, Samples quartz)
    {
        string jobs = string.Create(CultureInfo.InvariantCulture, $"{size.Jobs:N0} jobs");
        Line Of(string what, string name, Unit unit, double? max) =>
            new(Title, $"{jobs}: {what}", ours.Median(name), unit, new Peer("Quartz", quartz.Median(name)))
            {
                Max = max,
                Note = Note(name, ours, quartz),
            };
        yield return Of("first answer", "start", new Unit("s", 3), size.StartMax);
        if (ours.Median("again") is { } again)
            yield return new Line(Title, $"{jobs}: first answer, its database being there", again, new Unit("s", 3))
            {
                Note = Note("again", ours, ours),
            };
        yield return Of("peak memory", "peak", Unit.Megabytes, size.PeakMax);
        yield return Of("settled memory", "settled", Unit.Megabytes, size.SettledMax);
        if (ours.Median("reload") is { } reload)
            yield return new Line(
                Title, $"{jobs}: one job changed, until it is in force (a whole file read again; Quartz: a call)", reload, Unit.Milliseconds,
                new Peer("Quartz", quartz.Median("reload")));
    }

    private static string? Note(string name, Samples ours, Samples quartz) =>
        Math.Min(ours.Count(name), quartz.Count(name)) < 5 ? $"repetitions: {ours.Count(name)} and {quartz.Count(name)}" : null;

    private static async Task<Samples> DaemonAsync(BenchRun run, Size size)
    {
        using var folder = new TempFolder();
        int port = FreePort.Take();
        var files = new JobFiles(folder.File("config"), port).Write(size.Jobs, Crons.Yearly);
        var samples = await RepeatAsync(run, size, () => StartAsync(run, files, size, port));
        if (size.Jobs <= AgainMax)
            await StartAgainAsync(run, files, port, samples);
        return samples;
    }

    private static async Task<Samples> StartAsync(BenchRun run, JobFiles files, Size size, int port)
    {
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(files.Folder)!))
            File.Delete(file);
        var samples = new Samples();
        using var daemon = DaemonHost.Start(run.Binary, files.Folder, port);
        samples.Add("start", daemon.StartSeconds);
        await Task.Delay(TimeSpan.FromSeconds(size.SettleSeconds));
        samples.Add("peak", daemon.Stat.PeakMb);
        samples.Add("settled", daemon.Stat.ResidentMb);
        return samples;
    }

    /// <summary>On the database that the last start has left; then reloads.</summary>
    private static async Task StartAgainAsync(BenchRun run, JobFiles files, int port, Samples samples)
    {
        for (int left = run.Repetitions; left > 0; left--)
        {
            using var again = DaemonHost.Start(run.Binary, files.Folder, port);
            samples.Add("again", again.StartSeconds);
        }
        using var daemon = DaemonHost.Start(run.Binary, files.Folder, port);
        for (int i = 0; i < run.Repetitions; i++)
            samples.Add("reload", await ReloadAsync(daemon, files, i));
    }

    private static async Task<double> ReloadAsync(DaemonHost daemon, JobFiles files, int round)
    {
        string file = JobFiles.AppFileOf(files.Folder, 0), cron = $"0 {round} 5 1 1 ?";
        string[] lines = await File.ReadAllLinesAsync(file);
        int index = Array.FindIndex(lines, line => line.Contains($"{{name: {JobFiles.NameOf(1)},", StringComparison.Ordinal));
        lines[index] = JobFiles.Job(1, cron).TrimEnd('\n');
        await File.WriteAllLinesAsync(file + ".new", lines);
        long start = Stopwatch.GetTimestamp();
        File.Move(file + ".new", file, overwrite: true);
        daemon.Reload();
        while (!(await daemon.JobAsync(1)).Contains(cron, StringComparison.Ordinal))
            await Task.Delay(TimeSpan.FromMilliseconds(1));
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static async Task<Samples> RepeatAsync(BenchRun run, Size size, Func<Task<Samples>> measure)
    {
        var samples = new Samples();
        for (int left = Math.Min(run.Repetitions, size.RepetitionsMax); left > 0; left--)
            samples.AddAll(await measure());
        return samples;
    }

    /// <param name="Jobs">That rest.</param>
    /// <param name="StartMax">Seconds; the goal, if there is one, as are the two that follow.</param>
    /// <param name="PeakMax">Megabytes.</param>
    /// <param name="SettledMax">Megabytes.</param>
    /// <param name="SettleSeconds">Until the rows of new jobs are saved and what that took is given back.</param>
    /// <param name="RepetitionsMax">A million jobs take their time: long enough to meet more than one spell of the machine.</param>
    private sealed record Size(
        int Jobs, double? StartMax, double? PeakMax, double? SettledMax, int SettleSeconds, int RepetitionsMax = int.MaxValue);
}
