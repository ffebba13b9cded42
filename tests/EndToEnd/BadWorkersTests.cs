using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Qschedd.Tests.Workers;
using Xunit.Abstractions;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Workers that misbehave in every way at once: each task has its stated end, and the others do not notice.</summary>
[Trait("form", "torture")]
public sealed class BadWorkersTests(ITestOutputHelper output) : IDisposable
{
    private const int GoodJobs = 20;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private static readonly int Fires = Torture.Rounds(4, 200);

    private readonly ConcurrentDictionary<int, long> _endlessBytes = new();
    private readonly ConcurrentQueue<double> _lateMs = new();
    private readonly List<Socket> _sockets = [];

    public void Dispose() => _sockets.ForEach(socket => socket.Dispose());

    [Fact]
    public async Task BadWorkers_EndTheirTasksAsStated_AndHarmNoOther()
    {
        await using RawWorker trap = RawWorker.Answering(RawWorker.Response("200 OK", """{"state":300}"""));
        await using RawWorker proxy = RawWorker.Answering(RawWorker.Response("200 OK", """{"state":300}"""));
        await using var good = await ReceiptWorker.StartAsync();
        good.Answer = AnswerAndNoteLateness;
        var bad = Faults(trap.Address);
        await using var daemon = new DaemonProcess();
        foreach (string name in (string[])["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
            daemon.Env[name] = $"http://{proxy.Address}";
        daemon.Write(Apps(good, bad), "  answerTimeout: 1s");
        await daemon.StartAsync("--log-level", "error");
        string[] goodJobs = [.. Enumerable.Range(0, GoodJobs).Select(i => $"good.{i}")], badJobs = [.. bad.Select(fault => fault.Name)];
        int socketsBefore = ProcessFigures.OpenSockets(daemon.Pid);
        await SwitchAsync(daemon, "on", goodJobs);
        await AwaitFiresAsync(good, Fires);
        double normal = TakeP99();
        await SwitchAsync(daemon, "on", badJobs);
        await AwaitFiresAsync(good, Fires);
        double beside = TakeP99();
        await SwitchAsync(daemon, "off", [.. goodJobs, .. badJobs]);
        foreach (Fault fault in bad)
            await AssertStatesAsync(daemon, fault);
        // One more for a second connection of this test's own.
        await Eventually.Holds(() => Task.FromResult(ProcessFigures.OpenSockets(daemon.Pid) <= socketsBefore + 1), Patience,
            () => $"{ProcessFigures.OpenSockets(daemon.Pid)} sockets stay open, {socketsBefore} were before");
        Assert.All(_endlessBytes.Values, bytes => Assert.True(bytes < 16 * 1024 * 1024, $"{bytes} bytes of one answer were taken"));
        Assert.Equal((0, 0), (trap.Connections, proxy.Connections));
        Assert.All(await daemon.TasksAsync("good.0"), task => Assert.Equal(300, (int)task!["state"]!));
        output.WriteLine($"bad workers: p99 lateness of the others {normal:0.0} ms without, {beside:0.0} ms with {bad.Length} bad ones; "
            + $"peak {ProcessFigures.PeakMb(daemon.Pid):0} MB, {socketsBefore} sockets before, {ProcessFigures.OpenSockets(daemon.Pid)} after");
        foreach (Fault fault in bad.Where(fault => fault.Worker is not null))
            await fault.Worker!.DisposeAsync();
    }

    [Fact]
    public async Task RegisteredWorkerOutside_IsNeverConnectedTo_AndTheTaskSaysWhy()
    {
        await using RawWorker outside = RawWorker.Answering(RawWorker.Response("200 OK", """{"state":300}"""));
        await using var daemon = new DaemonProcess();
        daemon.Write($$"""
            apps:
              - name: demo
                id: 1
                token: {{DaemonProcess.Token}}
                jobs:
                  - {name: job}
            """, "  workerNetworks: [10.99.0.0/16]");
        await daemon.StartAsync("--log-level", "error");
        string port = outside.Address.Split(':')[1];
        Assert.Contains("true", await daemon.PostAsync(
            "api/workers/register.do", new { address = $"localhost:{port}", hostname = "h", app = "demo", token = DaemonProcess.Token }), StringComparison.Ordinal);
        var answer = JsonNode.Parse(await daemon.PostAsync("api/tasks.do", new { job = "job", token = DaemonProcess.Token }))!;
        JsonNode task = await EndOfAsync(daemon, (string)answer["message"]!);
        Assert.Equal(-200, (int)task["state"]!);
        Assert.Contains("(of localhost) is outside server.workerNetworks", (string)task["message"]!, StringComparison.Ordinal);
        Assert.Equal(0, outside.Connections);
    }

    private Fault[] Faults(string trap) =>
    [
        Of("hang", [-9999], connection => connection.HangAsync()),
        Of("drip", [-9999], DripAsync),
        Of("endless", [-100, -9999], EndlessAsync),
        Of("reset", [-9999], connection => { connection.Reset(); return Task.CompletedTask; }),
        Of("closed", [-9999], _ => Task.CompletedTask),
        Of("half", [-9999], connection => { connection.Socket.Shutdown(SocketShutdown.Send); return connection.HangAsync(); }),
        Of("garbage", [-9999], connection => connection.SendAsync("SSH-2.0-OpenSSH_9.9\r\n\r\n")),
        Of("bomb", [-9999], connection => connection.SendAsync("HTTP/1.1 200 OK\r\nX: " + new string('x', 1_000_000))),
        Of("flood", [-9999], FloodAsync),
        Of("redirect", [-100], connection => connection.SendAsync(RawWorker.Response("307 Temporary Redirect", "", $"Location: http://{trap}/\r\n"))),
        Of("error", [-100], connection => connection.SendAsync(RawWorker.Response("500 Oh"))),
        Of("full", [-300], connection => connection.SendAsync(RawWorker.Response("503 Full"))),
        new("refuse", [-200], $"127.0.0.1:{FreePort.Take()}", null),
        new("nowhere", [-200], "worker.invalid:20010", null),
        new("silent", [-200], Silent(), null),
    ];

    /// <summary>Takes no connection: its queue is full, and the kernel drops what comes.</summary>
    private string Silent()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _sockets.Add(listener);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        for (int i = 0; i < 3; i++)
        {
            var waiting = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _sockets.Add(waiting);
            _ = waiting.ConnectAsync(listener.LocalEndPoint!);
        }
        return listener.LocalEndPoint!.ToString()!;
    }

    private static Fault Of(string name, int[] states, Func<RawWorker.Connection, Task> answer)
    {
        var worker = RawWorker.With(async connection =>
        {
            if (await connection.ReadRequestAsync())
                await answer(connection);
        });
        return new Fault(name, states, worker.Address, worker);
    }

    private static async Task DripAsync(RawWorker.Connection connection)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
        foreach (char letter in RawWorker.Response("200 OK", """{"state":300}"""))
        {
            await connection.SendAsync($"{letter}");
            await timer.WaitForNextTickAsync();
        }
    }

