using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>Every way in which a run does not come about is counted once, with its reason, and shown.</summary>
public class WhyNotTests
{
    private static WhyView Why(EngineWorld world, string job = "demo.job") => new WhyNot(world.Core, world.Store).Of(world.Job(job), null);

    private static SkipCount Only(EngineWorld world, SkipReason reason)
    {
        var skip = Assert.Single(Why(world).Skips);
        Assert.Equal(reason, skip.Reason);
        Assert.Equal(SkipReasons.All.Sum(r => world.Core.Counters.Skips.Total(r)), skip.Count);
        return skip;
    }

    [Fact]
    public void Overlap_IsCounted_WhenATaskStillRuns()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3);
        var skip = Only(world, SkipReason.Overlap);
        Assert.Equal((2, world.Clock.WallMs), (skip.Count, skip.LastAtMs));
        Assert.Contains("still runs", skip.Message);
        Assert.Equal([(1, true, true), (0, true, true)], Why(world).Workers.Select(w => (w.Running, w.Worker.Alive, w.Worker.CanSchedule)));
    }

    [Fact]
    public void NoWorker_IsCounted_WhenNoneIsThere()
    {
        var world = new EngineWorld().Start(Samples.Job(workers: []));
        world.Run(2);
        Assert.Equal(2, Only(world, SkipReason.NoWorker).Count);
    }

    [Fact]
    public void NoWorker_IsCountedOnce_WhenEachRefusesTheConnection_AndTheyArePaused()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Link.Answer = _ => new RunOutcome(RunResult.NotDelivered, "connection refused");
        world.Run(1);
        Assert.Equal(1, Only(world, SkipReason.NoWorker).Count);
        Assert.All(Why(world).Workers, w => Assert.Equal((false, world.Clock.WallMs + 1000), (w.Worker.Alive, w.PausedUntilMs)));
    }

    [Fact]
    public void QueueFull_IsCounted_WhenEveryWorkerSaysSo()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Link.Answer = _ => new RunOutcome(RunResult.QueueFull, "full");
        world.Run(1);
        Assert.Equal(1, Only(world, SkipReason.QueueFull).Count);
    }

    [Fact]
    public void QueueFull_IsCounted_WhenTheDaemonQueuesNoMore()
    {
        var world = new EngineWorld().Start(new EngineSettings { WaitingMax = 0 }, Samples.Job(cron: null));
        world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        Assert.Equal(1, Only(world, SkipReason.QueueFull).Count);
    }

    [Fact]
    public void Misfire_IsCountedByTheFires_AndOutlivesARestart()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 * * * * ?"));
        world.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(30));
        long discarded = world.Job("demo.job").MisfiresDiscarded;
        Assert.Equal(9, discarded);
        Assert.Equal(9, Only(world, SkipReason.Misfire).Count);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(Samples.Job(cron: "0 * * * * ?"));
        var skip = Assert.Single(Why(next).Skips);
        Assert.Equal((SkipReason.Misfire, 9, next.Core.StartedMs), (skip.Reason, skip.Count, skip.LastAtMs));
    }

    [Fact]
    public void Duplicate_IsCounted_WhenTheFireIsOnRecord()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 * * * * ?"));
        world.Run(60);
        world.Store.ForgetWatermark(EngineWorld.StartMs);
        var next = new EngineWorld(world.Store.Crash(), EngineWorld.StartMs + 61_000).Start(Samples.Job(cron: "0 * * * * ?"));
        next.Run(1);
        Assert.Equal(1, Only(next, SkipReason.Duplicate).Count);
    }

    [Fact]
    public void WorkerIgnored_IsCounted_WhenTheWorkerWouldNotRunIt()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Link.Answer = _ => new RunOutcome(RunResult.Ignored, "block strategy effect");
        world.Run(1);
        Assert.Equal("block strategy effect", Only(world, SkipReason.WorkerIgnored).Message);
    }

    [Fact]
    public void Killed_IsCounted_WhenNoWorkerHadItYet()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        world.Store.IsHeld = true;
        var answer = new TaskCompletionSource<TriggerResult>();
        world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(answer));
        world.Core.Killing.Kill(world.Core.Tasks.All.Single(), "test");
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Equal(1, Only(world, SkipReason.Killed).Count);
        Assert.Empty(world.Link.Requests);
    }

    [Fact]
    public void CallerGone_IsCounted_WhenHeHadGivenUp()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        var answer = new TaskCompletionSource<TriggerResult>();
        world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(answer));
        answer.SetResult(new TriggerResult(CommandResult.Unavailable, null));
        world.Settle();
        Assert.Equal(1, Only(world, SkipReason.CallerGone).Count);
    }

    [Fact]
    public void StoreRefused_IsCounted_WhenAStartByHandIsNotKept()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        world.Store.Fault = new IOException("disk full");
        Assert.Equal(CommandResult.Unavailable, world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a))).Result);
        Assert.Equal(1, Only(world, SkipReason.StoreRefused).Count);
    }

    [Fact]
    public void Stopping_IsCounted_WhenAStartComesTooLate()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        world.Core.Close();
        world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        Assert.Equal(1, Only(world, SkipReason.Stopping).Count);
    }

    [Fact]
    public void RecordedSkips_AreReadFromHistory_AfterARestart_AndNotTwiceBefore()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 500).Start(Samples.Job());
        Assert.Equal(2, Assert.Single(Why(next).Skips).Count);
        next.Run(2);
        var skip = Assert.Single(Why(next).Skips);
        Assert.Equal((SkipReason.Overlap, 4), (skip.Reason, skip.Count));
        Assert.Equal(2, next.Core.Counters.Skips.Total(SkipReason.Overlap));
    }

    [Fact]
    public void Off_SaysSinceWhenByWhomAndWhatWasMissed()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 * * * * ?"));
        world.Run(90);
        world.Ask<CommandResult>(a => world.Core.Commands.SetEnabled(["demo.job"], false, "app demo from 10.0.0.9", a));
        long atMs = world.Clock.WallMs;
        Assert.Equal(new OffView(atMs, "app demo from 10.0.0.9", 0, false), Why(world).Off);
        world.Advance(TimeSpan.FromMinutes(5));
        var why = Why(world);
        Assert.Equal(new OffView(atMs, "app demo from 10.0.0.9", 5, false), why.Off);
        var skip = Assert.Single(why.Skips);
        Assert.Equal((SkipReason.Off, 5, EngineWorld.StartMs + 360_000), (skip.Reason, skip.Count, skip.LastAtMs));
        Assert.Empty(why.NextRunsMs);
        world.Advance(TimeSpan.FromDays(30));
        Assert.Equal((1000, true), (Why(world).Off!.Missed, Why(world).Off!.MissedMore));
    }

    [Fact]
    public void Off_NamesTheYaml_WhenItSaysSo() =>
        Assert.Contains("YAML", Why(new EngineWorld().Start(Samples.Job() with { State = false })).Off!.By);

    [Fact]
    public void NextRuns_AreTheFirstFive_OfAllTriggers()
    {
        var job = Samples.Job() with
        {
            Triggers = [new Trigger(1, "0 0/2 * * * ?", "UTC", null), new Trigger(2, "30 0/4 * * * ?", "UTC", null)],
        };
        var why = Why(new EngineWorld(startMs: EngineWorld.StartMs + 1).Start(job));
        Assert.Equal([30, 120, 240, 270, 360], why.NextRunsMs.Select(ms => (ms - EngineWorld.StartMs) / 1000));
        Assert.Empty(Why(new EngineWorld().Start(Samples.Job(cron: null))).NextRunsMs);
    }
}
