using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Each client verb of the published binary against a living daemon: its table, its raw answer, its refusals.</summary>
public class ClientTests(ClientTests.Fixture fixture) : IClassFixture<ClientTests.Fixture>
{
    private const string Chinese = "短信.发送";
    private const int SigInt = 2;
    private readonly DaemonProcess _daemon = fixture.Daemon;
    private readonly string _server = $"http://127.0.0.1:{fixture.Daemon.Port}";

    public sealed class Fixture : IAsyncLifetime
    {
        internal DaemonProcess Daemon { get; } = new();
        internal ReceiptWorker Worker { get; private set; } = null!;
        internal TaskCompletionSource Held { get; } = new();

        public async Task InitializeAsync()
        {
            Worker = await ReceiptWorker.StartAsync();
            Worker.Answer = (task, context) => (string)task["job"]! switch
            {
                "held" => context.AnswerAfterAsync(Held.Task),
                "bad" => ReceiptWorker.Reply(context, 200, """{"state":-100,"message":"库存不足\u001b[2J"}"""),
                _ => ReceiptWorker.Reply(context, 200, """{"state":300,"message":"ok"}"""),
            };
            Daemon.Write($$"""
                apps:
                  - name: shop
                    id: 233
                    token: {{DaemonProcess.Token}}
                    workers: [{address: "{{Worker.Address}}", hostname: l-pay1.dev.cn6}, {address: "127.0.0.2:20010", hostname: l-pay2.dev.cn6}]
                    defaults: {loadBalance: first}
                    jobs:
                      - {name: report, desc: 日报, cron: "0 30 9 * * ?", parameter: {city: 北京}, state: false}
                      - {name: {{Chinese}}, crons: [{cron: "0 0 1 * * ?"}, {cron: "0 0 2 * * ?"}]}
                      - {name: good}
                      - {name: held}
                      - {name: bad, retry: {attempts: 2, delay: 0s} }
                  - name: own
                    id: 7
                    token: t-own
                    jobs:
                      - {name: local, type: local, command: [/bin/sh, -c, "echo first; printf '\\033[31mred'; echo"]}
                      - {name: long, type: local, command: [/bin/sh, -c, "echo begun; exec sleep 600"]}
                """);
            await Daemon.StartAsync();
        }

        public async Task DisposeAsync()
        {
            Held.TrySetResult();
            await Daemon.DisposeAsync();
            await Worker.DisposeAsync();
        }
    }

    [Fact]
    public async Task Jobs_PrintsAlignedColumns_OrTheRawAnswer()
    {
        (await RunAsync("jobs", "--q", "o")).Succeeds();
        (await RunAsync("jobs", "--app", "shop", "--state", "off")).Succeeds().Verify("jobs.off");
        (await RunAsync("jobs", "--q", "信")).Succeeds().Verify("jobs.q");
        Assert.Equal("no job matches\n", (await RunAsync("jobs", "--app", "none")).Succeeds().Out);
        string raw = await _daemon.GetAsync($"api/jobs.do?app=shop&state=off&token={DaemonProcess.AdminToken}");
        Assert.Equal(raw, (await RunAsync("jobs", "--app", "shop", "--state", "off", "--json")).Succeeds().Out);
        Assert.Single(JsonNode.Parse((await RunAsync("jobs", "--limit", "1", "--json")).Succeeds().Out)!["data"]!.AsArray());
    }

    [Fact]
    public async Task OnAndOff_ChangeAllJobsOrNone()
    {
        Assert.Equal($"{Chinese}: off\n", (await RunAsync("off", Chinese)).Succeeds().Out);
        Assert.False((bool)(await _daemon.JobAsync(Chinese))["state"]!);
        (await RunAsync("on", Chinese, "no.such.job")).Fails("启用失败: not turned on; no job has changed", "to do:");
        Assert.False((bool)(await _daemon.JobAsync(Chinese))["state"]!);
        Assert.Equal("""{"message":"操作成功","ret":true}""", (await RunAsync("on", Chinese, "--json")).Succeeds().Out);
        var refused = (await Client.RunAsync(_server, "t-wrong", ["on", Chinese, "--json"])).Fails("授权失败: the token is refused", "QSCHEDD_TOKEN");
        Assert.Equal("""{"message":"授权失败","ret":false}""", refused.Out);
        Assert.DoesNotContain("t-wrong", refused.Error);
    }

