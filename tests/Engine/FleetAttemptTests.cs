using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>Attempts, late words on them, kills, and what of these outlives the daemon.</summary>
public class FleetAttemptTests
{
    private static readonly RetryPolicy ThreeTries = new(3, TimeSpan.FromSeconds(10), 2, TimeSpan.FromSeconds(15));

    private static Job ByHand() => Samples.Job(cron: null);

    private static string Start(EngineWorld world)
    {
        var answer = world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        Assert.Equal(CommandResult.Done, answer.Result);
        return answer.TaskId!;
    }

    private static void Report(EngineWorld world, string id, TaskState state, int? attempt = null)
    {
        world.Core.Reports.Take(new TaskReport(id, state, "reported", null, attempt));
        world.Settle();
    }

    private static CommandResult Kill(EngineWorld world, string id) => world.Ask<CommandResult>(a => world.Core.Commands.Kill(id, "test", a));

    private static EngineWorld Next(EngineWorld world, Job job, int downSeconds = 5) =>
        new EngineWorld(world.Store.Crash(), world.Clock.WallMs + downSeconds * 1000L).Start(job);

    [Fact]
    public void EachAttempt_IsOnRecord_WithItsWorkerItsStateAndItsTimes()
    {
        var world = new EngineWorld().Start(ByHand() with { Retry = ThreeTries });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        string id = Start(world);
        world.Run(3);
        Report(world, id, TaskState.Failed);
        world.Run(10);
        Report(world, id, TaskState.Failed);
        world.Run(15);
        Report(world, id, TaskState.Finished);
        Assert.Equal(
            [(1, TaskState.Failed, "10.1.0.1:20010", 0L, 3_000L), (2, TaskState.Failed, "10.1.0.2:20010", 13_000, 13_000)],
            world.Store.ListAttempts(1).Select(a => (a.Attempt, a.State, a.Worker!, a.StartedMs!.Value - EngineWorld.StartMs, a.EndedMs - EngineWorld.StartMs)));
        var task = world.Store.FindTask(id)!;
        Assert.Equal((3, TaskState.Finished, "10.1.0.1:20010"), (task.Attempt, task.State, task.Worker));
    }

    [Fact]
    public void RepeatedFailure_DoesNotFailTheNextAttempt()
    {
        var world = new EngineWorld().Start(ByHand() with { Retry = ThreeTries });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        string id = Start(world);
        Report(world, id, TaskState.Failed, attempt: 1);
        Report(world, id, TaskState.Failed, attempt: 1); // its answer was lost
        Report(world, id, TaskState.Failed);
        Report(world, id, TaskState.Started);
        Assert.Equal((2, TaskState.Starting), (world.Store.FindTask(id)!.Attempt, world.Store.FindTask(id)!.State));
        world.Run(10);
        Report(world, id, TaskState.Failed, attempt: 1); // from the first worker, while the second has it
        Assert.Equal((2, TaskState.Started), (world.Store.FindTask(id)!.Attempt, world.Store.FindTask(id)!.State));
        Report(world, id, TaskState.Finished, attempt: 2);
        Assert.Equal(TaskState.Finished, world.Store.FindTask(id)!.State);
    }

    [Fact]
    public void ReportOfAnUnansweredAttempt_IsTaken_SinceItsWorkerHasItAfterAll()
    {
        var world = new EngineWorld().Start(ByHand() with { Recover = RecoverPolicy.Retry });
        world.Link.Answer = _ => new RunOutcome(RunResult.Unknown, "reset");
        string id = Start(world);
        Report(world, id, TaskState.Started, attempt: 1);
        world.Run(60);
        Assert.Single(world.Link.Requests); // it runs: not sent again
        Report(world, id, TaskState.Finished, attempt: 1);
        Assert.Equal(TaskState.Finished, world.Store.FindTask(id)!.State);
    }

    [Fact]
    public void AnswerAfterTheReport_ChangesNothing_WhenTheTaskIsElsewhereByThen()
    {
        var world = new EngineWorld().Start(ByHand());
        world.Link.Answer = _ => null;
        string id = Start(world);
        Report(world, id, TaskState.QueueFull); // before its own answer
        Assert.Equal(["10.1.0.1:20010", "10.1.0.2:20010"], world.Link.Requests.Select(r => r.Worker));
        world.Link.Complete(RunResult.Accepted);
        world.Settle();
        Assert.Equal(TaskState.Starting, world.Store.FindTask(id)!.State);
        world.Link.Complete(RunResult.Finished);
        world.Settle();
        Assert.Equal((TaskState.Finished, "10.1.0.2:20010"), (world.Store.FindTask(id)!.State, world.Store.FindTask(id)!.Worker));
    }

