using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace Qschedd.Tests.EndToEnd;

/// <summary>The states of the contract's section 3, by the published binary and a worker with faults.</summary>
public class WorkerFaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData("refuses", "discard", -200)]
    [InlineData("503", "discard", -300)]
    [InlineData("429", "discard", -300)]
    [InlineData("500", "discard", -100)]
    [InlineData("302", "discard", -100)]
    [InlineData("done", "discard", 300)]
    [InlineData("failed", "discard", -100)]
    [InlineData("accepts", "discard", 200)]
    [InlineData("hangs", "discard", -9999)]
    [InlineData("resets", "discard", -9999)]
    public async Task Worker_That_EndsInState(string fault, string recover, int state)
    {
        await using var worker = await ReceiptWorker.StartAsync();
        await using var daemon = await StartAsync(fault == "refuses" ? $"127.0.0.1:{FreePort.Take()}" : worker.Address, recover);
        worker.Answer = (_, context) => MisbehaveAsync(fault, context);
        string id = await TriggerAsync(daemon);
        await Eventually.Holds(async () => await StateAsync(daemon, id) == state, Patience, () => $"{fault}: not in state {state}");
        Assert.Equal(fault == "refuses" ? 0 : 1, worker.Receipts.Count(r => (string)r["taskId"]! == id));
    }

    [Fact]
    public async Task SecondWorker_TakesTheTask_WhenTheFirstIsFull()
    {
        await using var full = await ReceiptWorker.StartAsync();
        await using var free = await ReceiptWorker.StartAsync();
        full.Answer = (_, context) => ReceiptWorker.Reply(context, 503, "{}");
        await using var daemon = await StartAsync($"{full.Address}, {free.Address}", "discard");
        string id = await TriggerAsync(daemon);
        await Eventually.Holds(async () => await StateAsync(daemon, id) == 300, Patience, () => "the second worker did not take it");
        Assert.Single(full.Receipts);
        Assert.Equal((string)full.Receipts.Single()["taskId"]!, (string)free.Receipts.Single()["taskId"]!);
    }

    [Fact]
    public async Task AcceptedTask_EndsByItsReport_WithHeartbeatsBetween()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        worker.Answer = (_, context) => ReceiptWorker.Reply(context, 202, "{}");
        await using var daemon = await StartAsync(worker.Address, "discard");
        string id = await TriggerAsync(daemon);
        await Eventually.Holds(async () => await StateAsync(daemon, id) == 200, Patience, () => "not accepted");
        Assert.EndsWith("/api/tasks/state.do", (string)worker.Receipts.Single()["callback"]!);
        long before = (long)(await daemon.JobAsync("job"))["lastUpdate"]!;
        await ReportAsync(daemon, id, 200);
        Assert.True((long)(await daemon.JobAsync("job"))["lastUpdate"]! >= before);
        await ReportAsync(daemon, id, 300);
        var task = (await daemon.GetJsonAsync($"api/tasks/{id}.do?token={DaemonProcess.Token}"))["data"]!;
        Assert.Equal((300, "done by report"), ((int)task["state"]!, (string)task["message"]!));
    }

    [Fact]
    public async Task ResetMidAnswer_IsSentAgainWithTheSameId_WhenRecoverIsRetry()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        worker.Answer = (request, context) => (int)request["attempt"]! == 1
            ? MisbehaveAsync("resets", context)
            : ReceiptWorker.Reply(context, 200, """{"state":300}""");
        await using var daemon = await StartAsync(worker.Address, "retry");
        string id = await TriggerAsync(daemon);
        await Eventually.Holds(async () => await StateAsync(daemon, id) == 300, Patience, () => "not tried again");
        Assert.Equal([1, 2], worker.Receipts.Select(r => (int)r["attempt"]!));
        Assert.All(worker.Receipts, r => Assert.Equal(id, (string)r["taskId"]!));
    }

    [Fact]
    public async Task LocalJob_GetsItsParameter_AndItsOutputIsKept()
    {
        await using var daemon = new DaemonProcess($$"""
            apps:
              - name: demo
                id: 1
                token: {{DaemonProcess.Token}}
                jobs:
                  - {name: cat, type: local, command: [/bin/cat], parameter: {city: 北京} }
                  - {name: fails, type: local, command: [/bin/sh, -c, "echo $QSCHEDD_JOB $EXTRA; exit 3"], env: {EXTRA: more} }
            """);
        await daemon.StartAsync();
        var cat = await RunAsync(daemon, "cat");
        Assert.Equal((300, """{"city":"北京"}"""), ((int)cat["state"]!, (string)cat["output"]!));
        var fails = await RunAsync(daemon, "fails");
        Assert.Equal((-100, "fails more\n"), ((int)fails["state"]!, (string)fails["output"]!));
        Assert.Contains("3", (string)fails["message"]!);
    }

    [Fact]
    public async Task Stop_WaitsForTheAnswerInFlight_AndTheNextStartTakesUpTheAcceptedTask()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        var release = new TaskCompletionSource();
        worker.Answer = async (request, context) =>
        {
            if ((string)request["job"]! == "slow")
                await release.Task;
            await ReceiptWorker.Reply(context, (string)request["job"]! == "slow" ? 200 : 202, """{"state":300}""");
        };
        await using var daemon = await StartAsync(worker.Address, "discard");
        string slow = await TriggerAsync(daemon, "slow"), accepted = await TriggerAsync(daemon);
        await Eventually.Holds(() => worker.Receipts.Count == 2, "not delivered");
        var stopped = daemon.TerminateAsync();
        await Eventually.Holds(() => daemon.Lines.Any(l => l.Contains("no new fires", StringComparison.Ordinal)), "no word of the stop");
        release.SetResult();
        Assert.Equal(0, await stopped);
        await daemon.StartAsync();
        Assert.Equal((300, 200), (await StateAsync(daemon, slow), await StateAsync(daemon, accepted)));
        await ReportAsync(daemon, accepted, 300);
        Assert.Equal(300, await StateAsync(daemon, accepted));
    }

    private static async Task<DaemonProcess> StartAsync(string workers, string recover)
    {
        var daemon = new DaemonProcess();
        daemon.Write($$"""
            apps:
              - name: demo
                id: 1
                token: {{DaemonProcess.Token}}
                workers: [{{workers}}]
                defaults: {recover: {{recover}}, loadBalance: first}
                jobs:
                  - {name: job}
                  - {name: slow}
            """, "  answerTimeout: 2s");
        return await daemon.StartAsync();
    }

    private static async Task MisbehaveAsync(string fault, HttpContext context)
    {
        switch (fault)
        {
            case "done":
                await ReceiptWorker.Reply(context, 200, """{"state":300,"message":"ok"}""");
                break;
            case "failed":
                await ReceiptWorker.Reply(context, 200, """{"state":-100,"message":"bad day"}""");
                break;
            case "accepts":
                await ReceiptWorker.Reply(context, 202, "{}");
                break;
            case "hangs":
                await new TaskCompletionSource().Task.WaitAsync(context.RequestAborted).ContinueWith(_ => { });
                break;
            case "resets":
                context.Response.ContentLength = 100;
                await context.Response.WriteAsync("{\"sta");
                await context.Response.Body.FlushAsync();
                context.Features.Get<IConnectionLifetimeFeature>()!.Abort();
                break;
            default:
                await ReceiptWorker.Reply(context, int.Parse(fault), "{}");
                break;
        }
    }

    private static async Task<string> TriggerAsync(DaemonProcess daemon, string job = "job")
    {
        var answer = JsonNode.Parse(await daemon.PostAsync("api/tasks.do", new { job, token = DaemonProcess.Token }))!;
        Assert.True((bool)answer["ret"]!, answer.ToJsonString());
        return (string)answer["message"]!;
    }

    private static async Task<JsonNode> RunAsync(DaemonProcess daemon, string job)
    {
        string id = await TriggerAsync(daemon, job);
        await Eventually.Holds(async () => await StateAsync(daemon, id) is not (100 or 200), Patience, () => $"{job} did not end");
        return (await daemon.GetJsonAsync($"api/tasks/{id}.do?token={DaemonProcess.Token}"))["data"]!;
    }

    private static async Task<int> StateAsync(DaemonProcess daemon, string id) =>
        (int)(await daemon.GetJsonAsync($"api/tasks/{id}.do?token={DaemonProcess.Token}"))["data"]!["state"]!;

    private static async Task ReportAsync(DaemonProcess daemon, string id, int state) => Assert.Equal(
        """{"message":"操作成功","ret":true}""",
        await daemon.PostAsync("api/tasks/state.do", new { taskId = id, state, message = "done by report", token = DaemonProcess.Token }));
}
