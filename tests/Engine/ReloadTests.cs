using System.Collections.Immutable;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

public class ReloadTests
{
    private const string EverySecond = "* * * * * ?";

    private static void Reload(EngineWorld world, params Job[] jobs)
    {
        world.Core.Apply(world.Core.Jobs.Compare(Samples.Catalog(Samples.Server(), jobs)));
        world.Settle();
    }

    private static Job Defined(Job job, long hash) => job with { DefinitionHash = hash };

    [Fact]
    public void UnchangedJob_KeepsItsPlace_AndFiresOnceForEachSecond()
    {
        var world = new EngineWorld().Start(Samples.Job());
        for (int i = 0; i < 5; i++)
        {
            world.Run(1);
            Reload(world, Samples.Job());
        }
        Assert.Equal([1, 2, 3, 4, 5], world.Store.Of("demo.job").Select(t => (t.ScheduledMs - EngineWorld.StartMs) / 1000));
    }

    [Fact]
    public void AddedJob_FiresFromNow_AndRemovedJobNoMore()
    {
        var world = new EngineWorld().Start(Samples.Job("old"));
        world.Run(2);
        Reload(world, Samples.Job("new"));
        world.Run(2);
        Assert.Equal(2, world.Store.Of("old").Count());
        Assert.Equal(2, world.Store.Of("new").Count());
        Assert.False(world.Core.Jobs.Published.Jobs.ContainsKey("old"));
    }

    [Fact]
    public void ChangedCron_CountsFromNow_AndChangedTextLeavesTheScheduleAlone()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 * * * * ?"));
        world.Run(30);
        Reload(world, Defined(Samples.Job(cron: "0 * * * * ?") with { Desc = "another" }, 2));
        world.Run(30);
        Assert.Single(world.Store.Tasks);
        ImmutableArray<Trigger> often = [new Trigger(99, "0/10 * * * * ?", "UTC", null)];
        Reload(world, Defined(Samples.Job() with { Triggers = often }, 3));
        world.Run(20);
        Assert.Equal(3, world.Store.Tasks.Count);
    }

    [Fact]
    public void ChangedParameter_IsUsedByTheNextFire()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Run(1);
        ImmutableArray<Trigger> same = [new Trigger(11, EverySecond, "UTC", """{"n":2}""")];
        Reload(world, Defined(Samples.Job() with { Triggers = same }, 2));
        world.Run(1);
        Assert.Equal("""{"n":2}""", world.Link.Requests.Last().Parameter);
    }

    [Fact]
    public void RunningTask_OfARemovedJob_StillReports_AndCountsWhenTheJobComesBack()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(1);
        Reload(world, Samples.Job("other", cron: null));
        Assert.Single(world.Core.Tasks.JobsOn(w => w.Host == "10.1.0.1"));
        Reload(world, Samples.Job());
        world.Run(1); // overlap: the task from before the removal still runs
        Assert.Equal(TaskState.Ignored, world.Store.Tasks[2].State);
        world.Core.Reports.Take(new TaskReport(world.Store.Tasks[1].Id, TaskState.Finished, null, null));
        world.Settle();
        Assert.Equal(TaskState.Finished, world.Store.Tasks[1].State);
    }

    [Fact]
    public void Override_Stays_UntilTheYamlValueChanges()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Ask<CommandResult>(a => world.Core.Commands.SetEnabled(["demo.job"], false, "test", a));
        Reload(world, Defined(Samples.Job() with { Desc = "edited" }, 2));
        Assert.False(world.Job("demo.job").Enabled);
        Reload(world, Defined(Samples.Job() with { State = false }, 3));
        Reload(world, Samples.Job());
        Assert.True(world.Job("demo.job").Enabled);
        world.Run(1);
        Assert.Single(world.Store.Tasks);
    }

    [Fact]
    public void JobThatComesBack_KeepsItsIdAndHistory_AcrossARestart()
    {
        var world = new EngineWorld().Start(Samples.Job("a"), Samples.Job("b"));
        world.Run(1);
        int id = world.Job("b").Id;
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(Samples.Job("a"));
        Reload(next, Samples.Job("a"), Samples.Job("b"));
        Assert.Equal(id, next.Job("b").Id);
        Assert.Equal(TaskState.Finished, next.Job("b").Status.LastState);
    }

    [Fact]
    public void RequestHandedOver_IsThatOfTheJobItsWorkerWasChosenFor_WhenAReloadComesFirst()
    {
        var held = new Queue<IThreadPoolWorkItem>();
        var world = new EngineWorld().Start(new EngineSettings { Offload = held.Enqueue }, Samples.Job());
        world.Run(1);
        var other = Samples.Job(cron: null);
        Reload(world, Defined(other with { App = other.App with { WorkerPath = "/elsewhere" } }, 2));
        Assert.Single(held).Execute();
        Assert.Equal("/qschedule/run", Assert.Single(world.Link.Requests).Job.App.WorkerPath);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WaitingTask_GoesWhereItsJobBelongsNow_WhenAReloadMakesACommandOfIt_OrTheOtherWayRound(bool becomesLocal)
    {
        Job remote = Samples.Job() with { Overlap = OverlapPolicy.Allow, LoadBalance = LoadBalance.First };
        Job local = Samples.LocalJob("demo.job") with { Overlap = OverlapPolicy.Allow };
        var world = new EngineWorld();
        world.Link.Answer = world.Local.Answer = _ => null;
        world.Start(new EngineSettings { SendsPerWorkerMax = 1, LocalMax = 1 }, becomesLocal ? remote : local);
        world.Run(2); // one runs, one waits for its place
        var (before, after) = becomesLocal ? (world.Link, world.Local) : (world.Local, world.Link);
        Assert.Equal((1, 0), (before.Requests.Count, after.Requests.Count));
        Reload(world, Defined((becomesLocal ? local : remote) with { Triggers = [] }, 2));
        before.Complete(RunResult.Finished);
        world.Settle();
        Assert.Equal((1, 1), (before.Requests.Count, after.Requests.Count));
        Assert.Equal(world.Store.Tasks[2].Worker, after.Requests.Peek().Worker);
        Assert.Equal(becomesLocal, world.Store.Tasks[2].Worker == "local");
    }
}
