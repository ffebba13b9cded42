using System.Globalization;
using Qschedd.Tests.Checker;
using Xunit.Abstractions;

namespace Qschedd.Tests.EndToEnd;

public class CrashTests(ITestOutputHelper output)
{
    private const int Jobs = 200;

    /// <summary>Rounds of kill -9; the long form is <c>make crash-rounds</c>.</summary>
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("QSCHEDD_CRASH_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 3;

    [Fact]
    public async Task KillMinus9_WhileManyJobsFire_KeepsEveryPromise()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        await using var daemon = new DaemonProcess();
        daemon.Write(Yaml(worker.Address), "  history: {keepPerJob: 1000000}");
        int seed = Environment.TickCount;
        var random = new Random(seed);
        var run = new CrashRun();
        await run.StartAsync(daemon);
        for (int round = 0; round < Rounds; round++)
        {
            int target = worker.Receipts.Count + random.Next(Jobs / 2, 3 * Jobs);
            await Eventually.Holds(() => worker.Receipts.Count >= target, $"no fires in round {round}, seed {seed}");
            await run.KillAsync(daemon);
            await run.StartAsync(daemon);
        }
        int last = worker.Receipts.Count + 3 * Jobs;
        await Eventually.Holds(() => worker.Receipts.Count >= last, $"no fires after the last round, seed {seed}");
        run.End(daemon);
        Assert.Equal(0, await daemon.TerminateAsync());
        var history = run.HistoryOf(daemon.DatabasePath, worker);
        Assert.Equal(Jobs, history.Rows.GroupBy(t => t.Job).Count());
        var broken = Judge.Judged(history);
        Assert.True(broken.Count == 0, $"seed {seed}, {broken.Count} promises are broken:\n{string.Join('\n', broken.Take(20))}");
        output.WriteLine($"crashes: {Rounds} kills, {worker.Receipts.Count} tasks received, none lost or doubled (seed {seed})");
    }

    private static string Yaml(string worker) => $"""
        apps:
          - name: demo
            id: 1
            token: {DaemonProcess.Token}
            workers: [{worker}]
            defaults: {'{'}overlap: allow{'}'}
            jobs:
        {string.Join('\n', Enumerable.Range(0, Jobs).Select(i => $"      - {'{'}name: job.{i}, cron: \"* * * * * ?\"{'}'}"))}
        """;
}