    [Fact]
    public async Task Trigger_PrintsTheTaskId_AndWaitsWhenTold()
    {
        string id = (await RunAsync("trigger", "good", "--param", """{"city":"巴黎"}""")).Succeeds().Out.TrimEnd('\n');
        await Eventually.Holds(async () => (await RunAsync("tasks", id)).Out.Contains("finished (300)"), TimeSpan.FromSeconds(30), () => "not finished");
        (await RunAsync("tasks", id)).Verify("task.good", squeeze: true);
        Assert.Equal(await _daemon.GetAsync($"api/tasks/{id}.do?token={DaemonProcess.AdminToken}"), (await RunAsync("tasks", id, "--json")).Out);

        Client waited = (await RunAsync("trigger", "bad", "--wait")).Fails();
        waited.Verify("trigger.bad", squeeze: true);
        (await RunAsync("tasks", "bad", "--state", "failed,-200")).Succeeds().Verify("tasks.bad", squeeze: true);
        (await RunAsync("tasks", waited.Out.Split('\n')[0])).Succeeds().Verify("task.bad", squeeze: true);
        Assert.Equal("bad: no tasks on record that match\n", (await RunAsync("tasks", "bad", "--to", "2001-01-01")).Succeeds().Out);
        Assert.EndsWith("on " + fixture.Worker.Address + ": ok\n", (await RunAsync("trigger", "good", "--wait")).Succeeds().Out);
        (await RunAsync("trigger", "no.such.job")).Fails("重试失败: not started");
    }

    [Fact]
    public async Task Log_PrintsWhatATaskWrote_AndFollowsIt()
    {
        string id = (await RunAsync("trigger", "local", "--wait")).Succeeds().Out.Split('\n')[0];
        Assert.Equal("first\n\\u001b[31mred\n", (await RunAsync("log", id)).Succeeds().Out);
        Assert.Contains("\"end\":true", (await RunAsync("log", id, "--json")).Succeeds().Out);
        (await RunAsync("log", "260131.093000.10.0.0.5.1.1")).Fails("task不存在: there is no such task");

        string running = (await RunAsync("trigger", "long")).Succeeds().Out.TrimEnd('\n');
        using Process follower = Client.Start(_server, "log", "-f", running);
        await Eventually.Holds(
            async () => (string?)(await _daemon.GetJsonAsync($"api/tasks/{running}.do", DaemonProcess.AdminToken))["data"]?["state"]?.ToString() == "200",
            TimeSpan.FromSeconds(30), () => "not started");
        Assert.Equal($"task {running}: asked to end; qschedd tasks {running} shows how it ended\n", (await RunAsync("kill", running)).Succeeds().Out);
        Client followed = (await Client.EndOf(follower)).Succeeds();
        Assert.Equal("begun\n", followed.Out);
        (await RunAsync("kill", running)).Fails("操作失败: not ended");
    }

    [Fact]
    public async Task Workers_GoOfflineAndOnline_ButNeverTheLast()
    {
        (await RunAsync("workers", "report")).Succeeds().Verify("workers", squeeze: true);
        Assert.Equal("report: 127.0.0.2:20010 is offline\n", (await RunAsync("offline", "report", "127.0.0.2:20010")).Succeeds().Out);
        (await RunAsync("workers", "report")).Succeeds().Verify("workers.offline", squeeze: true);
        (await RunAsync("offline", "report", fixture.Worker.Address)).Fails("所有机器不能全部下线: refused: the job would be left without a worker");
        (await RunAsync("online", "report", "127.0.0.2:20010")).Succeeds();
        (await RunAsync("online", "report", "127.0.0.9:1")).Fails("操作失败: nothing has changed");
        Assert.Equal("local: no workers\n", (await RunAsync("workers", "local")).Succeeds().Out);
    }

