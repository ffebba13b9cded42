using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>Due fires that find no room: in the journal, or among the tasks that wait to be sent.</summary>
public class HeldUpTests
{
    private const string EverySecond = "* * * * * ?";

    [Fact]
    public void FullJournal_MakesFiresLate_NotLost()
    {
        var world = WithFullJournal(out var jobs);
        Assert.True(world.Core.Firing.IsHeldUp);
        world.Store.IsHeld = false;
        world.Run(2);
        Assert.All(jobs, j => Assert.Equal([1, 2, 3], world.Store.Of(j.Name).Select(t => (t.ScheduledMs - EngineWorld.StartMs) / 1000).Order()));
    }

    [Fact]
    public void FullJournal_IsTrouble_OnlyWhenItStaysFull()
    {
        var world = WithFullJournal(out _);
        Assert.Null(world.Core.Firing.Stall);
        world.Run(3);
        Assert.Equal("fires wait for the store", world.Core.Firing.Stall);
        world.Store.IsHeld = false;
        world.Run(1);
        Assert.Null(world.Core.Firing.Stall);
    }

    [Fact]
    public void FullQueue_MakesFiresLate_NotRefused()
    {
        var world = HeldUp(out var jobs, "0 0 1 * * ?");
        Assert.True(world.Core.Firing.IsHeldUp);
        Assert.Null(world.Core.Firing.Stall);
        world.Run(3);
        Assert.Equal($"fires wait: {world.Core.Dispatcher.Waiting} tasks wait to be sent", world.Core.Firing.Stall);
        AnswerAll(world);
        Assert.All(jobs, job => Assert.Equal(TaskState.Finished, Assert.Single(world.Store.Of(job.Name)).State));
        Assert.Null(world.Core.Firing.Stall);
    }

    [Fact]
    public void FullQueue_LetsARetryWait_ThatComesToIt()
    {
        var jobs = Enumerable.Range(0, 20).Select(i => Samples.Job($"j{i}", "0 0 1 * * ?") with { Retry = new(2, TimeSpan.FromSeconds(1), 1, TimeSpan.FromSeconds(1)) }).ToArray();
        var world = new EngineWorld().Start(new EngineSettings { FiresHeldAt = 3, WaitingMax = 2, SendsPerWorkerMax = 1 }, jobs);
        world.Link.Answer = request => new RunOutcome(request.Attempt == 1 ? RunResult.Failed : RunResult.Finished);
        world.Run(3_610);
        Assert.All(jobs, job => Assert.Equal(TaskState.Finished, Assert.Single(world.Store.Of(job.Name)).State));
    }

    [Fact]
    public void HeldUpFires_AreCountedAsMissed_WhenTheyAreTooLate()
    {
        var world = HeldUp(out var jobs, "0 0 1 * * ?");
        int takenUp = world.Store.Tasks.Count;
        world.Run(400);
        Assert.Equal(jobs.Length - takenUp, world.Core.Counters.MisfiresDiscarded);
        AnswerAll(world);
        Assert.Equal(takenUp, world.Store.Tasks.Count);
        Assert.Equal(jobs.Length - takenUp, jobs.Sum(job => world.Job(job.Name).MisfiresDiscarded));
    }

    [Fact]
    public void HeldUpFires_AreTakenUpOnce_WhenAReloadComesMeanwhile()
    {
        var world = HeldUp(out var jobs, EverySecond);
        WorldMoves.Reload(world, [.. jobs.Select(job => job with { DefinitionHash = 99 })]);
        AnswerAll(world);
        Assert.Equal(0, world.Core.Counters.Duplicates);
        Assert.All(jobs, job => Assert.Single(world.Store.Of(job.Name), task => task.ScheduledMs == EngineWorld.StartMs + 1_000));
    }

    /// <summary>Fifty jobs that have come due once, of which the store, for now, takes few.</summary>
    private static EngineWorld WithFullJournal(out Job[] jobs)
    {
        jobs = [.. Enumerable.Range(0, 50).Select(i => Samples.Job($"j{i}", EverySecond))];
        var world = new EngineWorld().Start(new EngineSettings { ChangesMax = 10 }, jobs);
        world.Store.IsHeld = true;
        world.Run(1);
        return world;
    }

    /// <summary>Fifty jobs that have come due once, of which a worker who takes one at a time holds up nearly all.</summary>
    private static EngineWorld HeldUp(out Job[] jobs, string cron)
    {
        jobs = [.. Enumerable.Range(0, 50).Select(i => Samples.Job($"j{i}", cron))];
        var settings = new EngineSettings { FiresHeldAt = 3, WaitingMax = 2, ChangesMax = 5, SendsPerWorkerMax = 1 };
        var world = new EngineWorld().Start(settings, jobs);
        world.Link.Answer = _ => null;
        world.Run(cron == EverySecond ? 1 : 3_600);
        return world;
    }

    private static void AnswerAll(EngineWorld world)
    {
        while (world.Link.Open > 0)
        {
            world.Link.Complete(RunResult.Finished);
            world.Settle();
        }
    }
}
