using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace Qschedd.Tests.EndToEnd;

/// <summary>More than the daemon can do: each thing has a stated end, memory stays bounded, and afterwards all is as before.</summary>
[Trait("form", "torture")]
public class OverloadTests(ITestOutputHelper output)
{
    /// <summary>A small host gives it so much (<c>MemoryMax=512M</c>).</summary>
    private const int MemoryMaxMb = 512;

    private const string Probe = "probe";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(Torture.IsOn ? 300 : 90);

    private readonly ConcurrentDictionary<long, double> _probeLateMs = new();

    public static TheoryData<int, int> Bursts() => Torture.IsOn ? new() { { 10_000, 12 }, { 100_000, 40 } } : new() { { 10_000, 12 } };

    [Theory]
    [MemberData(nameof(Bursts))]
    public async Task ManyFiresInOneSecond_AllRunOnce_WithinTheMemory(int jobs, int leadSeconds)
    {
        await using var worker = await ReceiptWorker.StartAsync();
        worker.Answer = AnswerAndNoteProbe;
        await using var daemon = new DaemonProcess();
        var due = DateTimeOffset.UtcNow.ToOffset(TimeSpan.FromHours(8)).AddSeconds(leadSeconds);
        string cron = due.ToString("s m H d M '?' yyyy", CultureInfo.InvariantCulture);
        daemon.Write(Apps(worker, "random", Enumerable.Range(0, jobs).Select(i => $"{{name: job.{i}, cron: \"{cron}\"}}")));
        await daemon.StartAsync("--log-level", "error");
        Assert.True(DateTimeOffset.UtcNow < due, $"{jobs} jobs were not read within {leadSeconds} s: a larger lead is needed here");
        await Eventually.Holds(() => Task.FromResult(worker.Receipts.Count(r => (string)r["job"]! != Probe) >= jobs), Patience, () => "fires are missing");
        double lastMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (double)(due.ToUnixTimeMilliseconds() / 1000 * 1000);
        Assert.Equal(jobs, worker.Receipts.Where(r => (string)r["job"]! != Probe).Select(r => (string)r["taskId"]!).Distinct().Count());
        Assert.Equal(jobs, worker.Receipts.Count(r => (string)r["job"]! != Probe));
        await AssertProbeGoesOnAsync(daemon, $"{jobs} due in one second: the last reached its worker {lastMs:0} ms after it");
    }

    [Fact]
    public async Task WorkerThatDoesNotKeepUp_HoldsUpNoOther_AndEachTaskHasItsEnd()
    {
        int jobs = Torture.Rounds(200, 2_000), seconds = Torture.Rounds(4, 30);
        await using var slow = await ReceiptWorker.StartAsync("t-slow");
        await using var quick = await ReceiptWorker.StartAsync();
        quick.Answer = AnswerAndNoteProbe;
        var release = new TaskCompletionSource();
        slow.Answer = async (_, context) =>
        {
            await release.Task;
            await ReceiptWorker.Reply(context, 200, """{"state":300}""");
        };
        await using var daemon = new DaemonProcess();
        daemon.Write($$"""
            {{Apps(quick, "first", [])}}
              - name: slow
                id: 2
                token: t-slow
                workers: ["{{slow.Address}}"]
                defaults: {overlap: allow}
                jobs:
            {{string.Join('\n', Enumerable.Range(0, jobs).Select(i => $"      - {{name: slow.{i}, cron: \"* * * * * ?\"}}"))}}
            """, "  answerTimeout: 300s");
        await daemon.StartAsync("--log-level", "error");
        await Eventually.Holds(() => _probeLateMs.Count >= seconds, "the probe does not fire beside the slow worker");
        Assert.InRange(slow.Receipts.Count, 1, 64);
        Assert.Contains("true", await daemon.PostAsync(
            "api/jobs/off.do", new { jobs = Enumerable.Range(0, jobs).Select(i => $"slow.{i}"), token = "t-slow" }), StringComparison.Ordinal);
        double beside = ProcessFigures.Quantile(_probeLateMs.Values, 0.99);
        long released = Stopwatch.GetTimestamp();
        release.SetResult();
        await Eventually.Holds(async () => await CountAsync(daemon, jobs, state => state is 100 or 200) == 0, Patience, () => "tasks without an end");
        double drained = Stopwatch.GetElapsedTime(released).TotalSeconds;
        int recorded = await CountAsync(daemon, jobs, _ => true);
        Assert.Equal(recorded, await CountAsync(daemon, jobs, state => state is 300 or -300));
        Assert.Equal(slow.Receipts.Count, slow.Receipts.Select(r => (string)r["taskId"]!).Distinct().Count());
        await AssertProbeGoesOnAsync(daemon, $"a queue of {recorded} tasks that did not drain: probe {beside:0.0} ms late (p99) beside it, empty {drained:0.0} s after");
    }

