using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>The whole way of a task: due, on disk, posted to a worker, answered, its end on disk.</summary>
internal static class PathRow
{
    public const string Title = "whole path: fire, durable, HTTP POST, answer, durable (worker on the same machine)";

    private const int Connections = 64; // as many as qschedd has to one worker
    private const string EachSecond = "* * * * * ?";

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        using var worker = await WorkerHost.StartAsync();
        string url = $"http://{worker.Address}/qschedule/run";
        var client = await Child.MeasureAsync(
            "client", "--url", url, "--connections", $"{Connections}", "--repetitions", $"{run.Repetitions}");
        var ours = await DaemonAsync(run, worker, run.Pick(40_000, 100));
        var quartz = await QuartzAsync(run, url, run.Pick(10_000, 100));
        var oursAtHalf = run.IsQuick ? ours : await DaemonAsync(run, worker, Half(ours));
        var quartzAtHalf = run.IsQuick ? quartz : await QuartzAsync(run, url, Half(quartz));
        var lag = new Unit("ms", 1);
        return
        [
            new Line(
                Title, "tasks", ours.Median("rate"), Unit.PerSecond, new Peer("Quartz", quartz.Median("rate"), RatioMin: 5),
                new Peer("bare HttpClient", client.Median("rate"), RatioMin: 0.6)),
            .. from name in new[] { "p50", "p99", "max" }
               select new Line(
                   Title, $"lag at half its own rate, all due at once: {name}", oursAtHalf.Median(name), lag,
                   new Peer("Quartz", quartzAtHalf.Median(name))),
        ];
    }

    private static int Half(Samples full) => Math.Max(1, (int)(full.Median("rate")!.Value / 2));

    private static async Task<Samples> DaemonAsync(BenchRun run, WorkerHost worker, int jobs)
    {
        using var folder = new TempFolder();
        int port = FreePort.Take();
        var files = new JobFiles(folder.File("config"), port).Write(jobs, _ => EachSecond, worker.Address);
        using var daemon = DaemonHost.Start(run.Binary, files.Folder, port);
        return await worker.SecondsAsync(run.Pick(3, 2), run.Repetitions);
    }

    private static async Task<Samples> QuartzAsync(BenchRun run, string url, int jobs)
    {
        using var folder = new TempFolder();
        return await Child.MeasureAsync(
            "path", "--jobs", $"{jobs}", "--seconds", $"{run.Repetitions}", "--url", url, "--dir", folder.Path,
            "--warm-up", run.Pick("3", "1"));
    }
}
