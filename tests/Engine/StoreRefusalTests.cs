using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>What becomes of commands and fires that the store does not take, or has not taken yet.</summary>
public class StoreRefusalTests
{
    private const string Hourly = "0 0 * * * ?";

    [Fact]
    public void OffAndOn_AreTakenBack_WhenTheStoreRefusesBoth()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Store.Fault = new IOException("disk full");
        var (off, on) = (new TaskCompletionSource<CommandResult>(), new TaskCompletionSource<CommandResult>());
        world.Core.Commands.SetEnabled(["demo.job"], false, "a", off);
        world.Core.Commands.SetEnabled(["demo.job"], true, "b", on);
        world.Settle();
        world.Store.Fault = null;
        world.Run(2);
        Assert.Equal((CommandResult.Unavailable, CommandResult.Unavailable), (EngineWorld.Answer(off.Task), EngineWorld.Answer(on.Task)));
        Assert.True(world.Job("demo.job").Enabled, "both refused, yet the job is off");
    }

    [Fact]
    public void OffThatIsTakenBack_DoesNotBringBackAJob_ThatAReloadTookOut()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly), Samples.Job("other", cron: Hourly));
        world.Store.IsHeld = true;
        var off = new TaskCompletionSource<CommandResult>();
        world.Core.Commands.SetEnabled(["demo.job"], false, "a", off);
        world.Settle(); // under way
        WorldMoves.Reload(world, Samples.Job("other", cron: Hourly));
        world.Store.Fault = new IOException("disk full");
        world.Store.IsHeld = false;
        world.Store.Complete();
        world.Store.Fault = null;
        world.Settle();
        world.Run(2 * 3600);
        Assert.Equal(CommandResult.Unavailable, EngineWorld.Answer(off.Task));
        Assert.NotEmpty(world.Link.Requests);
        Assert.DoesNotContain(world.Link.Requests, request => request.Job.Name == "demo.job");
    }

    [Fact]
    public void OfflineAndOnline_AreTakenBack_WhenTheStoreRefusesBoth()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Store.Fault = new IOException("disk full");
        var (off, on) = (new TaskCompletionSource<CommandResult>(), new TaskCompletionSource<CommandResult>());
        world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", false)], "a", off);
        world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", true)], "b", on);
        world.Settle();
        world.Store.Fault = null;
        world.Run(2);
        Assert.Equal((CommandResult.Unavailable, CommandResult.Unavailable), (EngineWorld.Answer(off.Task), EngineWorld.Answer(on.Task)));
        Assert.True(world.Core.Workers.Of(world.Job("demo.job"))[0].Online);
    }

    [Fact]
    public void SecondOffline_IsNotDone_WhenTheFirstIsTakenBack()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Store.IsHeld = true;
        var (first, second) = (new TaskCompletionSource<CommandResult>(), new TaskCompletionSource<CommandResult>());
        world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", false)], "a", first);
        world.Settle(); // under way
        world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.1:20010", false)], "b", second);
        world.Store.Fault = new IOException("busy");
        world.Store.IsHeld = false;
        world.Store.Complete();
        world.Store.Fault = null;
        world.Settle();
        world.Run(2);
        Assert.Equal(CommandResult.Unavailable, EngineWorld.Answer(first.Task));
        Assert.True(EngineWorld.Answer(second.Task) != CommandResult.Done || !world.Core.Workers.Of(world.Job("demo.job"))[0].Online,
            "told Done, and the worker is online");
    }

    [Fact]
    public void Replace_DoesNotKill_WhenItsOwnRecordIsRefused()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly) with { Overlap = OverlapPolicy.Replace });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        world.Store.Fault = new IOException("disk full");
        var answer = new TaskCompletionSource<TriggerResult>();
        world.Core.Commands.Trigger("demo.job", null, "me", new StartCall(answer));
        world.Settle();
        Assert.Equal(CommandResult.Unavailable, EngineWorld.Answer(answer.Task).Result);
        Assert.Empty(world.Link.Kills);
    }

    [Fact]
    public void IsQuiet_IsFalse_WhileARecordIsUnderWay()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Link.Answer = _ => null;
        world.Store.IsHeld = true;
        world.Run(1);
        world.Core.Close();
        bool quiet = world.Core.IsQuiet;
        world.Store.IsHeld = false;
        world.Settle();
        Assert.False(quiet && world.Link.Requests.Count > 0, "quiet, and then a request went out");
    }

    [Fact]
    public void Pending_IsBounded_WhileTheStoreRefuses()
    {
        var world = new EngineWorld().Start(new EngineSettings { ChangesMax = 10 }, Samples.Job(cron: Hourly));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        world.Store.Fault = new IOException("disk full");
        for (int i = 0; i < 1000; i++)
        {
            world.Core.Commands.Report(new TaskReport(world.Store.Tasks[1].Id, TaskState.Started, null, null), new TaskCompletionSource<CommandResult>());
            world.Settle();
        }
        Assert.True(world.Core.Journal.Pending < 100, $"{world.Core.Journal.Pending} changes wait");
    }

    [Fact]
    public void Fire_IsDiscarded_WhenTheStoreWasAwayForLongerThanTheMisfireThreshold()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Run(3_590);
        world.Store.Fault = new IOException("disk full");
        world.Run(1_800);
        world.Store.Fault = null;
        world.Run(2);
        Assert.Empty(world.Link.Requests); // half an hour late, recover discard
    }

    [Fact]
    public void SetWorkers_Answers_WhenOneWorkerIsSpelledTwice()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new("w:1", false), new("W:1", true)], "me", a));
    }
}
