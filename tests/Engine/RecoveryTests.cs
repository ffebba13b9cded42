using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

public class RecoveryTests
{
    private const string Hourly = "0 0 * * * ?";

    /// <summary>An engine with one task in flight, killed; and the next one on the same store.</summary>
    private static EngineWorld Restart(Job job, Func<IRunRequest, RunOutcome?> answer, Action<EngineWorld>? before = null, int downSeconds = 5)
    {
        var world = new EngineWorld().Start(job);
        world.Link.Answer = world.Local.Answer = answer;
        world.Run(3_600);
        before?.Invoke(world);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + downSeconds * 1000);
        next.LiveProcesses.UnionWith(world.LiveProcesses);
        return next.Start(job);
    }

    [Fact]
    public void AcceptedTask_GoesOn_AndItsReportLands()
    {
        var next = Restart(Samples.Job(cron: Hourly), _ => new RunOutcome(RunResult.Accepted));
        Assert.Single(next.Core.Tasks.JobsOn(w => w.Host == "10.1.0.1"));
        next.Core.Reports.Take(new TaskReport(next.Store.Tasks[1].Id, TaskState.Finished, "late but true", null));
        next.Settle();
        Assert.Equal(TaskState.Finished, next.Store.Tasks[1].State);
        Assert.Empty(next.Link.Requests);
    }

    [Fact]
    public void TaskBeingSent_IsNeverSentAgain_AndIsUnknownAfterTheAnswerTimeout_WhenRecoverIsDiscard()
    {
        var next = Restart(Samples.Job(cron: Hourly), _ => null);
        Assert.Single(next.Core.Tasks.JobsOn(w => w.Host == "10.1.0.1")); // check does not call the host free
        next.Run(29);
        Assert.Equal(TaskState.Starting, next.Store.Tasks[1].State);
        next.Run(2);
        Assert.Equal(TaskState.Unknown, next.Store.Tasks[1].State);
        Assert.Empty(next.Link.Requests);
    }

    [Fact]
    public void TaskBeingSent_IsSentAgainToItsWorkerWithItsId_WhenRecoverIsRetry()
    {
        var next = Restart(Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry }, _ => null);
        next.Run(2);
        var request = Assert.Single(next.Link.Requests);
        Assert.Equal((next.Store.Tasks[1].Id, "10.1.0.1:20010", 2), (request.TaskId, request.Worker, request.Attempt));
        Assert.Equal(TaskState.Finished, next.Store.Tasks[1].State);
    }

    [Fact]
    public void TaskBetweenTwoAttempts_IsTriedAgain()
    {
        var job = Samples.Job(cron: Hourly) with { Retry = new RetryPolicy(2, TimeSpan.FromSeconds(100), 1, TimeSpan.FromSeconds(100)) };
        var next = Restart(job, _ => new RunOutcome(RunResult.Failed));
        next.Run(94); // 100 s, less the 5 that the daemon was down
        Assert.Empty(next.Link.Requests);
        next.Run(2);
        Assert.Equal(2, Assert.Single(next.Link.Requests).Attempt);
    }

    [Fact]
    public void LocalTask_IsWatched_WhileItsProcessLives_AndUnknownAfter()
    {
        var next = Restart(Samples.LocalJob(cron: Hourly), _ => null, world =>
        {
            world.Local.Start("77:1234");
            world.LiveProcesses.Add("77:1234");
            world.Settle();
        });
        next.Run(60);
        Assert.Equal(TaskState.Started, next.Store.Tasks[1].State);
        next.LiveProcesses.Clear();
        next.Run(6);
        Assert.Equal(TaskState.Unknown, next.Store.Tasks[1].State);
        Assert.Empty(next.Local.Requests);
    }

    [Fact]
    public void LocalTask_RunsAgain_WhenItsProcessIsGoneAndRecoverIsRetry()
    {
        var next = Restart(Samples.LocalJob(cron: Hourly) with { Recover = RecoverPolicy.Retry }, _ => null);
        next.Run(2);
        Assert.Equal(2, Assert.Single(next.Local.Requests).Attempt);
    }

    [Fact]
    public void Misses_AreDiscardedAndCounted_WhenDownForLongerThanTheThreshold()
    {
        var next = Restart(Samples.Job(cron: Hourly), _ => new RunOutcome(RunResult.Finished), downSeconds: 3 * 3_600 + 120);
        Assert.Single(next.Store.Tasks);
        Assert.Equal(3, next.Job("demo.job").MisfiresDiscarded);
    }

    [Fact]
    public void Misses_AreRunOnceForTheLatest_WhenRecoverIsRetry()
    {
        var job = Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry };
        var next = Restart(job, _ => new RunOutcome(RunResult.Finished), downSeconds: 3 * 3_600 + 120);
        Assert.Equal([1, 4], next.Store.Tasks.Values.Select(t => (t.ScheduledMs - EngineWorld.StartMs) / 3_600_000));
    }

    [Fact]
    public void ChangedCron_LivesFromTheRestart_WithoutCatchingUp()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Run(3_600);
        var changed = Samples.Job(cron: "0 30 * * * ?") with { Triggers = [new Trigger(12, "0 30 * * * ?", "UTC", null)], Recover = RecoverPolicy.Retry };
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 45 * 60_000).Start(changed);
        next.Run(5);
        Assert.Single(next.Store.Tasks);
    }

    [Fact]
    public void RemovedJob_LeavesItsRunningTask_WhoseReportStillLands()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(Samples.Job("another"));
        next.Core.Reports.Take(new TaskReport(next.Store.Tasks[1].Id, TaskState.Finished, null, null));
        next.Settle();
        Assert.Equal(TaskState.Finished, next.Store.Tasks[1].State);
    }

    [Fact]
    public void UnsentTask_IsSentByTheNextProcess_WhenTheStopWasGraceful()
    {
        var job = Samples.Job(cron: Hourly, workers: [Samples.TwoWorkers[0]]);
        var second = Samples.Job("second", Hourly, [Samples.TwoWorkers[0]]);
        var world = new EngineWorld().Start(new EngineSettings { SendsPerWorkerMax = 1 }, job, second);
        world.Link.Answer = _ => null;
        world.Run(3_600);
        world.Core.Close();
        world.Core.EndLocal();
        world.Settle();
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(job, second);
        next.Run(1);
        Assert.NotEqual(Assert.Single(world.Link.Requests).TaskId, Assert.Single(next.Link.Requests).TaskId);
    }

    [Fact]
    public void DuplicateFire_LeavesTheJobsLastState()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Run(3_600);
        world.Store.ForgetWatermark(EngineWorld.StartMs);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 1_000).Start(Samples.Job(cron: Hourly));
        next.Run(1);
        Assert.Equal(TaskState.Finished, next.Job("demo.job").Status.LastState);
    }

    [Fact]
    public void WatermarkFarAhead_IsTakenForAWrongClock_AndJobsFireFromNow()
    {
        var world = new EngineWorld(startMs: EngineWorld.StartMs + 40L * 365 * 86_400_000).Start(Samples.Job());
        world.Run(2);
        var next = new EngineWorld(world.Store.Crash()).Start(Samples.Job());
        next.Run(2);
        Assert.Equal(4, next.Store.Tasks.Count);
    }
}
