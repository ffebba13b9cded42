using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary><c>drain HOST</c> and its way back, against a living daemon; what a lost answer does, against a scripted one.</summary>
public class DrainVerbTests
{
    private const string Done = """{"message":"操作成功","ret":true}""";
    private const string Nothing = """{"data":[],"ret":true}""";

    [Fact]
    public async Task Drain_WaitsForRunningTasks_AndOnlineTakesItBack()
    {
        var held = new TaskCompletionSource();
        await using var worker = await ReceiptWorker.StartAsync();
        worker.Answer = (_, context) => context.AnswerAfterAsync(held.Task);
        await using var daemon = new DaemonProcess(Yaml(worker.Address));
        await daemon.StartAsync();
        string server = $"http://127.0.0.1:{daemon.Port}";
        await Client.RunAsync(server, "trigger", "a");
        await Eventually.Holds(() => !worker.Receipts.IsEmpty, "the task did not reach the worker");

        Client late = (await Client.RunAsync(server, "drain", "l-pay1.dev", "--wait", "300ms"))
            .Fails("l-pay1.dev is not free after 300ms: 1 job still running", "  a    shop", "qschedd online --host l-pay1.dev");
        Assert.Equal("l-pay1.dev: offline in 2 jobs\n", late.Out);
        Assert.Equal([false, false], await OnlineAsync(daemon, worker.Address));

        using Process draining = Client.Start(server, "drain", "127.0.0.1", "--wait", "10m");
        Assert.Equal("127.0.0.1: offline in 2 jobs, 2 of them before", await draining.StandardOutput.ReadLineAsync());
        Assert.Equal("127.0.0.1: 1 job still running", await draining.StandardError.ReadLineAsync());
        held.SetResult();
        Client free = (await Client.EndOf(draining)).Succeeds();
        Assert.Equal("127.0.0.1: nothing runs there; take it back with qschedd online --host 127.0.0.1\n", free.Out);

        Assert.Equal("127.0.0.1: online in 2 jobs\n", (await Client.RunAsync(server, "online", "--host", "127.0.0.1")).Succeeds().Out);
        Assert.Equal([true, true], await OnlineAsync(daemon, worker.Address));
        Assert.Equal(Nothing, (await Client.RunAsync(server, "drain", "127.0.0.1", "--json")).Succeeds().Out);
    }

    [Fact]
    public async Task Drain_NamesTheJobThatRefuses_AndTheWayBack()
    {
        await using var daemon = new DaemonProcess(Yaml("127.0.0.1:1") + "\n      - {name: lonely, workers: [\"127.0.0.1:1\"]}");
        await daemon.StartAsync();
        string server = $"http://127.0.0.1:{daemon.Port}";
        Client refused = (await Client.RunAsync(server, "drain", "127.0.0.1"))
            .Fails("1 job did not go along", "lonely: 所有机器不能全部下线", "qschedd online --host 127.0.0.1");
        Assert.Equal("127.0.0.1: offline in 2 jobs\n", refused.Out);
        Assert.Equal([false, false], await OnlineAsync(daemon, "127.0.0.1:1"));
        (await Client.RunAsync(server, "online", "--host", "127.0.0.1")).Succeeds();
        Assert.Equal([true, true], await OnlineAsync(daemon, "127.0.0.1:1"));
        (await Client.RunAsync(server, "drain", "10.1.2.3")).Fails("no job that the token opens has a worker on 10.1.2.3");
    }

    [Fact]
    public async Task Drain_AsksAgain_WhenAnAnswerIsLostMidway()
    {
        int lost = 0;
        var offline = new System.Collections.Concurrent.ConcurrentDictionary<string, bool>();
        await using var server = await ScriptedServer.StartAsync(async (asked, context) =>
        {
            if (asked.Target.StartsWith("/api2/workers/state.do", StringComparison.Ordinal))
            {
                string job = (string)JsonNode.Parse(asked.Body)!["jobName"]!;
                offline[job] = true;
                if (job == "b" && Interlocked.Increment(ref lost) < 3)
                    context.Abort();
                else
                    await ReceiptWorker.Reply(context, 200, Done);
                return;
            }
            string name = asked.Target["/api2/workers/".Length..].Split(".do")[0];
            await ReceiptWorker.Reply(context, 200, asked.Target switch
            {
                _ when asked.Target.StartsWith("/api2/jobs.do", StringComparison.Ordinal) => """{"data":[{"name":"a"},{"name":"b"},{"name":"c"}],"ret":true}""",
                _ when asked.Target.StartsWith("/api2/check/", StringComparison.Ordinal) => Nothing,
                _ => $$"""{"data":[{"address":"10.0.0.1:1","canSchedule":{{(offline.ContainsKey(name) ? "false" : "true")}},"hostname":"h"},{"address":"10.0.0.2:1","canSchedule":true,"hostname":"g"}],"ret":true}""",
            });
        });
        Client drained = (await Client.RunAsync(server.Url, "drain", "10.0.0.1")).Succeeds();
        Assert.Contains("10.0.0.1: offline in 3 jobs", drained.Out);
        Assert.Equal(["a", "b", "c"], offline.Keys.Order());
        Assert.All(server.Requests.Where(r => r.Method == "POST"), r => Assert.Equal("""{"10.0.0.1:1":false}""", JsonNode.Parse(r.Body)!["workers"]!.ToJsonString()));
        Assert.All(server.Requests, r => Assert.DoesNotContain(DaemonProcess.AdminToken, r.Target + r.Body));
    }

    [Fact]
    public async Task TriggerWait_FollowsTheTask_OverARestartOfTheDaemon()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        worker.Answer = (_, context) => ReceiptWorker.Reply(context, 202, "{}");
        await using var daemon = new DaemonProcess(Yaml(worker.Address));
        await daemon.StartAsync();
        using Process waiting = Client.Start($"http://127.0.0.1:{daemon.Port}", "trigger", "a", "--wait");
        string id = (await waiting.StandardOutput.ReadLineAsync())!;
        await Eventually.Holds(() => !worker.Receipts.IsEmpty, "the task did not reach the worker");
        await daemon.KillAsync();
        string line;
        do
            line = (await waiting.StandardError.ReadLineAsync())!;
        while (!line.Contains("the daemon is away"));
        await daemon.StartAsync();
        Assert.Equal(Done, await daemon.PostAsync("api/tasks/state.do", new { taskId = id, state = 300, message = "done", token = DaemonProcess.Token }));
        Client waited = (await Client.EndOf(waiting)).Succeeds();
        Assert.Contains($"task {id}: finished (300)", waited.Out);
    }

    private static async Task<IEnumerable<bool>> OnlineAsync(DaemonProcess daemon, string address)
    {
        var online = new List<bool>();
        foreach (string job in (string[])["a", "b"])
        {
            var workers = (await daemon.GetJsonAsync($"api/workers/{job}.do?token={DaemonProcess.Token}"))["data"]!.AsArray();
            online.Add((bool)workers.Single(w => (string)w!["address"]! == address)!["canSchedule"]!);
        }
        return online;
    }

    private static string Yaml(string worker) => $$"""
        apps:
          - name: shop
            id: 1
            token: {{DaemonProcess.Token}}
            workers: [{address: "{{worker}}", hostname: l-pay1.dev.cn6}, {address: "127.0.0.2:20010", hostname: l-pay2.dev.cn6}]
            defaults: {loadBalance: first}
            jobs:
              - {name: a}
              - {name: b}
        """;
}
