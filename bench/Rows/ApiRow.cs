using System.Globalization;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>What the HTTP interface answers, beside Kestrel with nothing behind it.</summary>
internal static class ApiRow
{
    public const string Title = "API, requests a second (load on the same machine)";

    private const string Check = "/api/check/127.0.0.1.do";
    private const string Job = "/api/jobs/bench.job1.do?token=" + JobFiles.Token;
    private const string TriggerBody = $$"""{"job":"bench.job1","token":"{{JobFiles.Token}}"}""";

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        int many = run.Pick(100_000, 1_000);
        var (constant, constantAlone) = await ConstantAsync(run);
        var few = await DaemonAsync(run, 100, async port => new[]
        {
            await LoadAsync(run, port, Job, 64),
            await LoadAsync(run, port, Check, 64),
            await LoadAsync(run, port, "/api/tasks.do", 64, TriggerBody),
            await LoadAsync(run, port, Job, 1),
            await LoadAsync(run, port, Check, 1),
            await LoadAsync(run, port, "/api/tasks.do", 1, TriggerBody),
        });
        var checkOfMany = await DaemonAsync(run, many, port => LoadAsync(run, port, Check, 64));
        string manyText = string.Create(CultureInfo.InvariantCulture, $"{many:N0}");
        return
        [
            Rate("GET jobs/NAME.do", few[0], constant, 0.7),
            Rate("GET check/IP.do", few[1], constant, 0.7),
            new Line(
                Title, $"GET check/IP.do with {manyText} jobs", checkOfMany.Median("rate"), Unit.PerSecond,
                new Peer("itself with 100 jobs", few[1].Median("rate"), RatioMin: 0.8)),
            Rate("POST tasks.do, durable, and sent to a worker", few[2], constant, 0.25),
            Alone("GET jobs/NAME.do", few[3], constantAlone),
            Alone("GET check/IP.do", few[4], constantAlone),
            Alone("POST tasks.do", few[5], constantAlone),
        ];
    }

    private static Line Rate(string work, Samples ours, Samples constant, double ratioMin) => new(
        Title, $"{work}, 64 connections", ours.Median("rate"), Unit.PerSecond,
        new Peer("bare Kestrel", constant.Median("rate"), RatioMin: ratioMin));

    private static Line Alone(string work, Samples ours, Samples constant) => new(
        Title, $"{work}, one connection: p99", ours.Median("p99"), Unit.Milliseconds,
        new Peer("bare Kestrel", constant.Median("p99")));

    private static async Task<(Samples, Samples)> ConstantAsync(BenchRun run)
    {
        int port = FreePort.Take();
        using var server = await WorkerHost.StartServerAsync("constant", port);
        return (await LoadAsync(run, port, "/", 64), await LoadAsync(run, port, "/", 1));
    }

    private static async Task<T> DaemonAsync<T>(BenchRun run, int jobs, Func<int, Task<T>> measure)
    {
        using var folder = new TempFolder();
        using var worker = await WorkerHost.StartAsync();
        int port = FreePort.Take();
        var files = new JobFiles(folder.File("config"), port)
            .Write(jobs, number => number == 1 ? "" : Crons.Yearly(number), worker.Address);
        using var daemon = DaemonHost.Start(run.Binary, files.Folder, port);
        await daemon.RestAsync(); // what is asked for is measured, not the start
        return await measure(port);
    }

    private static Task<Samples> LoadAsync(BenchRun run, int port, string path, int connections, string? body = null) => Child.MeasureAsync(
    [
        "load", "--port", $"{port}", "--path", path, "--connections", $"{connections}", "--repetitions", $"{run.Repetitions}", "--warm-up", run.Pick("1", "0"),
        .. body is null ? Array.Empty<string>() : ["--body", body],
    ]);
}
