using System.Globalization;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>The whole way of a task: due, on disk, posted to a worker, answered, its end on disk.</summary>
internal static class PathRow
{
    public const string Title = "whole path: fire, durable, HTTP POST, answer, durable (worker on the same machine)";

    private const int Connections = 64; // as many as qschedd has to one worker

    /// <summary>Of what the bare client does.</summary>
    private const double Goal = 0.6;

    /// <summary>
    /// A little more than the goal asks for: of what is not offered to the daemon it can do nothing, and of what is too much it has work
    /// as well, for each fire goes on record when it is due.
    /// </summary>
    private const double Offer = 0.65;

    private const int OfferedToQuartz = 10_000; // it leaves what it cannot do for later, at no cost

    // A spell of the machine, in which its speed is another, may be as long as a round: several of them, and short ones.
    private const int RoundsOfRow = 5;
    private const int SecondsOfRound = 3;
    private const int SecondsOfQuartz = 2;

    private const string EachSecond = "* * * * * ?";

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        using var worker = await WorkerHost.StartAsync();
        using var client = new WarmChild();
        using var quartz = new WarmChild();
        double warmRate = run.IsQuick ? 0 : await WarmUpAsync(client, quartz, worker);
        int seconds = run.Pick(SecondsOfRound, 1);
        var ofClient = new Samples(); // so far
        ofClient.Add("rate", warmRate);
        var offers = new Samples();
        int roundsOfQuartz = 0;
        var full = await Rounds.MeasureAsync(
            run.Pick(RoundsOfRow, 1),
            async () =>
            {
                var rates = await ClientAsync(client, worker, repetitions: seconds);
                ofClient.AddAll(rates);
                return rates;
            },
            () => ++roundsOfQuartz % 2 == 1
                ? QuartzAsync(quartz, worker, run.Pick(OfferedToQuartz, 100), warmUp: 2, run.Pick(SecondsOfQuartz, 1))
                : Task.FromResult(new Samples()), // it is far from its goal, and six seconds say so
            () =>
            {
                double offer = run.Pick(Offer * ofClient.Median("rate")!.Value, 100);
                offers.Add("rate", offer);
                return DaemonAsync(run, worker, (int)offer, seconds);
            });
        Samples[] atHalf = run.IsQuick
            ? full
            : [
                full[0],
                await QuartzAsync(quartz, worker, Half(full[1]), warmUp: 2, run.Repetitions),
                await DaemonAsync(run, worker, Half(full[2]), run.Repetitions),
            ];
        return Lines(full, atHalf, offers.Median("rate")!.Value);
    }

    /// <summary>The bare client until the JIT has no more to win, and the worker with it; then Quartz, whose code takes as long.</summary>
    /// <returns>What the client then does in a second.</returns>
    private static async Task<double> WarmUpAsync(WarmChild client, WarmChild quartz, WorkerHost worker)
    {
        double rate = await Rounds.SettleAsync(() => ClientAsync(client, worker, repetitions: 2));
        await QuartzAsync(quartz, worker, OfferedToQuartz, warmUp: 6, seconds: 1);
        return rate;
    }

    private static IReadOnlyList<Line> Lines(Samples[] full, Samples[] atHalf, double offered)
    {
        var lag = new Unit("ms", 1);
        return
        [
            new Line(
                Title, string.Create(CultureInfo.InvariantCulture, $"tasks, {offered:N0} being offered"), full[2].Median("rate"),
                Unit.PerSecond, new Peer("Quartz", full[1].Median("rate"), RatioMin: 5),
                new Peer("bare HttpClient", full[0].Median("rate"), RatioMin: Goal)),
            .. from name in new[] { "p50", "p99", "max" }
               select new Line(
                   Title, $"lag at half its own rate, all due at once: {name}", atHalf[2].Median(name), lag,
                   new Peer("Quartz", atHalf[1].Median(name))),
        ];
    }

    private static int Half(Samples full) => Math.Max(1, (int)(full.Median("rate")!.Value / 2));

    /// <param name="client">Of .NET, warm.</param>
    /// <param name="worker">Answers.</param>
    /// <param name="repetitions">Half a second each.</param>
    private static Task<Samples> ClientAsync(WarmChild client, WorkerHost worker, int repetitions) => client.MeasureAsync(
        "client", "--url", worker.Url, "--connections", $"{Connections}", "--repetitions", $"{repetitions}", "--lead", "300");

    private static async Task<Samples> DaemonAsync(BenchRun run, WorkerHost worker, int jobs, int seconds)
    {
        using var folder = new TempFolder();
        int port = FreePort.Take();
        var files = new JobFiles(folder.File("config"), port).Write(jobs, _ => EachSecond, worker.Address);
        using var daemon = DaemonHost.Start(run.Binary, files.Folder, port);
        // The rows of the jobs themselves, which are saved first, take part of the first seconds.
        return await worker.SecondsAsync(run.Pick(4, 2), seconds);
    }

    private static async Task<Samples> QuartzAsync(WarmChild quartz, WorkerHost worker, int jobs, int warmUp, int seconds)
    {
        using var folder = new TempFolder();
        return await quartz.MeasureAsync(
            "path", "--jobs", $"{jobs}", "--seconds", $"{seconds}", "--url", worker.Url, "--dir", folder.Path, "--warm-up", $"{warmUp}");
    }
}
