using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Tests.Storage;
using static Qschedd.Tests.Engine.WorldMoves;

namespace Qschedd.Tests.Engine;

/// <summary>What was under way when a process ended, and how the next one takes it up.</summary>
public class RestartRaceTests
{
    private const string Hourly = "0 0 * * * ?";
    private const string Minutely = "0 * * * * ?";

    [Fact]
    public void FirstStep_FiresOnSqlite_WhenAFireIsDue()
    {
        using var folder = new StoreFolder();
        using var store = folder.Open();
        var clock = new LoopClock { WallMs = EngineWorld.StartMs + 950, MonotonicMs = 1_000_000 };
        var posted = new System.Collections.Concurrent.ConcurrentQueue<Action>();
        var link = new ScriptedLink();
        var options = new EngineOptions
        {
            ServerIp = "10.0.0.5",
            ProcessId = 42,
            HostNames = ["daemon.example"],
            RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink> { [WorkerProtocol.Qschedule] = link },
            LocalLink = link,
            IsProcessAlive = _ => false,
            Offload = static work => work.Execute(),
        };
        var core = new EngineCore(store, Samples.Catalog(Samples.Server(), Samples.Job()), options, clock, new Mailbox(posted.Enqueue), new Random(7), NullLogger.Instance);
        for (int i = 0; i < 20; i++)
        {
            clock.WallMs += 500; clock.MonotonicMs += 500;
            while (posted.TryDequeue(out var m)) m();
            core.Step();
            SpinWait.SpinUntil(() => !posted.IsEmpty || core.Journal.IsIdle, 5_000); // the writer's thread answers
        }
        Assert.Null(core.Journal.Trouble);
        Assert.NotEmpty(link.Requests);
    }

    [Fact]
    public void Check_FindsTheHostByName_AfterARestart()
    {
        var next = Restart(Samples.Job(cron: Hourly), _ => new RunOutcome(RunResult.Accepted));
        Assert.True(Shows(next, "10.1.0.1"));
        Assert.True(Shows(next, "w1.example"), "check by host name is empty although the task runs there");
    }

    [Fact]
    public void Kill_AsksTheWorker_WhenTheTaskIsInDoubtAfterARestart()
    {
        var next = Restart(Samples.Job(cron: Hourly), _ => null);
        next.Ask<CommandResult>(a => next.Core.Commands.Kill(next.Store.Tasks[1].Id, "me", a));
        Assert.NotEmpty(next.Link.Kills);
    }

    [Fact]
    public void KillAfter_Holds_AfterARestart()
    {
        var next = Restart(Samples.Job(cron: Hourly) with { KillAfter = TimeSpan.FromSeconds(60) }, _ => new RunOutcome(RunResult.Accepted));
        next.Run(120);
        Assert.NotEmpty(next.Link.Kills);
    }

    [Fact]
    public void OrphanTask_CountsAsRunning_WhenItsJobComesBackByAReload()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Minutely), Samples.Job("other", null));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(60);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 1000).Start(Samples.Job("other", null));
        next.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        Reload(next, Samples.Job(cron: Minutely), Samples.Job("other", null));
        next.Run(120);
        Assert.Empty(next.Link.Requests); // overlap skip: the first still runs
    }

    [Fact]
    public void OrphanTask_EndsOnRecord_WhenItsJobsRowIsLost()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Minutely), Samples.Job("other", null));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(60);
        var store = world.Store.Crash();
        store.LoseRowOf("demo.job");
        var next = new EngineWorld(store, world.Clock.WallMs + 1000).Start(Samples.Job("other", null));
        next.Core.Reports.Take(new TaskReport(store.Tasks[1].Id, TaskState.Failed, null, null));
        next.Settle();
        Assert.Equal(TaskState.Failed, store.Tasks[1].State);
        var row = store.Load().Jobs.Single(job => job.Name == "demo.job");
        Assert.Equal((1, 1), (row.LastTaskSeq, row.FailuresInRow));
    }

    [Fact]
    public void ReturningJob_DoesNotCatchUp_AfterARestart()
    {
        var job = Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry };
        var world = new EngineWorld().Start(job, Samples.Job("other", null));
        world.Run(3_600);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 1000).Start(Samples.Job("other", null));
        next.Advance(TimeSpan.FromHours(5.5));
        Reload(next, job, Samples.Job("other", null));
        next.Run(2);
        Assert.Single(next.Store.Of("demo.job"));
    }

    [Fact]
    public void RunningTask_IsShownOnItsJob_AfterARestart()
    {
        var next = Restart(Samples.Job(cron: Hourly), _ => new RunOutcome(RunResult.Accepted));
        Assert.Equal(TaskState.Started, next.Job("demo.job").Status.LastState);
    }

    [Fact]
    public void HeldTask_IsNotInDoubt_AfterAGracefulStop()
    {
        var job = Samples.Job(cron: Minutely) with { Overlap = OverlapPolicy.Replace };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(120);
        world.Core.Close();
        world.Core.EndLocal();
        world.Settle();
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 5_000).Start(job);
        next.Run(40);
        Assert.NotEqual(TaskState.Unknown, next.Store.Tasks[2].State);
    }

    [Fact]
    public void OrphanProcess_KeepsItsHostBusy_WhenItsKillIsNotTaken()
    {
        var next = Restart(Samples.LocalJob(cron: Hourly), _ => null, world =>
        {
            world.Local.Start("77:1234");
            world.LiveProcesses.Add("77:1234");
            world.Settle();
        });
        next.Local.KillAnswer = _ => new KillOutcome(false, "no command of this task runs here"); // what LocalLink says of a process it did not start
        next.Ask<CommandResult>(a => next.Core.Commands.Kill(next.Store.Tasks[1].Id, "me", a));
        next.Run(90);
        Assert.True(Shows(next, "daemon.example"), "the process lives, and the host looks free: " + next.Store.Tasks[1].State + " " + next.Store.Tasks[1].Message);
    }

    [Fact]
    public void OperatorsKill_IsNotRunAgain_ByAStop()
    {
        var job = Samples.LocalJob(cron: Hourly) with { Recover = RecoverPolicy.Retry };
        var world = new EngineWorld().Start(job);
        world.Local.Answer = _ => null;
        world.Run(3_600);
        world.Local.Start("77:1");
        world.Settle();
        world.Ask<CommandResult>(a => world.Core.Commands.Kill(world.Store.Tasks[1].Id, "operator", a));
        world.Core.Close();
        world.Core.EndLocal();
        world.Local.Complete(RunResult.Failed, "killed");
        world.Settle();
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 5_000).Start(job);
        next.Run(5);
        Assert.Empty(next.Local.Requests);
    }
}
