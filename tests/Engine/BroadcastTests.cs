using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>What a job shows and counts of a broadcast: the fire, which is as well as its worst shard.</summary>
public class BroadcastTests
{
    private const string First = "10.1.0.1:20010";

    private static readonly AlertRule Rule =
        new(new WebhookUrl(new Uri("http://alerts.example/hook")), AlertKinds.Default | AlertKinds.Failed, AlertFormat.Json);

    [Theory]
    [InlineData(RunResult.Failed, TaskState.Failed)]
    [InlineData(RunResult.Unknown, TaskState.Unknown)]
    [InlineData(RunResult.NotDelivered, TaskState.NoWorker)]
    [InlineData(RunResult.QueueFull, TaskState.QueueFull)]
    [InlineData(RunResult.Ignored, TaskState.Ignored)]
    internal void Job_ShowsTheWorstShard_WhenALaterOneEndedWell(RunResult ofTheFirst, TaskState state)
    {
        var world = Start();
        world.Link.Answer = r => new RunOutcome(r.Worker == First ? ofTheFirst : RunResult.Finished);
        world.Run(60);
        Assert.Equal([state, TaskState.Finished], world.Store.Tasks.Values.Select(t => t.State));
        Assert.Equal(state, world.Job("demo.job").Status.LastState);
        Assert.Equal(state.IsFailure() ? 1 : 0, world.Job("demo.job").FailuresInRow);
    }

    [Fact]
    public void Failures_AreCountedByFire_NotByShard()
    {
        var world = Start(j => j with { ConsecutiveFailTimesAlertThreshold = 3 });
        world.Link.Answer = _ => new RunOutcome(RunResult.Failed);
        world.Run(120);
        Assert.Equal((4, 2), (world.Store.Tasks.Count, world.Job("demo.job").FailuresInRow));
        Assert.Equal([AlertKinds.Failed], world.Alerts.Kinds);
        world.Run(60);
        Assert.Equal([AlertKinds.Failed, AlertKinds.Threshold], world.Alerts.Kinds);
        world.Link.Answer = _ => new RunOutcome(RunResult.Finished);
        world.Run(60);
        Assert.Equal((0, TaskState.Finished), (world.Job("demo.job").FailuresInRow, world.Job("demo.job").Status.LastState));
        Assert.Equal(AlertKinds.Recovered, world.Alerts.Kinds.Last());
    }

    [Fact]
    public void Failure_IsToldAtOnce_WhileOtherShardsRun()
    {
        var world = Start();
        world.Link.Answer = r => new RunOutcome(r.Worker == First ? RunResult.Failed : RunResult.Accepted);
        world.Run(60);
        Assert.Equal((TaskState.Started, 1), (world.Job("demo.job").Status.LastState, world.Job("demo.job").FailuresInRow));
        Assert.Single(world.Alerts.Events);
        Report(world, 2, TaskState.Finished);
        Assert.Equal((TaskState.Failed, 1), (world.Job("demo.job").Status.LastState, world.Job("demo.job").FailuresInRow));
        Assert.Single(world.Alerts.Events);
    }

    [Fact]
    public void Kill_OfAShard_IsNoFailureAndNoRecovery()
    {
        var world = Start();
        world.Link.Answer = _ => new RunOutcome(RunResult.Failed);
        world.Run(60);
        world.Link.Answer = r => new RunOutcome(r.Worker == First ? RunResult.Accepted : RunResult.Finished);
        world.Run(60);
        string id = world.Store.Tasks[3].Id;
        world.Ask<CommandResult>(a => world.Core.Commands.Kill(id, "test", a));
        Report(world, 3, TaskState.Failed);
        Assert.Equal((TaskState.Failed, 1), (world.Job("demo.job").Status.LastState, world.Job("demo.job").FailuresInRow));
        Assert.DoesNotContain(AlertKinds.Recovered, world.Alerts.Kinds);
    }

    [Theory]
    [InlineData(TaskState.Finished)]
    [InlineData(TaskState.Failed)]
    internal void ShardThatFailedBeforeARestart_IsNotForgotten_WhenTheLastOneEnds(TaskState last)
    {
        var world = Start();
        world.Link.Answer = r => new RunOutcome(r.Worker == First ? RunResult.Failed : RunResult.Accepted);
        world.Run(60);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 1_000).Start(Job());
        Assert.Equal(TaskState.Started, next.Job("demo.job").Status.LastState);
        Report(next, 2, last);
        Assert.Equal((TaskState.Failed, 1), (next.Job("demo.job").Status.LastState, next.Job("demo.job").FailuresInRow));
        Assert.DoesNotContain(AlertKinds.Recovered, next.Alerts.Kinds);
    }

    [Fact]
    public void OlderFire_IsNotShown_WhenItsLastShardEndsLate()
    {
        var world = Start(j => j with { Overlap = OverlapPolicy.Allow });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(120);
        foreach (long seq in (long[])[3, 4, 1])
            Report(world, seq, TaskState.Finished);
        Report(world, 2, TaskState.Failed);
        Assert.Equal((TaskState.Finished, 1), (world.Job("demo.job").Status.LastState, world.Job("demo.job").FailuresInRow));
    }

    private static Job Job(Func<Job, Job>? change = null) => (change ?? (j => j))(
        Samples.Job(cron: "0 * * * * ?") with { LoadBalance = LoadBalance.Broadcast, Alerts = [Rule] });

    private static EngineWorld Start(Func<Job, Job>? change = null) => new EngineWorld().Start(Job(change));

    private static void Report(EngineWorld world, long seq, TaskState state)
    {
        world.Core.Reports.Take(new TaskReport(world.Store.Tasks[seq].Id, state, null, null));
        world.Settle();
    }
}