    [Fact]
    public async Task Running_ShowsTheHost_AndCtrlCLeavesTheTaskRunning()
    {
        Assert.Equal("nothing runs on 10.9.9.9\n", (await RunAsync("running", "10.9.9.9")).Succeeds().Out);
        using Process waiting = Client.Start(_server, "trigger", "held", "--wait");
        await Eventually.Holds(async () => (await RunAsync("running", "l-pay1")).Out.Contains("held"), TimeSpan.FromSeconds(30), () => "does not run");
        (await RunAsync("running", "l-pay1")).Succeeds().Verify("running");
        string id = (await waiting.StandardOutput.ReadLineAsync())!;
        Assert.Equal(0, DaemonProcess.SendSignal(waiting.Id, SigInt));
        (await Client.EndOf(waiting)).Fails($"no longer waiting; task {id} goes on", $"qschedd kill {id}");
        Assert.Contains("starting (100)", (await RunAsync("tasks", id)).Out);
        fixture.Held.SetResult();
    }

    [Theory]
    [InlineData("jobs", "--state", "maybe")]
    [InlineData("jobs", "--limit", "0")]
    [InlineData("jobs", "--drift", "--q", "a")]
    [InlineData("job")]
    [InlineData("on")]
    [InlineData("trigger", "good", "--param", "[1]")]
    [InlineData("trigger", "good", "--param", "{")]
    [InlineData("tasks", "good", "--state", "perhaps")]
    [InlineData("tasks", "good", "--from", "yesterday")]
    [InlineData("tasks", "good", "--limit", "1001")]
    [InlineData("log", "no-task-id")]
    [InlineData("online", "good")]
    [InlineData("online", "good", "h:1", "--host", "h")]
    [InlineData("offline")]
    [InlineData("running", "1.2.3")]
    [InlineData("drain", "a b")]
    [InlineData("drain", "h", "--wait", "10")]
    [InlineData("jobs", "--server", "localhost:8080")]
    [InlineData("jobs", "--timeout", "0s")]
    [InlineData("audit", "--limit", "0")]
    public async Task BadUsage_Exits2_WithALineThatSaysWhy(params string[] arguments)
    {
        Client done = await RunAsync(arguments);
        Assert.Equal((2, ""), (done.Exit, done.Out));
        Assert.StartsWith("qschedd: ", done.Error);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("令牌")]
    public async Task Token_ThatNoHeaderCanCarry_IsBadUsage(string token)
    {
        Client done = await Client.RunAsync(_server, token, ["jobs"]);
        Assert.Equal(2, done.Exit);
        Assert.Contains("QSCHEDD_TOKEN", done.Error);
    }

    [Theory]
    [InlineData("jobs")]
    [InlineData("job")]
    [InlineData("on")]
    [InlineData("off")]
    [InlineData("trigger")]
    [InlineData("tasks")]
    [InlineData("kill")]
    [InlineData("log")]
    [InlineData("workers")]
    [InlineData("online")]
    [InlineData("offline")]
    [InlineData("running")]
    [InlineData("drain")]
    [InlineData("audit")]
    public async Task Help_ShowsAnExample(string verb)
    {
        Client help = (await RunAsync(verb, "--help")).Succeeds();
        Assert.Contains($"qschedd {verb}", help.Out);
        Assert.Contains("Example:", help.Out);
    }

    private Task<Client> RunAsync(params string[] arguments) => Client.RunAsync(_server, arguments);
}

internal static class HeldAnswers
{
    public static async Task AnswerAfterAsync(this Microsoft.AspNetCore.Http.HttpContext context, Task held)
    {
        await held;
        await ReceiptWorker.Reply(context, 200, """{"state":300,"message":"ok"}""");
    }
}
