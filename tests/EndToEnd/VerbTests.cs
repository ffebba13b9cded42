using System.Text;
using System.Text.Json.Nodes;
using Qschedd.Cli.Client;
using Qschedd.Tests.Http;

namespace Qschedd.Tests.EndToEnd;

/// <summary>
/// What <see cref="ClientTests"/> leaves: the tables of the verbs that explain, against a living daemon (times, ids, ports and spans
/// masked), what <c>--json</c> of each verb holds, and what each says when no daemon is there.
/// </summary>
public class VerbTests(VerbTests.Fixture fixture) : IClassFixture<VerbTests.Fixture>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly DaemonProcess _daemon = fixture.Daemon;
    private readonly string _server = $"http://127.0.0.1:{fixture.Daemon.Port}";

    public sealed class Fixture : IAsyncLifetime
    {
        internal DaemonProcess Daemon { get; } = new();
        internal ReceiptWorker Worker { get; private set; } = null!;

        internal string Apps(string reportAt = "0 30 9 * * ?") => $$"""
            apps:
              - name: shop
                id: 233
                token: {{DaemonProcess.Token}}
                workers: [{address: "{{Worker.Address}}", hostname: l-pay1.dev.cn6}, {address: "127.0.0.2:20010", hostname: l-pay2.dev.cn6}]
                defaults: {loadBalance: first}
                jobs:
                  - {name: report, desc: 日报, cron: "{{reportAt}}", timeZone: Asia/Shanghai, parameter: {city: 北京}, timeout: 30m, recover: retry}
                  - {name: never, cron: "0 0 1 * * ?", state: false}
                  - {name: bad}
                  - {name: held}
                  - {name: kept}
                  - {name: switched, crons: [{cron: "0 0 1 1 1 ? 2198", param: {n: 1} }, {cron: "0 0 2 1 1 ? 2199"}], timeZone: Asia/Shanghai}
              - name: own
                id: 7
                token: t-own
                jobs:
                  - {name: echo, type: local, command: [/bin/echo, hello]}
            """;

        public async Task InitializeAsync()
        {
            Worker = await ReceiptWorker.StartAsync();
            Worker.Answer = (task, context) => (string)task["job"]! switch
            {
                "held" or "kept" => ReceiptWorker.Reply(context, 202, "{}"),
                "bad" => ReceiptWorker.Reply(context, 200, """{"state":-100,"message":"库存不足"}"""),
                _ => ReceiptWorker.Reply(context, 200, """{"state":300,"message":"ok"}"""),
            };
            Daemon.Write(Apps());
            await Daemon.StartAsync();
        }

        public async Task DisposeAsync()
        {
            await Daemon.DisposeAsync();
            await Worker.DisposeAsync();
        }
    }

    [Fact]
    public async Task Job_TellsHowItStands()
    {
        (await RunAsync("job", "never")).Succeeds().Verify("job.never", squeeze: true);
        (await RunAsync("trigger", "report", "--wait")).Succeeds();
        (await RunAsync("job", "report")).Succeeds().Verify("job.report", squeeze: true);
        (await RunAsync("jobs", "--q", "report")).Succeeds().Verify("jobs.ran", squeeze: true);
        (await RunAsync("trigger", "bad", "--wait")).Fails();
        (await RunAsync("job", "bad")).Succeeds().Verify("job.bad", squeeze: true);
        (await RunAsync("trigger", "echo", "--wait")).Succeeds();
        (await RunAsync("job", "echo")).Succeeds().Verify("job.echo", squeeze: true);
        (await RunAsync("job", "no.such.job")).Fails("job不存在: there is no such job", "to do:");
    }

    [Fact]
    public async Task HeldTask_IsShownByEachVerb_UntilItIsKilled()
    {
        string id = await StartAsync("held");
        (await RunAsync("trigger", "held")).Fails("重试失败: not started");
        (await RunAsync("job", "held")).Succeeds().Verify("job.held", squeeze: true);
        (await RunAsync("tasks", "held")).Succeeds().Verify("tasks.held", squeeze: true);
        (await RunAsync("running", "l-pay1")).Succeeds().Verify("running.held", squeeze: true);

        Client refused = (await RunAsync("drain", "l-pay1", "--wait", "0s")).Fails("l-pay1 is not free after 0s: 1 job still running", "  held  shop");
        Assert.Equal("l-pay1: offline in 6 jobs\n", refused.Out);
        (await RunAsync("jobs", "--drift")).Succeeds().Verify("jobs.drained", squeeze: true);
        Assert.Equal("l-pay1: online in 6 jobs\n", (await RunAsync("online", "--host", "l-pay1")).Succeeds().Out);

        (await RunAsync("kill", id)).Succeeds();
        await ReportAsync(id, -100, "stopped when told");
        await Eventually.Holds(async () => await StateOf(id) == -100, Patience, () => "not killed");
        (await RunAsync("tasks", id)).Succeeds().Verify("task.killed", squeeze: true);
        Assert.Equal("l-pay1: offline in 6 jobs\nl-pay1: nothing runs there; take it back with qschedd online --host l-pay1\n", (await RunAsync("drain", "l-pay1")).Succeeds().Out);
        (await RunAsync("online", "--host", "l-pay1")).Succeeds();
    }

    [Fact]
    public async Task Drift_AndAudit_TellWhatAnOperatorDid()
    {
        Assert.Equal("no drift: every job runs as its file says\n", (await RunAsync("jobs", "--drift")).Succeeds().Out);
        Assert.Equal("switched: off\n", (await RunAsync("off", "switched")).Succeeds().Out);
        (await RunAsync("offline", "switched", "127.0.0.2:20010")).Succeeds();
        (await RunAsync("jobs", "--drift")).Succeeds().Verify("jobs.drift", squeeze: true);
        (await RunAsync("job", "switched")).Succeeds().Verify("job.switched", squeeze: true);
        Assert.Equal("switched: on\n", (await Client.RunAsync(_server, DaemonProcess.Token, ["on", "switched"])).Succeeds().Out);
        (await RunAsync("online", "switched", "127.0.0.2:20010")).Succeeds();
        (await RunAsync("trigger", "switched", "--wait")).Succeeds();
        (await RunAsync("audit", "--job", "switched")).Succeeds().Verify("audit.switched", squeeze: true);
        Assert.Equal(2, (await RunAsync("audit", "--limit", "1")).Succeeds().Out.Count(c => c == '\n'));
        (await Client.RunAsync(_server, DaemonProcess.Token, ["audit"])).Fails("授权失败: the token is refused");
    }

    [Fact]
    public async Task Plan_ComparesFilesWithTheLivingDaemon()
    {
        string file = Path.Combine(_daemon.Directory, "next.yml");
        Task<Client> PlanAsync(params string[] more) => RunAsync(["plan", "-c", file, "--server", _server, .. more]);
        await File.WriteAllTextAsync(file, _daemon.Compose(fixture.Apps()));
        Assert.Equal(0, (await PlanAsync()).Exit);
        await File.WriteAllTextAsync(file, _daemon.Compose(fixture.Apps("0 30 10 1 1 ? 2199").Replace("- {name: kept}", "- {name: fresh}")));
        Client plan = await PlanAsync();
        Assert.Equal((3, ""), (plan.Exit, plan.Error));
        plan.Verify("plan", squeeze: true);
        Client raw = await PlanAsync("--json");
        Assert.Equal(3, raw.Exit);
        Golden.Verify(Client.Folder, "plan.shape", "txt", Encoding.UTF8.GetBytes(ShapesOf(raw.Out)));
        await File.WriteAllTextAsync(file, _daemon.Compose(fixture.Apps("0 30 9 * *")));
        Assert.Equal(2, (await PlanAsync()).Exit);
    }

    [Fact]
    public async Task Json_OfEachVerb_HasItsShape()
    {
        string id = await StartAsync("kept");
        var shapes = new StringBuilder();
        var seen = new HashSet<string>();
        foreach (string[] verb in (string[][])[
            ["trigger", "report", "--wait"], ["trigger", "bad"], ["jobs"], ["job", "kept"], ["off", "kept"], ["jobs", "--drift"], ["on", "kept"],
            ["tasks", "kept"], ["tasks", id], ["log", id], ["workers", "kept"], ["offline", "kept", "127.0.0.2:20010"],
            ["online", "kept", "127.0.0.2:20010"], ["running", "127.0.0.1"], ["kill", id], ["drain", "l-pay2"], ["audit", "--job", "kept"]])
        {
            Client done = (await RunAsync([.. verb, "--json"])).Succeeds();
            seen.Add(verb[0]);
            shapes.Append(string.Join(' ', verb).Replace(id, "TASK-ID")).Append('\n').Append(ShapesOf(done.Out)).Append('\n');
        }

        await ReportAsync(id, 300, "done");
        (await RunAsync("online", "--host", "l-pay2")).Succeeds();
        Assert.Equal(ClientCommands.All().Select(c => c.Name).Order(), seen.Order());
        Golden.Verify(Client.Folder, "shapes", "txt", Encoding.UTF8.GetBytes(shapes.ToString()));
    }

    [Theory]
    [InlineData("jobs")]
    [InlineData("jobs", "--drift")]
    [InlineData("job", "no.such.job")]
    [InlineData("on", "no.such.job")]
    [InlineData("off", "no.such.job")]
    [InlineData("trigger", "no.such.job")]
    [InlineData("tasks", "no.such.job")]
    [InlineData("tasks", "260131.093000.10.0.0.5.1.1")]
    [InlineData("kill", "260131.093000.10.0.0.5.1.1")]
    [InlineData("log", "260131.093000.10.0.0.5.1.1")]
    [InlineData("log", "-f", "260131.093000.10.0.0.5.1.1")]
    [InlineData("workers", "no.such.job")]
    [InlineData("online", "no.such.job", "127.0.0.2:20010")]
    [InlineData("online", "--host", "10.9.9.9")]
    [InlineData("offline", "no.such.job", "127.0.0.2:20010")]
    [InlineData("running", "10.9.9.9")]
    [InlineData("drain", "10.9.9.9")]
    [InlineData("audit")]
    public async Task Verb_Exits1_WhenTheDaemonIsAwayOrRefuses(params string[] arguments)
    {
        string away = $"http://127.0.0.1:{FreePort.Take()}";
        Client lost = (await Client.RunAsync(away, arguments)).Fails($"{away}/api2/", "connection refused: no daemon listens there", "to do:   start one");
        Client json = (await Client.RunAsync(away, [.. arguments, "--json"])).Fails("connection refused");
        Assert.Equal(("", ""), (lost.Out, json.Out));
        Assert.DoesNotContain(DaemonProcess.AdminToken, lost.Error + json.Error);
        // One asks for no token; the others ask as their siblings do, and many wrong tokens are answered late.
        if (arguments[0] is "running" or "off" or "offline" || arguments.Any(a => a is "--drift" or "-f" or "--host"))
            return;
        Client refused = await Client.RunAsync(_server, "t-wrong", arguments);
        refused.Fails();
        Assert.Equal("", refused.Out);
        Assert.DoesNotContain("t-wrong", refused.Error);
    }

    /// <summary>Each place in JSON texts, one a line, with the kind of what stands there.</summary>
    private static string ShapesOf(string texts)
    {
        var places = new SortedSet<string>(StringComparer.Ordinal);
        foreach (string text in texts.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            Note(JsonNode.Parse(text), "");
        return string.Concat(places.Select(place => $"  {place}\n"));

        void Note(JsonNode? node, string place)
        {
            switch (node)
            {
                case JsonObject members:
                    foreach (var (name, value) in members)
                        Note(value, $"{place}.{name}");
                    break;
                case JsonArray { Count: > 0 } items:
                    foreach (JsonNode? item in items)
                        Note(item, $"{place}[]");
                    break;
                default:
                    places.Add($"{place} {node?.GetValueKind().ToString() ?? "Null"}");
                    break;
            }
        }
    }

    private async Task<string> StartAsync(string job)
    {
        string id = (await RunAsync("trigger", job)).Succeeds().Out.TrimEnd('\n');
        await Eventually.Holds(async () => await StateOf(id) == 200, Patience, () => $"{job} was not taken");
        return id;
    }

    private async Task<int?> StateOf(string id) => (int?)(await _daemon.GetJsonAsync($"api2/tasks/{id}.do", DaemonProcess.AdminToken))["data"]?["state"];

    private async Task ReportAsync(string taskId, int state, string message) => Assert.Contains(
        "true", await _daemon.PostAsync("api/tasks/state.do", new { taskId, state, message, token = DaemonProcess.Token }));

    private Task<Client> RunAsync(params string[] arguments) => Client.RunAsync(_server, arguments);
}
