using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary><c>check</c> and <c>workers/state.do</c> through kill -9 of the daemon.</summary>
public class DrainTests
{
    private const int Rounds = 3;
    private const int JobsARound = 10;
    private const int Jobs = Rounds * JobsARound;

    [Fact]
    public async Task FirstAnswerOfCheck_AfterKillMinus9_ShowsEveryTaskThatReachedTheHost()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        var held = new ConcurrentBag<TaskCompletionSource>();
        worker.Answer = (_, _) =>
        {
            var forever = new TaskCompletionSource();
            held.Add(forever);
            return forever.Task;
        };
        await using var daemon = new DaemonProcess();
        daemon.Write(Yaml(worker.Address, cron: ""), "  answerTimeout: 10m");
        await daemon.StartAsync();
        var arrived = new HashSet<string>();
        for (int round = 0; round < Rounds; round++)
        {
            // The daemon dies in the middle of recording and sending them; nothing fires by itself.
            int wanted = worker.Receipts.Count + 1 + (round * 3);
            var started = Enumerable.Range(round * JobsARound, JobsARound).Select(i => TryStartAsync(daemon, $"job.{i}")).ToArray();
            await Eventually.Holds(() => worker.Receipts.Count >= wanted, $"no task in round {round}");
            await daemon.KillAsync();
            await Task.WhenAll(started);
            arrived.UnionWith(worker.Receipts.Select(r => (string)r["job"]!));
            var ready = daemon.StartAsync();
            string host = round % 2 == 0 ? "127.0.0.1" : "l-pay7.dev.cn6"; // its address, or its name's leading labels
            var shown = (await FirstAnswerAsync(daemon, $"api/check/{host}.do"))["data"]!.AsArray().Select(j => (string)j!["name"]!);
            Assert.Empty(arrived.Except(shown));
            await ready;
        }
        foreach (var answer in held)
            answer.SetResult();
    }

    [Fact]
    public async Task Offline_HoldsThroughKillMinus9_AndRegistrationsToo()
    {
        await using var first = await ReceiptWorker.StartAsync();
        await using var second = await ReceiptWorker.StartAsync();
        await using var daemon = new DaemonProcess(Yaml(worker: "", cron: "* * * * * ?"));
        await daemon.StartAsync();
        foreach (var worker in (ReceiptWorker[])[first, second])
            Assert.Equal(Done, await daemon.PostAsync(
                "api/workers/register.do", new { address = worker.Address, hostname = "w", app = "demo", token = DaemonProcess.Token }));
        for (int i = 0; i < Jobs; i++)
            Assert.Equal(Done, await daemon.PostAsync("api/workers/state.do", new JsonObject
            {
                ["jobName"] = $"job.{i}",
                ["workers"] = new JsonObject { [first.Address] = false },
                ["token"] = DaemonProcess.Token,
            }));
        long offlineMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await daemon.KillAsync();
        await daemon.StartAsync();
        int target = second.Receipts.Count + (2 * Jobs);
        await Eventually.Holds(() => second.Receipts.Count >= target, "the online worker gets nothing");
        Assert.DoesNotContain(first.Receipts, r => (long)r["fireTime"]! > offlineMs);
        var shown = (await daemon.GetJsonAsync($"api/workers/job.0.do?token={DaemonProcess.Token}"))["data"]!.AsArray();
        Assert.Equal(
            new[] { (first.Address, false), (second.Address, true) }.OrderBy(w => w.Address, StringComparer.Ordinal),
            shown.Select(w => ((string)w!["address"]!, (bool)w["canSchedule"]!)));
    }

    private const string Done = """{"message":"操作成功","ret":true}""";

    /// <summary>As soon as anything listens: nobody waits for readyz here.</summary>
    private static async Task<JsonNode> FirstAnswerAsync(DaemonProcess daemon, string path)
    {
        JsonNode? first = null;
        await Eventually.Holds(async () => (first = await TryAsync(daemon, path)) is not null, TimeSpan.FromSeconds(60), () => "no answer");
        return first!;
    }

    private static async Task<JsonNode?> TryAsync(DaemonProcess daemon, string path)
    {
        try
        {
            return await daemon.GetJsonAsync(path);
        }
        catch (HttpRequestException error) when (error.StatusCode is null)
        {
            return null; // nobody listens yet
        }
    }

    private static async Task TryStartAsync(DaemonProcess daemon, string job)
    {
        try
        {
            await daemon.PostAsync("api/tasks.do", new { job, token = DaemonProcess.Token });
        }
        catch (HttpRequestException)
        {
            // The daemon was killed before it answered: its record may be there or not, and both are well.
        }
    }

    private static string Yaml(string worker, string cron) => $$"""
        apps:
          - name: demo
            id: 1
            token: {{DaemonProcess.Token}}
            workers: [{{(worker.Length == 0 ? "" : $"{{address: \"{worker}\", hostname: l-pay7.dev.cn6.qunar.com}}")}}]
            defaults: {overlap: allow}
            jobs:
        {{string.Join('\n', Enumerable.Range(0, Jobs).Select(i => $"      - {{name: job.{i}{(cron.Length == 0 ? "" : $", cron: \"{cron}\"")}}}"))}}
        """;
}