    [Fact]
    public async Task CallersAtTenTimesTheCapacity_AreAnsweredOrRefused_AndNoTaskIsLost()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        worker.Answer = AnswerAndNoteProbe;
        await using var daemon = new DaemonProcess();
        daemon.Write(Apps(worker, "random", ["{name: manual}"]), "  history: {keepPerJob: 1000000}");
        await daemon.StartAsync("--log-level", "error");
        using var callers = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = daemon.Http.BaseAddress, Timeout = TimeSpan.FromSeconds(30) };
        var answers = new ConcurrentQueue<string>();
        var end = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Torture.Rounds(200, 1_000)).Select(_ => CallAsync(callers, answers, end)));
        double seconds = end.Elapsed.TotalSeconds;
        var taken = answers.Where(answer => answer.Contains("\"ret\":true", StringComparison.Ordinal))
            .Select(answer => (string)JsonNode.Parse(answer)!["message"]!).ToList();
        string[] others = [.. answers.Where(answer => !answer.Contains("\"ret\":true", StringComparison.Ordinal)).Distinct()];
        Assert.All(others, answer => Assert.Contains(answer, StatedRefusals));
        Assert.Equal(taken.Count, taken.Distinct().Count());
        await Eventually.Holds(() => Task.FromResult(Missing(taken, worker).Count <= Refused(daemon).Count), Patience, () => "tasks that were promised did not reach the worker");
        // More than may wait to be sent end in state -300, and say so.
        Assert.Subset(Refused(daemon), Missing(taken, worker));
        await AssertProbeGoesOnAsync(daemon,
            $"{Torture.Rounds(200, 1_000)} callers at once: {answers.Count / seconds:0} answers a second, {taken.Count} of {answers.Count} taken, the others: {string.Join(' ', others)}");
    }

    private static HashSet<long> Missing(List<string> taken, ReceiptWorker worker) =>
        [.. taken.Except(worker.Receipts.Select(r => (string)r["taskId"]!)).Select(id => long.Parse(id[(id.LastIndexOf('.') + 1)..], CultureInfo.InvariantCulture))];

    private static HashSet<long> Refused(DaemonProcess daemon)
    {
        using var database = new SqliteConnection($"Data Source={daemon.DatabasePath};Mode=ReadOnly;Pooling=False");
        database.Open();
        using var command = database.CreateCommand();
        command.CommandText = "SELECT seq FROM task WHERE state = -300";
        using var row = command.ExecuteReader();
        HashSet<long> refused = [];
        while (row.Read())
            refused.Add(row.GetInt64(0));
        return refused;
    }

    private static readonly string[] StatedRefusals =
    [
        """{"message":"内部错误","ret":false}""", """{"message":"重试失败","ret":false}""", "503", "connection refused",
    ];

    private static async Task CallAsync(HttpClient callers, ConcurrentQueue<string> answers, Stopwatch since)
    {
        while (since.Elapsed < TimeSpan.FromSeconds(Torture.Rounds(3, 30)))
            answers.Enqueue(await AskAsync(callers));
    }

    private static async Task<string> AskAsync(HttpClient callers)
    {
        try
        {
            using var body = new StringContent($$"""{"job":"manual","token":"{{DaemonProcess.Token}}"}""");
            using HttpResponseMessage answer = await callers.PostAsync("api/tasks.do", body);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : $"{(int)answer.StatusCode}";
        }
        catch (HttpRequestException)
        {
            return "connection refused"; // at the limit of connections
        }
    }

    private Task AnswerAndNoteProbe(JsonNode request, HttpContext context)
    {
        if ((string)request["job"]! == Probe)
        {
            long scheduledMs = (long)request["scheduledTime"]!;
            _probeLateMs[scheduledMs] = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - scheduledMs;
        }
        return ReceiptWorker.Reply(context, 200, """{"state":300}""");
    }

    private async Task AssertProbeGoesOnAsync(DaemonProcess daemon, string what)
    {
        double worst = _probeLateMs.IsEmpty ? 0 : _probeLateMs.Values.Max();
        long fromMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() + 5_000;
        await Eventually.Holds(() => _probeLateMs.Keys.Count(ms => ms >= fromMs) >= 3, "the probe does not fire any more");
        double after = _probeLateMs.Where(late => late.Key >= fromMs).Max(late => late.Value);
        double peak = ProcessFigures.PeakMb(daemon.Pid);
        Assert.True(peak < MemoryMaxMb, $"{peak:0} MB at the peak");
        Assert.Equal("ready", (await daemon.GetAsync("readyz")).Trim());
        output.WriteLine($"overload: {what}; a probe each second was at most {worst:0} ms late, 5 s later {after:0} ms; peak {peak:0} MB");
    }

    private static async Task<int> CountAsync(DaemonProcess daemon, int jobs, Func<int, bool> isCounted)
    {
        int count = 0;
        for (int i = 0; i < jobs; i++)
        {
            var tasks = (await daemon.GetJsonAsync($"api/tasks.do?job=slow.{i}&token=t-slow&limit=100"))["data"]!.AsArray();
            count += tasks.Count(task => isCounted((int)task!["state"]!));
        }
        return count;
    }

    private static string Apps(ReceiptWorker worker, string loadBalance, IEnumerable<string> jobs) => $$"""
        apps:
          - name: demo
            id: 1
            token: {{DaemonProcess.Token}}
            workers: ["{{worker.Address}}"]
            defaults: {overlap: allow, loadBalance: {{loadBalance}}}
            jobs:
              - {name: {{Probe}}, cron: "* * * * * ?"}
        {{string.Join('\n', jobs.Select(job => "      - " + job))}}
        """;
}