    private async Task EndlessAsync(RawWorker.Connection connection)
    {
        await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n");
        string block = new('x', 65_536);
        while (true)
        {
            await connection.SendAsync(block);
            _endlessBytes.AddOrUpdate(connection.Index, block.Length, (_, before) => before + block.Length);
        }
    }

    private static async Task FloodAsync(RawWorker.Connection connection)
    {
        string block = string.Concat(Enumerable.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 100));
        while (true)
            await connection.SendAsync(block);
    }

    private Task AnswerAndNoteLateness(JsonNode request, Microsoft.AspNetCore.Http.HttpContext context)
    {
        _lateMs.Enqueue(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - (long)request["scheduledTime"]!);
        return ReceiptWorker.Reply(context, 200, """{"state":300}""");
    }

    private double TakeP99()
    {
        double p99 = ProcessFigures.Quantile(_lateMs, 0.99);
        _lateMs.Clear();
        return p99;
    }

    private static async Task AwaitFiresAsync(ReceiptWorker worker, int fires)
    {
        int target = worker.Receipts.Count + (fires * GoodJobs);
        await Eventually.Holds(() => Task.FromResult(worker.Receipts.Count >= target), TimeSpan.FromSeconds(60 + (2 * fires)), () => "the good jobs stand still");
    }

    private static async Task SwitchAsync(DaemonProcess daemon, string how, string[] jobs) => Assert.Contains("true",
        await daemon.PostAsync($"api/jobs/{how}.do", new { jobs, token = DaemonProcess.Token }), StringComparison.Ordinal);

    /// <summary>All tasks have ended, and none otherwise than stated.</summary>
    private static async Task AssertStatesAsync(DaemonProcess daemon, Fault fault)
    {
        int[] states = [];
        await Eventually.Holds(async () =>
        {
            states = [.. (await daemon.TasksAsync(fault.Name)).Select(task => (int)task!["state"]!)];
            return !states.Contains(100);
        }, Patience, () => $"{fault.Name}: tasks that do not end");
        Assert.NotEmpty(states);
        Assert.True(states.All(fault.States.Contains), $"{fault.Name}: states {string.Join(' ', states.Distinct())}");
    }

    private static async Task<JsonNode> EndOfAsync(DaemonProcess daemon, string id)
    {
        JsonNode task = null!;
        await Eventually.Holds(async () =>
        {
            task = (await daemon.GetJsonAsync($"api/tasks/{id}.do?token={DaemonProcess.Token}"))["data"]!;
            return (int)task["state"]! is not (100 or 200);
        }, Patience, () => "the task does not end");
        return task;
    }

    private static string Apps(ReceiptWorker good, Fault[] bad) => $$"""
        apps:
          - name: demo
            id: 1
            token: {{DaemonProcess.Token}}
            defaults: {overlap: allow}
            jobs:
        {{string.Join('\n', Enumerable.Range(0, GoodJobs).Select(i => $"      - {{name: good.{i}, cron: \"* * * * * ?\", state: false, workers: [\"{good.Address}\"]}}"))}}
        {{string.Join('\n', bad.Select(fault => $"      - {{name: {fault.Name}, cron: \"* * * * * ?\", state: false, workers: [\"{fault.Address}\"]}}"))}}
        """;

    private sealed record Fault(string Name, int[] States, string Address, RawWorker? Worker);
}
