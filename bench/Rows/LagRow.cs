using System.Text.Json;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>
/// How late things happen, on a quiet machine and beside a loaded API: everything at the same time, so that all see the same machine.
/// </summary>
internal static class LagRow
{
    public const string Title = "firing lag";

    private const int Jobs = 100;

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        using var folder = new TempFolder();
        using var worker = await WorkerHost.StartAsync();
        int port = FreePort.Take();
        var files = new JobFiles(folder.File("config"), port).Write(Jobs, _ => "* * * * * ?", worker.Address);
        using var daemon = DaemonHost.Start(run.Binary, files.Folder, port);
        var quiet = await LinesAsync(run, daemon, worker, "quiet");
        using var load = Child.StartSelf(
            "load", "--port", $"{port}", "--path", $"/api/jobs/{JobFiles.NameOf(1)}.do?token={JobFiles.Token}", "--connections", "64",
            "--repetitions", "60");
        await Task.Delay(TimeSpan.FromSeconds(1));
        return [.. quiet, .. await LinesAsync(run, daemon, worker, "API loaded")];
    }

    private static async Task<IReadOnlyList<Line>> LinesAsync(BenchRun run, DaemonHost daemon, WorkerHost worker, string when)
    {
        int count = run.Pick(1_000, 50);
        long fromMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var alarming = Child.MeasureAsync("alarm", "--count", $"{count}");
        var sleeping = run.Nsleep is { } program ? Child.MeasureAsync(program, [$"{count}"]) : null;
        var atWorker = await worker.SecondsAsync(warmUp: 1, run.Pick(9, 1));
        var alarm = await alarming;
        var nsleep = sleeping is null ? null : await sleeping;
        var taken = await TakenUpAsync(daemon, fromMs);
        return
        [
            Wake("p50", null), Wake("p99", 3), Wake("max", null),
            new Line(Title, $"{when}: fire taken up by the daemon, {Jobs} jobs a second: p99", taken.P99, Unit.Milliseconds)
            {
                Note = "as on record, whole ms",
            },
            AtWorker("p50"), AtWorker("p99"),
        ];
        Line Wake(string name, double? ratioMax) => new(
            Title, $"{when}: the alarm's wake-up: {name}", alarm.Median(name), new Unit("ms", 3),
            new Peer("clock_nanosleep", nsleep?.Median(name), RatioMax: ratioMax));
        Line AtWorker(string name) => new(
            Title, $"{when}: at the worker, fsync and HTTP included, {Jobs} jobs at once: {name}", atWorker.Median(name), Unit.Milliseconds);
    }

    /// <summary>What the daemon itself has on record of the last seconds.</summary>
    private static async Task<LagFigures> TakenUpAsync(DaemonHost daemon, long fromMs)
    {
        var meter = new LagMeter();
        for (int number = 1; number <= Jobs; number++)
        {
            string answer = await daemon.Http.GetStringAsync(
                $"api/tasks.do?job={JobFiles.NameOf(number)}&token={JobFiles.Token}&from={fromMs}&limit=100");
            using var json = JsonDocument.Parse(answer);
            foreach (var task in json.RootElement.GetProperty("data").EnumerateArray())
                meter.Record((task.GetProperty("fireTime").GetInt64() - task.GetProperty("scheduledTime").GetInt64()) * 1000);
        }
        return meter.Take();
    }
}