    [Fact]
    public void Restart_RemembersWhatTheAttemptsBeforeWere()
    {
        var job = ByHand() with { Retry = ThreeTries, Recover = RecoverPolicy.Retry };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = r => new RunOutcome(r.Attempt < 3 ? RunResult.Unknown : RunResult.Failed);
        Start(world);
        world.Run(3); // two unanswered, one failed: one of three tries is used up
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs);
        next.Link.Answer = _ => new RunOutcome(RunResult.Failed);
        next.Start(job).Run(60);
        Assert.Equal([4, 5], next.Link.Requests.Select(r => r.Attempt));
        Assert.Equal("10.1.0.2:20010", next.Link.Requests.First().Worker); // not the one where it failed
        Assert.Equal((TaskState.Failed, 5), (next.Store.Tasks[1].State, next.Store.Tasks[1].Attempt));
        Assert.Equal(
            [TaskState.Unknown, TaskState.Unknown, TaskState.Failed, TaskState.Failed], next.Store.ListAttempts(1).Select(a => a.State));
    }

    [Fact]
    public void KillAfter_CountsFromTheFire_OverAttemptsAndRestarts()
    {
        var job = ByHand() with { KillAfter = TimeSpan.FromSeconds(60) };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        Start(world);
        world.Run(20);
        var next = Next(world, job, downSeconds: 10);
        next.Run(29);
        Assert.Empty(next.Link.Kills);
        next.Run(1);
        Assert.Single(next.Link.Kills);
        var late = Next(world, job, downSeconds: 600);
        late.Run(1);
        Assert.Single(late.Link.Kills);
    }

    [Fact]
    public void Timeout_IsNotedAfterARestartToo()
    {
        var job = ByHand() with { Timeout = TimeSpan.FromSeconds(60) };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        Start(world);
        var next = Next(world, job, downSeconds: 10);
        next.Run(49);
        Assert.Equal(0, next.Core.Counters.TimeoutsNoted);
        next.Run(2);
        Assert.Equal(1, next.Core.Counters.TimeoutsNoted);
        Assert.Equal(TaskState.Started, next.Store.Tasks[1].State);
    }

    [Fact]
    public void Kill_IsNoFailureForTheThreshold_AndEndsTheAttempts()
    {
        var world = new EngineWorld().Start(ByHand() with { Retry = ThreeTries });
        world.Link.Answer = _ => new RunOutcome(RunResult.Failed, "no");
        Start(world);
        world.Run(60);
        Assert.Equal(1, world.Job("demo.job").Status.FailuresInRow);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        string id = Start(world);
        Assert.Equal(CommandResult.Done, Kill(world, id));
        Assert.Equal(id, Assert.Single(world.Link.Kills).TaskId);
        Report(world, id, TaskState.Failed);
        world.Run(60);
        var task = world.Store.FindTask(id)!;
        Assert.Equal((TaskState.Failed, 1), (task.State, task.Attempt)); // not tried again
        Assert.Contains("killed", task.Message);
        Assert.Equal(1, world.Job("demo.job").Status.FailuresInRow);
    }

    [Fact]
    public void Kill_InThePauseBetweenAttempts_EndsTheTask_AndAsksNobody()
    {
        var world = new EngineWorld().Start(ByHand() with { Retry = ThreeTries });
        world.Link.Answer = _ => new RunOutcome(RunResult.Failed);
        string id = Start(world);
        Kill(world, id);
        Assert.Equal(TaskState.Failed, world.Store.FindTask(id)!.State);
        Assert.Empty(world.Link.Kills);
        world.Run(60);
        Assert.Single(world.Link.Requests);
    }

    [Fact]
    public void Kill_WhileATaskIsInDoubt_AsksTheWorkerThatMayHaveIt()
    {
        var job = ByHand();
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => null;
        string id = Start(world);
        var next = Next(world, job);
        Kill(next, id);
        Assert.Equal("10.1.0.1:20010", Assert.Single(next.Link.Kills).Worker);
        Assert.Equal(TaskState.Starting, next.Store.FindTask(id)!.State);
        Report(next, id, TaskState.Failed);
        Assert.Equal((TaskState.Failed, "killed: test"), (next.Store.FindTask(id)!.State, next.Store.FindTask(id)!.Message));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Kill_LeavesTheHostOccupied_WhileTheRequestIsUnderWay(bool taken)
    {
        var world = new EngineWorld().Start(ByHand());
        world.Link.Answer = _ => null;
        world.Link.KillAnswer = _ => new KillOutcome(taken);
        string id = Start(world);
        Kill(world, id);
        world.Run(300);
        Assert.Single(world.Core.Tasks.JobsOn(w => w.Host == "10.1.0.1"));
        world.Link.Complete(RunResult.Failed);
        world.Settle();
        Assert.Equal(TaskState.Failed, world.Store.FindTask(id)!.State);
        Assert.Empty(world.Core.Tasks.JobsOn(w => w.Host == "10.1.0.1"));
    }

    [Fact]
    public void Kill_OfAnOrphanedCommand_NamesItsProcess_AndWaitsForItsEnd()
    {
        var job = Samples.LocalJob(cron: null) with { KillAfter = TimeSpan.FromSeconds(60) };
        var world = new EngineWorld().Start(job);
        world.Local.Answer = _ => null;
        world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.local", null, "test", new StartCall(a)));
        world.Local.Start("77:1234");
        world.Settle();
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs);
        next.LiveProcesses.Add("77:1234");
        next.Start(job);
        next.Run(200);
        Assert.All(next.Local.Kills, k => Assert.Equal("77:1234", k.Orphan));
        Assert.Equal([1, 2, 3], next.Local.Kills.Take(3).Select(k => k.Ask));
        Assert.Equal(TaskState.Started, next.Store.Tasks[1].State);
        next.LiveProcesses.Clear();
        next.Run(6);
        Assert.Equal(TaskState.Failed, next.Store.Tasks[1].State);
    }
}
