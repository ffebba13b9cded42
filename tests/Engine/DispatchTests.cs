using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

public class DispatchTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Theory]
    [InlineData(RunResult.Finished, TaskState.Finished)]
    [InlineData(RunResult.Failed, TaskState.Failed)]
    [InlineData(RunResult.Accepted, TaskState.Started)]
    [InlineData(RunResult.QueueFull, TaskState.QueueFull)]
    [InlineData(RunResult.Ignored, TaskState.Ignored)]
    [InlineData(RunResult.NotDelivered, TaskState.NoWorker)]
    [InlineData(RunResult.Unknown, TaskState.Unknown)]
    internal void Outcome_OfEveryWorker_DecidesTheState(RunResult result, TaskState state)
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 * * * * ?"));
        world.Link.Answer = _ => new RunOutcome(result);
        world.Run(60);
        Assert.Equal(state, Assert.Single(world.Store.Tasks.Values).State);
        Assert.Equal(state, world.Job("demo.job").Status.LastState);
    }

    [Theory]
    [InlineData(RunResult.QueueFull)]
    [InlineData(RunResult.NotDelivered)]
    internal void SecondWorker_IsTried_WhenTheFirstDoesNotTakeTheTask(RunResult first)
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 * * * * ?"));
        world.Link.Answer = r => new RunOutcome(r.Worker == "10.1.0.1:20010" ? first : RunResult.Finished);
        world.Run(60);
        var task = Assert.Single(world.Store.Tasks.Values);
        Assert.Equal((TaskState.Finished, "10.1.0.2:20010"), (task.State, task.Worker));
        Assert.Equal([task.Id, task.Id], world.Link.Requests.Select(r => r.TaskId));
    }

    [Fact]
    public void Pause_IsThatOfOneFailure_WhenManyRequestsFailTogether()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null) with { Overlap = OverlapPolicy.Allow });
        world.Link.Answer = r => r.Worker == "10.1.0.1:20010" ? null : new RunOutcome(RunResult.Finished);
        for (int i = 0; i < 20; i++)
            Trigger(world);
        for (int i = 0; i < 20; i++)
            world.Link.Complete(RunResult.NotDelivered);
        world.Settle();
        Assert.Equal("10.1.0.2:20010", Trigger(world));
        world.Advance(Second);
        Assert.Equal("10.1.0.1:20010", Trigger(world));
    }

    private static string Trigger(EngineWorld world)
    {
        world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        return world.Link.Requests.Last().Worker;
    }

    [Fact]
    public void UnansweredTask_IsNotSentAgain_WhenRecoverIsDiscard()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 0 1 * * ?"));
        world.Link.Answer = _ => new RunOutcome(RunResult.Unknown, "reset");
        world.Run(3_600);
        world.Run(600);
        Assert.Single(world.Link.Requests);
    }

    [Fact]
    public void UnansweredTask_IsSentAgainToTheSameWorkerWithTheSameId_WhenRecoverIsRetry()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 * * * * ?") with { Recover = RecoverPolicy.Retry });
        world.Link.Answer = r => new RunOutcome(r.Attempt < 3 ? RunResult.Unknown : RunResult.Finished);
        world.Run(70);
        Assert.Equal([1, 2, 3], world.Link.Requests.Select(r => r.Attempt).Take(3));
        Assert.Single(world.Link.Requests.Take(3).Select(r => (r.TaskId, r.Worker)).Distinct());
        Assert.Equal(TaskState.Finished, world.Store.Tasks[1].State);
        Assert.Equal([TaskState.Unknown, TaskState.Unknown], world.Store.Attempts.Select(a => a.State));
    }

    [Fact]
    public void Retry_RunsAgainOnAnotherWorker_AfterThePauseOfItsPolicy()
    {
        var retry = new RetryPolicy(3, TimeSpan.FromSeconds(10), 2, TimeSpan.FromSeconds(15));
        var world = new EngineWorld().Start(Samples.Job(cron: "0 0 1 * * ?") with { Retry = retry });
        world.Link.Answer = _ => new RunOutcome(RunResult.Failed, "no");
        world.Run(3_600);
        Assert.Single(world.Link.Requests);
        world.Run(10);
        Assert.Equal(2, world.Link.Requests.Count);
        world.Run(14);
        Assert.Equal(2, world.Link.Requests.Count); // 20 s by the backoff, 15 by its bound
        world.Run(1);
        Assert.Equal(3, world.Link.Requests.Count);
        Assert.Equal(["10.1.0.1:20010", "10.1.0.2:20010", "10.1.0.1:20010"], world.Link.Requests.Select(r => r.Worker));
        world.Run(100);
        var task = Assert.Single(world.Store.Tasks.Values);
        Assert.Equal((TaskState.Failed, 3), (task.State, task.Attempt));
        Assert.Equal(1, world.Job("demo.job").Status.FailuresInRow);
    }

    [Fact]
    public void Report_BeforeTheAnswer_IsTaken_AndTheAnswerChangesNothing()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Link.Answer = _ => null;
        world.Run(1);
        string id = world.Store.Tasks[1].Id;
        world.Core.Reports.Take(new TaskReport(id, TaskState.Finished, "early", null));
        world.Link.Complete(RunResult.Accepted);
        world.Settle();
        Assert.Equal((TaskState.Finished, "early"), (world.Store.Tasks[1].State, world.Store.Tasks[1].Message));
    }

    [Fact]
    public void LateReport_ChangesNothing()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Run(1);
        world.Core.Reports.Take(new TaskReport(world.Store.Tasks[1].Id, TaskState.Failed, "late", null));
        world.Settle();
        Assert.Equal(TaskState.Finished, world.Store.Tasks[1].State);
    }

    [Fact]
    public void AcceptedTask_BecomesUnknown_WhenNoReportComesWithinLostAfter()
    {
        var settings = new EngineSettings { Server = Samples.Server() with { LostAfter = TimeSpan.FromMinutes(5) } };
        var world = new EngineWorld().Start(settings, Samples.Job(cron: "0 0 1 * * ?"));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600 + 299);
        Assert.Equal(TaskState.Started, world.Store.Tasks[1].State);
        world.Run(2);
        Assert.Equal(TaskState.Unknown, world.Store.Tasks[1].State);
    }

    [Fact]
    public void HeartbeatThenSilence_MakesTheTaskUnknown_AfterTheTtl()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 0 1 * * ?"));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        string id = world.Store.Tasks[1].Id;
        world.Run(200);
        world.Core.Reports.Take(new TaskReport(id, TaskState.Started, null, null));
        world.Run(80);
        world.Core.Reports.Take(new TaskReport(id, TaskState.Started, null, null));
        world.Run(89);
        Assert.Equal(TaskState.Started, world.Store.Tasks[1].State);
        Assert.Equal(EngineWorld.StartMs + 3_880_000, world.Job("demo.job").Status.LastUpdateMs);
        world.Run(2);
        Assert.Equal(TaskState.Unknown, world.Store.Tasks[1].State);
    }

    [Fact]
    public async Task OfflineWorker_GetsNothing_EvenWhenTheTaskWasRecordedBefore()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Store.IsHeld = true;
        world.Run(1); // chosen: the first worker; not on record yet
        var answer = new TaskCompletionSource<CommandResult>();
        world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", false)], "test", answer);
        Assert.Single(world.Core.Tasks.JobsOn(w => w.Host == "10.1.0.1"));
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Equal(CommandResult.Done, await answer.Task);
        Assert.Equal("10.1.0.2:20010", Assert.Single(world.Link.Requests).Worker);
        Assert.Empty(world.Core.Tasks.JobsOn(w => w.Host == "10.1.0.1"));
    }

    [Fact]
    public void Waiting_IsBounded_AndWhatCallersStartInExcessEndsAsQueueFull()
    {
        var settings = new EngineSettings { WaitingMax = 2, SendsPerWorkerMax = 1 };
        var world = new EngineWorld().Start(settings, [.. Enumerable.Range(0, 5).Select(i => Samples.Job($"j{i}", cron: null))]);
        world.Link.Answer = _ => null;
        world.Store.IsHeld = true;
        for (int i = 0; i < 5; i++)
            world.Core.Commands.Trigger($"j{i}", null, "test", new StartCall(new TaskCompletionSource<TriggerResult>()));
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Single(world.Link.Requests);
        Assert.Equal(3, world.Store.Tasks.Values.Count(t => t.State == TaskState.QueueFull));
        world.Link.Complete(RunResult.Finished);
        world.Settle();
        world.Link.Complete(RunResult.Finished);
        world.Settle();
        Assert.Equal(2, world.Store.Tasks.Values.Count(t => t.State == TaskState.Finished));
    }

    [Fact]
    public void Timeout_IsNoted_AndTheTaskGoesOn()
    {
        var world = new EngineWorld().Start(Samples.Job() with { Timeout = TimeSpan.FromSeconds(5) });
        world.Link.Answer = _ => null;
        world.Run(8);
        Assert.Equal(1, world.Core.Counters.TimeoutsNoted);
        Assert.Equal(TaskState.Starting, world.Store.Tasks[1].State);
    }

    [Fact]
    public void KillAfter_KillsAndTheEndIsAFailedTask_NotAFailureOfTheJob()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 * * * * ?") with { KillAfter = TimeSpan.FromSeconds(5) });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(66);
        Assert.Single(world.Link.Kills);
        world.Run(15); // the worker took the kill and says no more
        Assert.Equal(TaskState.Failed, world.Store.Tasks[1].State);
        Assert.Equal(0, world.Job("demo.job").Status.FailuresInRow);
    }

    [Fact]
    public void Broadcast_SendsOneShardToEachOnlineWorker()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 * * * * ?") with { LoadBalance = LoadBalance.Broadcast });
        world.Run(60);
        Assert.Equal([("10.1.0.1:20010", 0, 2), ("10.1.0.2:20010", 1, 2)], world.Link.Requests.Select(r => (r.Worker, r.ShardIndex, r.ShardTotal)));
        Assert.Equal(2, world.Store.Tasks.Values.Count(t => t.State == TaskState.Finished));
    }

    [Fact]
    public void NoWorkerAtAll_IsRecordedWithItsReason()
    {
        var world = new EngineWorld().Start(Samples.Job(workers: []));
        world.Run(1);
        Assert.Equal(TaskState.NoWorker, world.Store.Tasks[1].State);
        Assert.Contains("offline, silent or missing", world.Store.Tasks[1].Message);
    }

    [Fact]
    public void UnreachableWorker_IsTriedLast_UntilItsPauseIsOver()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0/10 * * * * ?"));
        world.Link.Answer = r => new RunOutcome(r.Worker == "10.1.0.1:20010" ? RunResult.NotDelivered : RunResult.Finished);
        world.Run(10); // fails once: paused for 1 s
        world.Run(10); // again: for 2 s
        int before = world.Link.Requests.Count;
        for (int i = 0; i < 4; i++)
            world.Run(10); // 4 s, 8 s, 16 s: then one fire goes straight to the second
        Assert.True(world.Link.Requests.Count - before < 8, $"{world.Link.Requests.Count - before} requests");
        Assert.Equal(6, world.Store.Tasks.Values.Count(t => t.State == TaskState.Finished));
    }

    [Fact]
    public void LocalJob_RunsHereAndIsStartedWithItsProcess()
    {
        var world = new EngineWorld().Start(Samples.LocalJob());
        world.Local.Answer = _ => null;
        world.Run(1);
        world.Local.Start("77:1234");
        world.Settle();
        Assert.Equal((TaskState.Started, "local", "77:1234"), (world.Store.Tasks[1].State, world.Store.Tasks[1].Worker, world.Store.Tasks[1].Process));
        world.Local.Complete(RunResult.Finished);
        world.Advance(Second / 2);
        Assert.Equal(TaskState.Finished, world.Store.Tasks[1].State);
    }
}
