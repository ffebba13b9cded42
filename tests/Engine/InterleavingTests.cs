using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using static Qschedd.Tests.Engine.WorldMoves;

namespace Qschedd.Tests.Engine;

/// <summary>Reports, kills and refusals that come at an awkward moment.</summary>
public class InterleavingTests
{
    private const string Hourly = "0 0 * * * ?";
    private const string Minutely = "0 * * * * ?";

    [Fact]
    public void Check_FindsTheHost_WhenItsWorkerRegisteredTheName()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Minutely, workers: [new("10.1.0.1:20010", "10.1.0.1:20010")]));
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", "10.1.0.1:20010", "l-pay.dev", null, 1), a));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(60);
        Assert.True(Shows(world, "l-pay.dev"));
    }

    [Fact]
    public void BroadcastReplace_SendsAllShards_WhenThoseBeforeHaveEnded()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Minutely) with { LoadBalance = LoadBalance.Broadcast, Overlap = OverlapPolicy.Replace });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(60);
        Assert.Equal(2, world.Link.Requests.Count);
        world.Run(60);
        Report(world, 1, TaskState.Failed);
        Report(world, 2, TaskState.Failed);
        world.Run(30);
        Assert.Equal(4, world.Link.Requests.Count);
    }

    [Fact]
    public void RepeatedFailureReport_ChangesNothing_DuringThePause()
    {
        var job = Samples.Job(cron: Hourly) with { Retry = new RetryPolicy(2, TimeSpan.FromSeconds(30), 1, TimeSpan.FromSeconds(30)) };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        Report(world, 1, TaskState.Failed);
        Report(world, 1, TaskState.Failed); // repeated: its answer was lost
        Assert.Equal(TaskState.Starting, world.Store.Tasks[1].State);
    }

    [Fact]
    public void FailureReport_CountsOnce_WhenItComesBeforeTheAnswer()
    {
        var job = Samples.Job(cron: Hourly) with { Retry = new RetryPolicy(2, TimeSpan.FromSeconds(30), 1, TimeSpan.FromSeconds(30)) };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => null;
        world.Run(3_600);
        Report(world, 1, TaskState.Failed);
        world.Link.Complete(RunResult.Unknown, "reset after the report");
        world.Settle();
        Assert.Equal(TaskState.Starting, world.Store.Tasks[1].State);
    }

    [Fact]
    public void Kill_EndsTheTask_WhenAHeartbeatWasOvertaken()
    {
        var job = Samples.Job(cron: Hourly) with { Retry = new RetryPolicy(2, TimeSpan.FromSeconds(30), 1, TimeSpan.FromSeconds(30)) };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        Report(world, 1, TaskState.Failed);
        Report(world, 1, TaskState.Started); // a heartbeat that was overtaken
        world.Ask<CommandResult>(a => world.Core.Commands.Kill(world.Store.Tasks[1].Id, "me", a));
        Assert.Equal(
            (TaskState.Failed, "killed while no worker had it: me"), (world.Store.Tasks[1].State, world.Store.Tasks[1].Message));
    }

    [Fact]
    public void Kill_AsksTheWorker_InThePauseOfATaskInDoubt()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry });
        world.Link.Answer = _ => new RunOutcome(RunResult.Unknown, "reset");
        world.Run(3_600);
        world.Ask<CommandResult>(a => world.Core.Commands.Kill(world.Store.Tasks[1].Id, "me", a));
        Assert.NotEmpty(world.Link.Kills);
    }

    [Fact]
    public void RegisteredWorker_StaysAlive_WhenTheClockStepsForward()
    {
        var job = Samples.Job(cron: Minutely, workers: []);
        var world = new EngineWorld().Start(job);
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", "10.1.0.1:20010", "w1", null, 1), a));
        world.Run(50);
        world.Clock.WallMs += 3_600_000;
        world.Settle();
        world.Run(10);
        Assert.DoesNotContain(world.Store.Tasks.Values, t => t.State == TaskState.NoWorker);
    }

    [Fact]
    public void LocalTask_Ends_WhenItsOutcomeIsUnknown()
    {
        var world = new EngineWorld().Start(Samples.LocalJob(cron: Hourly));
        world.Local.Answer = _ => null;
        world.Run(3_600);
        world.Local.Start("77:1");
        world.Settle();
        world.Local.Complete(RunResult.Unknown, "no exit status");
        world.Run(90_000);
        Assert.NotEqual(TaskState.Started, world.Store.Tasks[1].State);
    }

    [Fact]
    public void Resend_StaysWithItsWorker_WhenThatGoesOffline()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry });
        world.Link.Answer = r => new RunOutcome(r.Attempt == 1 ? RunResult.Unknown : RunResult.Finished);
        world.Run(3_600);
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", false)], "me", a));
        world.Run(5);
        Assert.DoesNotContain(world.Link.Requests, r => r.Worker == "10.1.0.2:20010");
    }

    [Fact]
    public void QueueFullReport_SendsOnce_InThePauseOfATaskInDoubt()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry });
        world.Link.Answer = r => r.Worker == "10.1.0.1:20010" ? new RunOutcome(RunResult.Unknown) : null;
        world.Run(3_600);
        Report(world, 1, TaskState.QueueFull);
        world.Run(5);
        Assert.Equal(["10.1.0.1:20010", "10.1.0.2:20010"], world.Link.Requests.Select(r => r.Worker));
    }

    [Fact]
    public void BroadcastShard_GoesToItsOwnWorkerOnly_WhenThatOneRefuses()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Minutely) with { LoadBalance = LoadBalance.Broadcast });
        world.Link.Answer = r => new RunOutcome(r.Worker == "10.1.0.1:20010" ? RunResult.NotDelivered : RunResult.Finished);
        world.Run(60);
        Assert.Equal(2, world.Link.Requests.Count);
    }

    [Fact]
    public void Retries_GoOn_WhenTheirBackoffIsInfinite()
    {
        // the poison of one timer: a handler that throws is called again for ever and stops every later step
        var job = Samples.Job(cron: Hourly) with { Retry = new RetryPolicy(1000, TimeSpan.Zero, 100, TimeSpan.FromHours(1)) };
        var world = new EngineWorld().Start(job, Samples.Job("other", "* * * * * ?"));
        world.Link.Answer = r => new RunOutcome(r.Job.Name == "other" ? RunResult.Finished : RunResult.Failed);
        world.Run(3_600);
        for (int i = 0; i < 400; i++) world.Advance(TimeSpan.FromMilliseconds(2));
        Assert.True(world.Store.Of("demo.job").First().Attempt > 300);
    }

    [Fact]
    public void HeldTask_WhoseAttemptIsReportedAsFailed_GoesWithItsNextOne_WhenTheKilledTaskEnds()
    {
        var job = Samples.Job(cron: null) with
        {
            Overlap = OverlapPolicy.Allow,
            Recover = RecoverPolicy.Retry,
            Retry = new RetryPolicy(5, TimeSpan.FromSeconds(2), 1, TimeSpan.FromSeconds(2)),
            Triggers = [new Trigger(11, "0 * * * * ?", "UTC", null), new Trigger(12, "0 */1 * * * ?", "UTC", null)],
        };
        var world = new EngineWorld().Start(job);
        int requests = 0;
        world.Link.Answer = _ => ++requests == 2 ? new RunOutcome(RunResult.Unknown, "reset") : new RunOutcome(RunResult.Accepted);
        world.Link.KillAnswer = _ => new KillOutcome(false, "no");
        world.Run(60);
        Reload(world, job with { Overlap = OverlapPolicy.Replace, Triggers = [], DefinitionHash = 2 });
        world.Ask<CommandResult>(answer => world.Core.Commands.Kill(world.Store.Tasks[1].Id, "me", answer));
        world.Run(10); // the second attempt of task 2, which is in doubt, is held: task 1 was told to end
        Report(world, 2, TaskState.Failed);
        Report(world, 1, TaskState.Failed);
        Assert.Equal(2, world.Link.Requests.Count);
        world.Run(10);
        Assert.Equal(0, world.Core.Counters.Faults);
        Assert.Equal((3, 2L, 3), (world.Link.Requests.Count, world.Link.Requests.Last().TaskSeq, world.Link.Requests.Last().Attempt));
    }
}
