using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary>A daemon that stands still for a while, as a suspended host or a stopped process does, and goes on.</summary>
[Trait("form", "torture")]
public class SuspendTests
{
    private const int SigStop = 19, SigCont = 18;
    private const int ThresholdMs = 1_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Many at once in the long form: each stands still for as long as a lid is closed.</summary>
    [Fact]
    public Task MissedFires_AreMadeUpForAsTheJobSays_AndEachIsAccountedFor_WhenItGoesOn() =>
        Task.WhenAll(Enumerable.Range(0, Torture.Rounds(1, 20)).Select(_ => StandStillAsync(TimeSpan.FromSeconds(Torture.Rounds(6, 90)))));

    private static async Task StandStillAsync(TimeSpan length)
    {
        await using var worker = await ReceiptWorker.StartAsync();
        await using var daemon = new DaemonProcess();
        daemon.Write(Apps(worker), "  misfireThreshold: 1s");
        await daemon.StartAsync("--log-level", "error");
        await Eventually.Holds(() => Times(worker, "discards").Count > 2 && Times(worker, "retries").Count > 2, "nothing fires");

        daemon.Signal(SigStop);
        long stopped = Now();
        await Eventually.Holds(() => Task.FromResult(Now() > stopped + length.TotalMilliseconds), Patience, () => "no time passes");
        daemon.Signal(SigCont);
        long woken = Now();
        await Eventually.Holds(() => Times(worker, "discards").Exists(t => t > woken + 2_000) && Times(worker, "retries").Exists(t => t > woken + 2_000), "nothing fires after it");

        int late = 2 * ThresholdMs / 1_000; // at most that many are not later than the threshold allows
        await AssertAccountedForAsync(daemon, worker, "discards", (stopped + 1_000, woken), atMost: late);
        await AssertAccountedForAsync(daemon, worker, "retries", (stopped + 1_000, woken), atMost: late + 1);
    }

    /// <summary>Each second has its run or is counted as missed, none twice, and no more than a few of those that passed meanwhile run.</summary>
    private static async Task AssertAccountedForAsync(DaemonProcess daemon, ReceiptWorker worker, string job, (long From, long To) still, int atMost)
    {
        JsonNode why = await daemon.GetJsonAsync($"api/jobs/{job}/why.do?token={DaemonProcess.Token}");
        var missed = why["data"]!["skips"]!.AsArray().Where(skip => (string)skip!["reason"]! == "misfire").Sum(skip => (long)skip!["count"]!);
        long first = Times(worker, job).Min(), last = (still.To + 2_000) / 1_000 * 1_000;
        // On a busy machine one may overtake another by a second or more.
        await Eventually.Holds(
            () => Task.FromResult(Runs().Count + missed >= (last - first) / 1_000 + 1), Patience,
            () => $"{job}: {missed} missed from {first} to {last}, still {still}, received {string.Join(' ', Runs())}");
        var runs = Runs();
        Assert.Equal((last - first) / 1_000 + 1, runs.Count + missed);
        Assert.Equal(runs.Count, runs.Distinct().Count());
        Assert.InRange(runs.Count(t => t > still.From && t < still.To), 0, atMost);
        Assert.True(missed > 0);

        List<long> Runs() => Times(worker, job).FindAll(t => t <= last);
    }

    /// <summary>Of each task; one in doubt is sent again, as the same task, where the job says so.</summary>
    private static List<long> Times(ReceiptWorker worker, string job)
    {
        IEnumerable<JsonNode> receipts = Receipts(worker, job);
        if (job == "retries")
            receipts = receipts.DistinctBy(r => (string)r["taskId"]!);
        return [.. receipts.Select(r => (long)r["scheduledTime"]!)];
    }

    private static List<JsonNode> Receipts(ReceiptWorker worker, string job) => [.. worker.Receipts.Where(r => (string)r["job"]! == job)];

    private static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    private static string Apps(ReceiptWorker worker) => $$"""
        apps:
          - name: demo
            id: 1
            token: {{DaemonProcess.Token}}
            workers: ["{{worker.Address}}"]
            defaults: {overlap: allow}
            jobs:
              - {name: discards, cron: "* * * * * ?", recover: discard}
              - {name: retries, cron: "* * * * * ?", recover: retry}
        """;
}
