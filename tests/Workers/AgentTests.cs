using Qschedd.Engine.Ports;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>Tasks: taken, run once, reported.</summary>
public sealed class AgentTests : AgentFixture
{
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
}
