using System.Net;
using Qschedd.Engine.Ports;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>Registering, draining and stopping.</summary>
public sealed class AgentLifeTests : AgentFixture
{
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
}
