using System.Collections.Frozen;
using System.Net;
using System.Text;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Cli;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers;
using Qschedd.Workers.Native;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>The agent in this process, asked by the daemon's own link and reporting to a daemon of bare sockets.</summary>
public sealed class AgentTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private const string Done = """{"message":"操作成功","ret":true}""";

    private readonly NativeLink _link = new(new NativeLimits());
    private readonly Channel<string> _calls = Channel.CreateUnbounded<string>();
    private readonly string _directory = Directory.CreateTempSubdirectory("qschedd-agent").FullName;
    private readonly Queue<string> _answers = new();
    private RawWorker _daemon = null!;
    private Agent? _agent;

    public Task InitializeAsync()
    {
        _daemon = RawWorker.With(async connection =>
        {
            while (await connection.ReadRequestAsync())
            {
                string answer;
                lock (_answers)
                {
                    answer = _answers.TryDequeue(out string? next) ? next : Response("200 OK", Done);
                }
                await _calls.Writer.WriteAsync(connection.Last);
                await connection.SendUtf8Async(answer);
            }
        });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_agent is not null)
        {
            await _agent.DisposeAsync();
        }
        _link.Dispose();
        await _daemon.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private AgentOptions Options => new("127.0.0.1:0", new Secret(Samples.Token))
    {
        Heartbeat = Limit,
        DrainFor = TimeSpan.FromMilliseconds(100),
        KillGrace = TimeSpan.FromMilliseconds(200),
        ReportPause = TimeSpan.FromMilliseconds(1),
        ReportWhileStopping = TimeSpan.FromSeconds(5),
    };

    private async Task<RunRequest> StartAsync(string line, AgentOptions? options = null)
    {
        LocalCommand command = Samples.Shell(line) with { WorkingDirectory = _directory };
        var commands = new AgentCommands(new Dictionary<string, LocalCommand> { [Samples.Job().Name] = command }.ToFrozenDictionary());
        _agent = await Agent.StartAsync(options ?? Options, commands, NullLoggerFactory.Instance, TimeProvider.System);
        return Samples.Request(_agent.Address.ToString()) with { Callback = $"http://{_daemon.Address}/api/tasks/state.do" };
    }

    private Task<RunOutcome> SendAsync(RunRequest request) =>
        _link.RunAsync(request, static _ => { }, CancellationToken.None).WaitAsync(Limit);

    private Task<KillOutcome> KillAsync(RunRequest request) =>
        _link.KillAsync(new KillRequest(request.TaskId, request.Job, request.Worker), CancellationToken.None).WaitAsync(Limit);

    /// <summary>The body of the next call to the daemon.</summary>
    private async Task<string> NextCallAsync()
    {
        string call = await _calls.Reader.ReadAsync().AsTask().WaitAsync(Limit);
        return call[(call.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
    }

    private static string Report(int state, string? message = null, string? output = null) =>
        "{" + (message is null ? "" : $"\"message\":\"{message}\",") + (output is null ? "" : $"\"output\":\"{output}\",")
        + $"\"state\":{state},\"taskId\":\"150212.093000.192.168.0.1.4711.42\",\"token\":\"{Samples.Token}\"}}";

    private int Runs => File.Exists(Path.Combine(_directory, "runs")) ? File.ReadAllLines(Path.Combine(_directory, "runs")).Length : 0;

    [Fact]
    public async Task Task_IsAccepted_AndItsEndReported()
    {
        RunRequest request = await StartAsync("cat; echo \" $QSCHEDD_JOB $QSCHEDD_ATTEMPT $QSCHEDD_SHARD_INDEX/$QSCHEDD_SHARD_TOTAL ${QSCHEDD_TOKEN-none}\"");
        Assert.Equal(new RunOutcome(RunResult.Accepted), await SendAsync(request with { Parameter = "[\"北京\"]" }));
        Assert.Equal(Report(300, null, """[\"北京\"] qschedule.demo.job1 2 1/4 none\n"""), await NextCallAsync());
    }

    [Fact]
    public async Task Failure_Is_Reported()
    {
        RunRequest request = await StartAsync("echo why; exit 3");
        await SendAsync(request);
        Assert.Equal(Report(-100, "exit status 3", "why\\n"), await NextCallAsync());
    }

    [Fact]
    public async Task CommandThatCannotStart_IsFailed_InTheAnswer()
    {
        RunRequest request = await StartAsync("true", Options);
        Directory.Delete(_directory);
        RunOutcome outcome = await SendAsync(request);
        Directory.CreateDirectory(_directory);
        Assert.Equal(new RunOutcome(RunResult.Failed, $"cannot start 'sh': there is no directory '{_directory}'"), outcome);
        Assert.Equal(outcome, await SendAsync(request));
    }

    [Fact]
    public async Task TaskSentTwice_Runs_Once()
    {
        RunRequest request = await StartAsync("echo run >> runs; echo out; read line < /dev/null; exit 0");
        Assert.Equal(RunResult.Accepted, (await SendAsync(request)).Result);
        await NextCallAsync();
        Assert.Equal(new RunOutcome(RunResult.Finished), await SendAsync(request));
        Assert.Equal(new RunOutcome(RunResult.Finished), await SendAsync(request with { Attempt = 3 }));
        Assert.Equal(1, Runs);
    }

    [Fact]
    public async Task TaskSentTwiceWhileItRuns_IsAccepted_AndRunsOnce()
    {
        RunRequest request = await StartAsync("echo run >> runs; while [ ! -e go ]; do sleep 0.01; done");
        Assert.Equal(RunResult.Accepted, (await SendAsync(request)).Result);
        Assert.Equal(RunResult.Accepted, (await SendAsync(request)).Result);
        Assert.Equal(RunResult.Accepted, (await SendAsync(request with { Attempt = 3 })).Result);
        await File.WriteAllTextAsync(Path.Combine(_directory, "go"), "");
        Assert.Equal(Report(300), await NextCallAsync());
        Assert.Equal(1, Runs);
    }

    [Fact]
    public async Task FailedTask_RunsAgain_OnlyForALaterAttempt()
    {
        RunRequest request = await StartAsync("echo run >> runs; exit 1");
        await SendAsync(request);
        await NextCallAsync();
        Assert.Equal(new RunOutcome(RunResult.Failed, "exit status 1"), await SendAsync(request));
        Assert.Equal(1, Runs);
        Assert.Equal(RunResult.Accepted, (await SendAsync(request with { Attempt = 3 })).Result);
        await NextCallAsync();
        Assert.Equal(2, Runs);
    }

    [Fact]
    public async Task OldTasks_AreForgotten_AtTheBound()
    {
        RunRequest request = await StartAsync("echo run >> runs", Options with { TasksRemembered = 2 });
        foreach (string id in (string[])["a", "b", "c", "c", "b", "a"])
        {
            if ((await SendAsync(request with { TaskId = id })).Result == RunResult.Accepted)
            {
                await NextCallAsync();
            }
        }
        Assert.Equal(4, Runs);
    }

    [Fact]
    public async Task UnknownJob_Is_Failed()
    {
        RunRequest request = await StartAsync("true");
        Assert.Equal(
            new RunOutcome(RunResult.Failed, "the worker answered 404: this agent has no command for job 'other'"),
            await SendAsync(request with { Job = request.Job with { Name = "other" } }));
    }

    [Fact]
    public async Task TaskAboveTheSlots_Is_QueueFull()
    {
        RunRequest request = await StartAsync("sleep 60", Options with { Slots = 1 });
        await SendAsync(request);
        RunRequest other = request with { TaskId = "other" };
        Assert.Equal(new RunOutcome(RunResult.QueueFull, "the worker answered 503: all 1 slots are taken"), await SendAsync(other));
        await KillAsync(request);
        await NextCallAsync();
        Assert.Equal(RunResult.Accepted, (await SendAsync(other)).Result);
        await KillAsync(other);
        await NextCallAsync();
    }

    [Fact]
    public async Task Kill_Ends_TheCommandAndReportsIt()
    {
        RunRequest request = await StartAsync("sleep 60");
        await SendAsync(request);
        Assert.True((await KillAsync(request)).Taken);
        Assert.Equal(Report(-100, "killed on request: killed by signal 15 (SIGTERM)"), await NextCallAsync());
        Assert.Equal(new KillOutcome(true), await KillAsync(request));
        Assert.Equal(new KillOutcome(false, "the worker answered 404"), await KillAsync(request with { TaskId = "unknown" }));
    }

    [Fact]
    public async Task Heartbeats_AreSent_WhileItRuns()
    {
        RunRequest request = await StartAsync("sleep 60", Options with { Heartbeat = TimeSpan.FromMilliseconds(30) });
        await SendAsync(request);
        Assert.Equal(Report(200), await NextCallAsync());
        Assert.Equal(Report(200), await NextCallAsync());
        await KillAsync(request);
        string call;
        do
        {
            call = await NextCallAsync();
        }
        while (call == Report(200));
        Assert.Contains("\"state\":-100", call, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Report_IsRepeated_UntilTheDaemonHasIt()
    {
        RunRequest request = await StartAsync("exit 0");
        _answers.Enqueue(Response("500 Internal Server Error"));
        _answers.Enqueue(Response("200 OK", """{"message":"内部错误","ret":false}"""));
        _answers.Enqueue("junk\r\n\r\n");
        await SendAsync(request);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(Report(300), await NextCallAsync());
        }
        await _agent!.StopAsync().WaitAsync(Limit);
        Assert.False(_calls.Reader.TryRead(out _));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("sha256=")]
    [InlineData("sha256=00")]
    [InlineData("md5=00")]
    public async Task RequestNotSigned_Is_Refused(string? signature)
    {
        RunRequest request = await StartAsync("echo run >> runs");
        Assert.Equal(
            (401, """{"message":"X-QSchedule-Signature is missing or was not made with this agent's token"}"""),
            await PostAsync("/qschedule/run", RunBody.Run(request).ToArray(), signature));
        Assert.Equal(401, (await PostAsync("/qschedule/kill", RunBody.Kill(request.TaskId).ToArray(), signature)).Status);
        Assert.Equal(0, Runs);
    }

    [Fact]
    public async Task RequestSignedWithAnotherToken_Is_Refused()
    {
        RunRequest request = await StartAsync("true");
        byte[] body = RunBody.Run(request).ToArray();
        Assert.Equal(401, (await PostAsync("/qschedule/run", body, Signature.Of(body, new Secret("other")))).Status);
        string upper = Signature.Of(body, request.Job.App.Token).ToUpperInvariant();
        Assert.Equal(202, (await PostAsync("/qschedule/run", body, upper)).Status);
        body[^2] ^= 1;
        Assert.Equal(401, (await PostAsync("/qschedule/run", body, upper)).Status);
        await NextCallAsync();
    }

    [Theory]
    [InlineData("/qschedule/run", "", 400)]
    [InlineData("/qschedule/run", "[]", 400)]
    [InlineData("/qschedule/run", "{\"taskId\":\"a\"}", 400)]
    [InlineData("/qschedule/run", "{\"taskId\":\"a\",\"job\":\"j\"}", 400)]
    [InlineData("/qschedule/run", "{\"taskId\":\"a\",\"job\":\"j\",\"callback\":\"file:///etc/passwd\"}", 400)]
    [InlineData("/qschedule/run", "{\"taskId\":\"\\ud800\",\"job\":\"j\"}", 400)]
    [InlineData("/qschedule/run", "{\"taskId\":\"a\",\"job\":\"j\",\"callback\":\"http://h/\"}", 404)]
    [InlineData("/qschedule/kill", "{}", 400)]
    [InlineData("/qschedule/kill", "{\"taskId\":7}", 400)]
    [InlineData("/other", "{}", 404)]
    [InlineData("/healthz", "{}", 405)]
    public async Task MalformedRequest_IsAnswered_WithAStatus(string path, string text, int status)
    {
        await StartAsync("true");
        byte[] body = Encoding.UTF8.GetBytes(text);
        Assert.Equal(status, (await PostAsync(path, body, Signature.Of(body, Samples.App.Token))).Status);
    }

    [Fact]
    public async Task BodyOver1MiB_Is_Refused()
    {
        await StartAsync("true");
        byte[] body = new byte[1024 * 1024 + 1];
        Assert.Equal(
            (413, """{"message":"the body is longer than 1 MiB"}"""),
            await PostAsync("/qschedule/run", body, Signature.Of(body, Samples.App.Token)));
    }

    [Fact]
    public async Task Stop_KillsAndReports_WhatDoesNotEnd()
    {
        RunRequest request = await StartAsync("sleep 60");
        await SendAsync(request);
        await _agent!.StopAsync().WaitAsync(Limit);
        Assert.Equal(Report(-100, "killed: the agent stopped: killed by signal 15 (SIGTERM)"), await NextCallAsync());
        Assert.Equal(RunResult.NotDelivered, (await SendAsync(request with { TaskId = "late" })).Result);
    }

    [Fact]
    public async Task StoppingAgent_TakesNoTasks_AndWaitsForThoseThatRun()
    {
        RunRequest request = await StartAsync("while [ ! -e go ]; do sleep 0.01; done", Options with { DrainFor = Limit });
        await SendAsync(request);
        Task stopped = _agent!.StopAsync();
        Assert.Equal(
            new RunOutcome(RunResult.QueueFull, "the worker answered 503: the agent is stopping"),
            await SendAsync(request with { TaskId = "late" }));
        Assert.False(stopped.IsCompleted);
        await File.WriteAllTextAsync(Path.Combine(_directory, "go"), "");
        Assert.Equal(Report(300), await NextCallAsync());
        await stopped.WaitAsync(Limit);
    }

    [Fact]
    public async Task Agent_RegistersAndUnregisters()
    {
        _answers.Enqueue(Response("503 Service Unavailable"));
        await StartAsync("true", Options with
        {
            Server = new Uri($"http://{_daemon.Address}"),
            App = "qschedule.demo",
            Hostname = "l-demo1",
            RegisterEvery = TimeSpan.FromMilliseconds(20),
            RegisterAgainAfterFailure = TimeSpan.FromMilliseconds(1),
        });
        string body = $$"""{"address":"{{_agent!.Address}}","app":"qschedule.demo","hostname":"l-demo1","jobs":["qschedule.demo.job1"],"token":"{{Samples.Token}}"}""";
        for (int i = 0; i < 3; i++)
        {
            string call = await _calls.Reader.ReadAsync().AsTask().WaitAsync(Limit);
            Assert.StartsWith("POST /api/workers/register.do HTTP/1.1\r\n", call, StringComparison.Ordinal);
            Assert.EndsWith("\r\n\r\n" + body, call, StringComparison.Ordinal);
        }
        await _agent.StopAsync().WaitAsync(Limit);
        string last = _daemon.Requests[^1];
        Assert.StartsWith("POST /api/workers/unregister.do HTTP/1.1\r\n", last, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + body, last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WildcardListener_Registers_TheAddressTowardsTheServer()
    {
        await StartAsync("true", Options with
        {
            Listen = "http://0.0.0.0:0",
            Server = new Uri($"http://{_daemon.Address}"),
            App = "qschedule.demo",
        });
        Assert.Equal(IPAddress.Any, _agent!.Address.Address);
        Assert.StartsWith($"{{\"address\":\"127.0.0.1:{_agent.Address.Port}\",", await NextCallAsync(), StringComparison.Ordinal);
        await _agent.StopAsync().WaitAsync(Limit);
    }

    private async Task<(int Status, string Body)> PostAsync(string path, byte[] body, string? signature)
    {
        using var http = new HttpClient { Timeout = Limit };
        using var content = new ByteArrayContent(body);
        if (signature is not null)
        {
            content.Headers.TryAddWithoutValidation(Signature.Header, signature);
        }
        using HttpResponseMessage response = await http.PostAsync($"http://{_agent!.Address}{path}", content);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
