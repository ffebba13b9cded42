using System.Text.Json.Nodes;
using Qschedd.Tests.Alerts;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Alerts of the published binary, to a receiver of bare sockets.</summary>
public class AlertTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task ReceiverThatIsDownWhileJobsFail_GetsEachAlertOnce_WhenItIsBack()
    {
        int port = FreePort.Take();
        await using var daemon = await StartAsync(port);
        string[] jobs = ["job.a", "job.b", "job.c"];
        foreach (string job in jobs)
        {
            await RunAsync(daemon, job, -100);
            await RunAsync(daemon, job, -100);
        }
        await Eventually.Holds(() => daemon.Lines.Any(l => l.Contains($"alerts to http://127.0.0.1:{port} wait", StringComparison.Ordinal)), "no trouble yet");

        await using var receiver = Receiver.On(port);
        var failures = new List<JsonNode>();
        foreach (string _ in jobs)
            failures.Add((await receiver.NextAsync()).Json);
        Assert.Equal(jobs, failures.Select(f => (string)f["job"]!));
        Assert.All(failures, f => Assert.Equal(("threshold", -100, 1), ((string)f["event"]!, (int)f["state"]!, (int)f["failuresInRow"]!)));

        await File.WriteAllTextAsync(Path.Combine(daemon.Directory, "well"), "");
        foreach (string job in jobs)
            await RunAsync(daemon, job, 300);
        var recoveries = new List<JsonNode>();
        foreach (string _ in jobs)
            recoveries.Add((await receiver.NextAsync()).Json);
        Assert.Equal(jobs, recoveries.Select(r => (string)r["job"]!));
        Assert.All(recoveries, r => Assert.Equal(("recovered", 2), ((string)r["event"]!, (int)r["failures"]!)));
        Assert.Equal(0, await daemon.TerminateAsync());
        Assert.Equal((6, false), (receiver.Count, receiver.HasMore));
        Assert.DoesNotContain("s3cret", string.Concat(daemon.Lines));
    }

    [Fact]
    public async Task Stop_DoesNotWaitLong_ForAReceiverThatIsDown()
    {
        int port = FreePort.Take();
        await using var daemon = await StartAsync(port);
        await RunAsync(daemon, "job.a", -100);
        Assert.Equal(0, await daemon.TerminateAsync());
        Assert.Contains(daemon.Lines, l => l.Contains($"1 alerts to http://127.0.0.1:{port} were not delivered before the stop", StringComparison.Ordinal));
    }

    private static async Task<DaemonProcess> StartAsync(int port)
    {
        var daemon = new DaemonProcess();
        daemon.Write($$"""
            apps:
              - name: demo
                id: 1
                token: {{DaemonProcess.Token}}
                alerts: [{webhook: "http://127.0.0.1:{{port}}/hook?token=s3cret"}]
                defaults: {type: local, command: [/bin/sh, -c, "test -e {{daemon.Directory}}/well"]}
                jobs: [{name: job.a}, {name: job.b}, {name: job.c}]
            """);
        return await daemon.StartAsync();
    }

    private static async Task RunAsync(DaemonProcess daemon, string job, int state)
    {
        var answer = JsonNode.Parse(await daemon.PostAsync("api/tasks.do", new { job, token = DaemonProcess.Token }))!;
        Assert.True((bool)answer["ret"]!, answer.ToJsonString());
        string path = $"api/tasks/{answer["message"]}.do?token={DaemonProcess.Token}";
        await Eventually.Holds(async () => (int)(await daemon.GetJsonAsync(path))["data"]!["state"]! == state, Patience, () => $"{job}: not in state {state}");
    }
}
