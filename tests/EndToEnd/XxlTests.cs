using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary>An executor that was written for XXL-JOB works with the published binary, unchanged.</summary>
public class XxlTests
{
    private const string AppToken = "xxl-token-1";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("")]
    [InlineData("/xxl-job-admin")]
    public async Task Executor_Registers_RunsAndFails_AndLeaves(string contextPath)
    {
        await using var daemon = await StartAsync();
        await using var executor = Start(daemon, contextPath);
        await RegisteredAsync(daemon, executor);

        var ok = await RunAsync(daemon, executor, "ok", new JsonObject { ["city"] = "beijing" });
        Assert.Equal(300, (int)ok["state"]!);
        Assert.Equal(executor.Address, (string)ok["worker"]!);
        var sent = JsonNode.Parse((string)ok["message"]!)!;
        Assert.Equal("""{"city":"beijing"}""", (string)sent["params"]!);
        Assert.Equal(
            ("ok", "BEAN", "DISCARD_LATER", 7200, 0, 1),
            ((string)sent["request"]!["executorHandler"]!, (string)sent["request"]!["glueType"]!, (string)sent["request"]!["executorBlockStrategy"]!,
                (int)sent["request"]!["executorTimeout"]!, (int)sent["request"]!["broadcastIndex"]!,
                (int)sent["request"]!["broadcastTotal"]!));
        Assert.Equal((long)ok["fireTime"]!, (long)sent["request"]!["logDateTime"]!);

        var again = await RunAsync(daemon, executor, "ok", new JsonObject { ["executorParams"] = "a=1" });
        var sentAgain = JsonNode.Parse((string)again["message"]!)!;
        Assert.Equal("a=1", (string)sentAgain["params"]!);
        Assert.Equal((int)sent["request"]!["jobId"]!, (int)sentAgain["request"]!["jobId"]!);
        Assert.NotEqual((long)sent["request"]!["logId"]!, (long)sentAgain["request"]!["logId"]!);

        var fails = await RunAsync(daemon, executor, "fails");
        Assert.Equal((-100, "bad day 坏"), ((int)fails["state"]!, (string)fails["message"]!));
        var unknown = await RunAsync(daemon, executor, "nobody");
        Assert.Equal((-100, "No matched jobHandler: nobody"), ((int)unknown["state"]!, (string)unknown["message"]!));

        await executor.LeaveAsync();
        Assert.Equal("重试失败", (string)(await TriggerAsync(daemon, "ok"))["message"]!);
        Assert.Equal(-200, (int)(await daemon.JobAsync("ok"))["lastState"]!);
    }

    [Fact]
    public async Task Run_IsSeenOnItsHost_Logged_RefusedASecondTime_AndKilled()
    {
        await using var daemon = await StartAsync();
        await using var executor = Start(daemon);
        await RegisteredAsync(daemon, executor);

        string id = await StartedAsync(daemon, executor, "held");
        await Eventually.Holds(async () => await StateAsync(daemon, id) == 200, Patience, () => $"it was not taken:\n{executor.Lines}");
        Assert.Equal("held", (string)(await daemon.GetJsonAsync("api/check/127.0.0.1.do"))["data"]!.AsArray().Single()!["name"]!);

        // The package has its own mind: a second run of a job is refused whatever the strategy says.
        var second = await EndAsync(daemon, executor, await StartedAsync(daemon, executor, "held"));
        Assert.Equal((400, "There is already have a same job is running."), ((int)second["state"]!, (string)second["message"]!));

        await Eventually.Holds(
            async () => ((string?)(await LogAsync(daemon, id))["data"]?["content"])?.Contains("waiting", StringComparison.Ordinal) == true,
            Patience, () => $"no log:\n{executor.Lines}");
        Assert.False((bool)(await LogAsync(daemon, id))["data"]!["end"]!);

        Assert.Contains("操作成功", await daemon.PostAsync("api/tasks/kill.do", new { taskId = id, token = AppToken }), StringComparison.Ordinal);
        var killed = await EndAsync(daemon, executor, id);
        // It calls back 200, "Job Task: 1 is killed."
        Assert.Equal((-100, "killed: app xxl.demo from 127.0.0.1"), ((int)killed["state"]!, (string)killed["message"]!));
        Assert.Equal("[]", (await daemon.GetJsonAsync("api/check/127.0.0.1.do"))["data"]!.ToJsonString());
        await Eventually.Holds(
            async () => ((string)(await LogAsync(daemon, id))["data"]!["content"]!).Contains("is finished", StringComparison.Ordinal),
            Patience, () => $"its log has no end:\n{executor.Lines}");
    }

    [Fact]
    public async Task Replace_KillsTheEarlierRun_AndTheNextOneRunsAlthoughThePackageIsSlowToForget()
    {
        await using var daemon = await StartAsync();
        await using var executor = Start(daemon);
        await RegisteredAsync(daemon, executor);
        string first = await StartedAsync(daemon, executor, "replaced");
        await Eventually.Holds(async () => await StateAsync(daemon, first) == 200, Patience, () => $"it was not taken:\n{executor.Lines}");
        string second = await StartedAsync(daemon, executor, "replaced");
        Assert.Equal(-100, (int)(await EndAsync(daemon, executor, first))["state"]!);
        await Eventually.Holds(async () => await StateAsync(daemon, second) == 200, Patience, () => $"it was not taken:\n{executor.Lines}");
        await executor.ReleaseAsync();
        Assert.Equal(300, (int)(await EndAsync(daemon, executor, second))["state"]!);
    }

    [Fact]
    public async Task DaemonKilledWhileARunGoesOn_TakesItsLateCallback()
    {
        await using var daemon = await StartAsync();
        await using var executor = Start(daemon);
        await RegisteredAsync(daemon, executor);
        string id = await StartedAsync(daemon, executor, "held");
        await Eventually.Holds(async () => await StateAsync(daemon, id) == 200, Patience, () => $"it was not taken:\n{executor.Lines}");

        await daemon.KillAsync();
        await daemon.StartAsync();
        Assert.Equal(200, await StateAsync(daemon, id));
        Assert.Equal("held", (string)(await daemon.GetJsonAsync("api/check/127.0.0.1.do"))["data"]!.AsArray().Single()!["name"]!);
        await executor.ReleaseAsync();
        var task = await EndAsync(daemon, executor, id);
        Assert.Equal((300, 1, "Success"), ((int)task["state"]!, (int)task["attempt"]!, (string)task["message"]!));
    }

    [Fact]
    public async Task ExecutorWithTheWrongToken_IsNotRegistered()
    {
        await using var daemon = await StartAsync();
        await using var executor = XxlExecutor.Start($"http://127.0.0.1:{daemon.Port}", "xxl.demo", "wrong");
        await Eventually.Holds(() => executor.Lines.Contains("The access token is wrong.", StringComparison.Ordinal), "it was not told");
        Assert.Empty((await daemon.GetJsonAsync($"api/workers/ok.do?token={AppToken}"))["data"]!.AsArray());
    }

    [Fact]
    public async Task KeptOutput_IsTheLogOfALocalTask()
    {
        await using var daemon = await StartAsync();
        var task = await RunAsync(daemon, null, "local");
        var log = (await LogAsync(daemon, (string)task["id"]!, "&from=2"))["data"]!;
        Assert.Equal(("two\nthree\n", true, 2, 3), ((string)log["content"]!, (bool)log["end"]!, (int)log["from"]!, (int)log["to"]!));
    }

    private static async Task<DaemonProcess> StartAsync()
    {
        var daemon = new DaemonProcess($$"""
            apps:
              - name: xxl.demo
                id: 1
                token: {{AppToken}}
                protocol: xxl-job
                jobs:
                  - {name: ok, killAfter: 2h}
                  - {name: fails}
                  - {name: nobody}
                  - {name: held, overlap: allow}
                  - {name: replaced, handler: held, overlap: replace}
                  - {name: local, type: local, command: [/bin/sh, -c, "echo one; echo two; echo three"]}
            """);
        return await daemon.StartAsync();
    }

    private static XxlExecutor Start(DaemonProcess daemon, string contextPath = "") =>
        XxlExecutor.Start($"http://127.0.0.1:{daemon.Port}{contextPath}", "xxl.demo", AppToken);

    private static async Task RegisteredAsync(DaemonProcess daemon, XxlExecutor executor)
    {
        JsonArray workers = [];
        await Eventually.Holds(
            async () => (workers = (await daemon.GetJsonAsync($"api/workers/ok.do?token={AppToken}"))["data"]!.AsArray()).Count > 0,
            Patience, () => $"it did not register:\n{executor.Lines}");
        Assert.Equal((executor.Address, "127.0.0.1"), ((string)workers.Single()!["address"]!, (string)workers.Single()!["hostname"]!));
    }

    private static async Task<JsonNode> TriggerAsync(DaemonProcess daemon, string job, JsonObject? param = null) =>
        JsonNode.Parse(await daemon.PostAsync("api/tasks.do", new { job, token = AppToken, param = param ?? [] }))!;

    private static async Task<string> StartedAsync(DaemonProcess daemon, XxlExecutor? executor, string job, JsonObject? param = null)
    {
        var answer = await TriggerAsync(daemon, job, param);
        Assert.True((bool)answer["ret"]!, $"{answer.ToJsonString()}\n{executor?.Lines}");
        return (string)answer["message"]!;
    }

    private static async Task<JsonNode> RunAsync(DaemonProcess daemon, XxlExecutor? executor, string job, JsonObject? param = null) =>
        await EndAsync(daemon, executor, await StartedAsync(daemon, executor, job, param));

    private static async Task<JsonNode> EndAsync(DaemonProcess daemon, XxlExecutor? executor, string id)
    {
        await Eventually.Holds(
            async () => await StateAsync(daemon, id) is not (100 or 200), Patience,
            () => $"{id} did not end:\n{executor?.Lines}\n{string.Join('\n', daemon.Lines)}");
        return await TaskAsync(daemon, id);
    }

    private static async Task<JsonNode> TaskAsync(DaemonProcess daemon, string id) =>
        (await daemon.GetJsonAsync($"api/tasks/{id}.do?token={AppToken}"))["data"]!;

    private static async Task<int> StateAsync(DaemonProcess daemon, string id) => (int)(await TaskAsync(daemon, id))["state"]!;

    private static async Task<JsonNode> LogAsync(DaemonProcess daemon, string id, string more = "") =>
        await daemon.GetJsonAsync($"api/tasks/{id}/log.do?token={AppToken}{more}");
}
