using System.Globalization;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>
/// What the HTTP interface answers, beside Kestrel with nothing behind it. All are there the whole time and are asked in turn, half a
/// second each, round by round: who is not asked rests.
/// </summary>
internal static class ApiRow
{
    public const string Title = "API, requests a second (load on the same machine)";

    private const int RoundsOfEach = 5;

    /// <summary>Of what is compared with Kestrel: half a second is short on a machine whose speed changes.</summary>
    private const int RoundsOfRates = 7;

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        int constantPort = FreePort.Take(), many = run.Pick(100_000, 1_000);
        using var folder = new TempFolder();
        using var constant = await WorkerHost.StartServerAsync("constant", constantPort);
        using var worker = await WorkerHost.StartAsync();
        using var ofFew = Start(run, folder.File("few"), 100, worker);
        using var ofMany = Start(run, folder.File("many"), many, worker);
        await Task.WhenAll(ofFew.RestAsync(), ofMany.RestAsync()); // what is asked for is measured, not the start
        using var load = new WarmChild();
        var cases = new ApiCases(constantPort, ofFew.Port, ofMany.Port, worker.Port);
        if (!run.IsQuick)
            await WarmUpAsync(cases, load, ofFew, worker);
        for (int round = 0; round < run.Pick(RoundsOfRates, 1); round++)
            foreach (var one in Rounds.Mixed(round < RoundsOfEach ? cases.Measured : cases.Rates, round))
                one.Samples.AddAll(await AskAsync(one, load, ofFew, worker));
        return Lines(cases, many);
    }

    private static DaemonHost Start(BenchRun run, string folder, int jobs, WorkerHost worker)
    {
        int port = FreePort.Take();
        var files = new JobFiles(Path.Combine(folder, "config"), port)
            .Write(jobs, number => number == 1 ? "" : Crons.Yearly(number), worker.Address);
        files.WriteHeld(worker.Address);
        return DaemonHost.Start(run.Binary, files.Folder, port);
    }

    /// <summary>Until the JIT has nothing more to win: in the worker, the load generator and bare Kestrel.</summary>
    private static async Task WarmUpAsync(ApiCases cases, WarmChild load, DaemonHost triggered, WorkerHost worker)
    {
        foreach (var one in cases.Warming)
            await Rounds.SettleAsync(() => AskAsync(one, load, triggered, worker));
        foreach (var one in cases.Measured.Except(cases.Warming))
            await AskAsync(one, load, triggered, worker);
    }

    /// <summary>
    /// The tasks that it triggers end before another is asked, which they would disturb; while the API is measured alone they wait.
    /// </summary>
    private static async Task<Samples> AskAsync(ApiCase one, WarmChild load, DaemonHost triggered, WorkerHost worker)
    {
        await worker.HoldAsync();
        var samples = await one.AskAsync(load, repetitions: 1);
        await worker.ReleaseAsync();
        await triggered.FinishAsync();
        return samples;
    }

    private static IReadOnlyList<Line> Lines(ApiCases cases, int many) =>
    [
        Rate("GET jobs/NAME.do", cases.Job, cases, 0.7),
        Rate("GET check/IP.do", cases.Check, cases, 0.7),
        new Line(
            Title, string.Create(CultureInfo.InvariantCulture, $"GET check/IP.do with {many:N0} jobs"),
            cases.CheckOfMany.Samples.Median("rate"), Unit.PerSecond,
            new Peer("itself with 100 jobs", cases.Check.Samples.Median("rate"), RatioMin: 0.8)),
        Rate("POST tasks.do, durable, its worker being busy", cases.TriggerHeld, cases, 0.25),
        Rate("POST tasks.do, durable, and sent at once", cases.Trigger, cases, ratioMin: null),
        Alone("GET jobs/NAME.do", cases.JobAlone, cases),
        Alone("GET check/IP.do", cases.CheckAlone, cases),
        Alone("POST tasks.do", cases.TriggerAlone, cases),
    ];

    private static Line Rate(string work, ApiCase ours, ApiCases cases, double? ratioMin) => new(
        Title, $"{work}, 64 connections", ours.Samples.Median("rate"), Unit.PerSecond,
        new Peer("bare Kestrel", cases.Constant.Samples.Median("rate"), RatioMin: ratioMin));

    private static Line Alone(string work, ApiCase ours, ApiCases cases) => new(
        Title, $"{work}, one connection: p99", ours.Samples.Median("p99"), Unit.Milliseconds,
        new Peer("bare Kestrel", cases.ConstantAlone.Samples.Median("p99")));
}
