using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

public class OverlapTests
{
    [Theory]
    [InlineData(OverlapPolicy.Skip, 0, AdmissionResult.Start)]
    [InlineData(OverlapPolicy.Skip, 1, AdmissionResult.Ignore)]
    [InlineData(OverlapPolicy.Allow, 5, AdmissionResult.Start)]
    [InlineData(OverlapPolicy.Replace, 0, AdmissionResult.Start)]
    [InlineData(OverlapPolicy.Replace, 1, AdmissionResult.KillThenStart)]
    internal void Admission_FollowsTheTable(OverlapPolicy overlap, int running, AdmissionResult expected) =>
        Assert.Equal(expected, Admission.Decide(overlap, running));

    [Fact]
    public void Skip_RecordsTheRefusedFireAs400_AndKeepsTheRunningTaskAsLastState()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(2);
        Assert.Equal([TaskState.Started, TaskState.Ignored], world.Store.Of("demo.job").Select(t => t.State));
        Assert.Equal(TaskState.Started, world.Job("demo.job").Status.LastState);
        Assert.Contains(world.Store.Tasks[1].Id, world.Store.Tasks[2].Message);
    }

    [Fact]
    public void Allow_RunsBothAtOnce()
    {
        var world = new EngineWorld().Start(Samples.Job() with { Overlap = OverlapPolicy.Allow });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(2);
        Assert.Equal(2, world.Job("demo.job").Status.Running);
    }

    [Fact]
    public void Replace_KillsTheRunningTask_AndSendsTheNewOneOnlyWhenItHasEnded()
    {
        var world = new EngineWorld().Start(Samples.Job() with { Overlap = OverlapPolicy.Replace });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(2);
        string first = world.Store.Tasks[1].Id;
        Assert.Equal(first, Assert.Single(world.Link.Kills).TaskId);
        Assert.Single(world.Link.Requests); // the second is on record and waits
        Assert.Equal(TaskState.Starting, world.Store.Tasks[2].State);
        world.Core.Reports.Take(new TaskReport(first, TaskState.Failed, "killed", null));
        world.Settle();
        Assert.Equal(2, world.Link.Requests.Count);
        Assert.Equal(0, world.Job("demo.job").Status.FailuresInRow); // a kill is not a failure
    }

    [Fact]
    public void ManualStart_IsRefusedAndOnRecord_WhenTheJobRuns()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        var first = world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        var second = world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        Assert.Equal(CommandResult.Done, first.Result);
        Assert.Equal(CommandResult.Refused, second.Result);
        Assert.Equal(TaskState.Ignored, world.Store.FindTask(second.TaskId!)!.State);
    }
}
