using Qschedd.Engine.Model;

namespace Qschedd.Tests.Engine;

public class FiringTests
{
    private const string EverySecond = "* * * * * ?";
    private const string EveryMinute = "0 * * * * ?";

    [Fact]
    public void Fire_BecomesOneFinishedTask_WhenTheWorkerAnswers()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: EverySecond));
        world.Run(3);
        var tasks = world.Store.Of("demo.job").ToList();
        Assert.Equal(3, tasks.Count);
        Assert.All(tasks, t => Assert.Equal(TaskState.Finished, t.State));
        Assert.Equal([1, 2, 3], tasks.Select(t => (t.ScheduledMs - EngineWorld.StartMs) / 1000));
        Assert.All(tasks, t => Assert.Equal("10.1.0.1:20010", t.Worker));
    }

    [Fact]
    public void Fire_IsOnRecord_BeforeAnythingIsSent()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: EverySecond));
        world.Store.IsHeld = true;
        world.Run(1);
        Assert.Empty(world.Link.Requests);
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Single(world.Link.Requests);
    }

    [Fact]
    public void TaskId_ReadsAsTheContractSays()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: EverySecond));
        world.Run(1);
        Assert.Equal("260101.080001.10.0.0.5.42.1", world.Store.Tasks[1].Id); // 08:00:01 in Shanghai
    }

    [Fact]
    public void NextTime_IsComputedFromTheDueTime_WhenTheStepIsLate()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: EverySecond) with { Overlap = OverlapPolicy.Allow });
        world.Advance(TimeSpan.FromMilliseconds(4_900));
        Assert.Equal([1, 2, 3, 4], world.Store.Of("demo.job").Select(t => (t.ScheduledMs - EngineWorld.StartMs) / 1000));
    }

    [Fact]
    public void NewJob_DoesNotFire_ForTimesBeforeItWasSeen()
    {
        var world = new EngineWorld(startMs: EngineWorld.StartMs + 500).Start(Samples.Job(cron: EveryMinute));
        Assert.Empty(world.Store.Tasks);
        Assert.Equal(EngineWorld.StartMs + 60_000, world.Job("demo.job").Status.NextRunMs);
    }

    [Fact]
    public void DisabledJob_HasNoNextRunAndDoesNotFire()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: EverySecond) with { State = false });
        world.Run(3);
        Assert.Empty(world.Store.Tasks);
        Assert.Null(world.Job("demo.job").Status.NextRunMs);
    }

    [Fact]
    public void TwoTriggers_FireEachWithItsOwnParameter_WhenDueTogether()
    {
        var job = Samples.Job() with
        {
            Triggers = [new Trigger(1, EverySecond, "UTC", """{"n":1}"""), new Trigger(2, EverySecond, "UTC", null)],
            Overlap = OverlapPolicy.Allow,
        };
        var world = new EngineWorld().Start(job);
        world.Run(1);
        Assert.Equal(["""{"city":"beijing"}""", """{"n":1}"""], world.Store.Of("demo.job").Select(t => t.Parameter).Order());
    }

    [Theory]
    [InlineData(60_000, 1)] // late by exactly the threshold: still run
    [InlineData(60_001, 0)] // later: discarded
    public void Misfire_BeginsPastTheThreshold_WhenRecoverIsDiscard(long lateMs, int tasks)
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 0 1 * * ?"));
        world.Advance(TimeSpan.FromHours(1) + TimeSpan.FromMilliseconds(lateMs));
        Assert.Equal(tasks, world.Store.Tasks.Count);
        Assert.Equal(1 - tasks, world.Job("demo.job").MisfiresDiscarded);
    }

    [Fact]
    public void Misfire_RunsOnceForTheLatest_WhenRecoverIsRetry()
    {
        var job = Samples.Job(cron: "0 0 * * * ?") with { Recover = RecoverPolicy.Retry };
        var world = new EngineWorld().Start(job);
        world.Advance(TimeSpan.FromMinutes(330));
        var task = Assert.Single(world.Store.Of("demo.job"));
        Assert.Equal(EngineWorld.StartMs + 5 * 3_600_000, task.ScheduledMs);
        Assert.Equal(4, world.Job("demo.job").MisfiresDiscarded);
        Assert.Equal(EngineWorld.StartMs + 6 * 3_600_000, world.Job("demo.job").Status.NextRunMs);
    }

    [Fact]
    public void MissedFires_RunLateEach_WhenTheDaemonWasDownForLessThanTheThreshold()
    {
        var job = Samples.Job(cron: EverySecond) with { Overlap = OverlapPolicy.Allow };
        var world = new EngineWorld().Start(job);
        world.Run(2);
        var next = new EngineWorld(world.Store.Crash(), EngineWorld.StartMs + 20_000).Start(job);
        Assert.Equal(Enumerable.Range(1, 20), next.Store.Of("demo.job").Select(t => (int)((t.ScheduledMs - EngineWorld.StartMs) / 1000)).Order());
    }

    [Fact]
    public void RecordedFire_IsNotRunAgain_WhenTheWatermarkWasLostInACrash()
    {
        var job = Samples.Job(cron: EveryMinute);
        var world = new EngineWorld().Start(job);
        world.Run(60);
        Assert.Single(world.Store.Tasks);
        world.Store.ForgetWatermark(EngineWorld.StartMs);
        var next = new EngineWorld(world.Store.Crash(), EngineWorld.StartMs + 61_000).Start(job);
        next.Run(5);
        Assert.Single(next.Store.Tasks);
        Assert.Empty(next.Link.Requests);
        Assert.Equal(1, next.Core.Counters.Duplicates);
    }

    [Fact]
    public void ClockStep_BackByAnHour_FiresNothingTwiceAndNothingEarly()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0 0/10 * * * ?"));
        world.Run(3_600);
        int before = world.Store.Tasks.Count;
        world.Clock.WallMs -= 3_600_000;
        world.Run(3_599);
        Assert.Equal(before, world.Store.Tasks.Count);
        world.Run(601);
        Assert.Equal(before + 1, world.Store.Tasks.Count);
    }

    [Fact]
    public void ClockStep_BackByYears_SchedulesFromNow()
    {
        var world = new EngineWorld(startMs: EngineWorld.StartMs + 72L * 366 * 86_400_000).Start(Samples.Job(cron: EveryMinute));
        world.Run(60);
        world.Clock.WallMs = EngineWorld.StartMs;
        world.Run(120);
        Assert.Equal(2, world.Store.Of("demo.job").Count(t => t.ScheduledMs < EngineWorld.StartMs + 86_400_000));
    }

    [Fact]
    public void Burst_IsTakenUpInParts_AndTheWatermarkFollowsTheLast()
    {
        var world = BurstOf25();
        world.Turn();
        Assert.Equal(10, world.Store.Tasks.Count);
        world.Turn();
        Assert.Equal(20, world.Store.Tasks.Count);
        Assert.NotEqual(EngineWorld.StartMs + 1_000, world.Store.WatermarkMs);
        world.Settle();
        Assert.Equal(25, world.Store.Tasks.Count);
        Assert.Equal(EngineWorld.StartMs + 1_000, world.Store.WatermarkMs);
    }

    [Fact]
    public void Burst_RunsEachFireOnce_WhenTheProcessDiesInIt()
    {
        var world = BurstOf25();
        world.Turn();
        var next = new EngineWorld(world.Store, world.Clock.WallMs).Start(world.Core.Jobs.Published.Jobs.Values.Select(j => j.Job).ToArray());
        next.Settle();
        Assert.Equal(25, world.Store.Tasks.Values.Select(t => (t.JobId, t.ScheduledMs)).Distinct().Count());
        Assert.Equal(25, world.Store.Tasks.Count);
    }

    [Fact]
    public void Burst_IsTakenUpOnce_WhenAReloadComesInIt()
    {
        var world = BurstOf25();
        world.Turn();
        Assert.Equal(10, world.Store.Tasks.Count);
        WorldMoves.Reload(world, [.. world.Core.Jobs.Published.Jobs.Values.Select(j => j.Job with { DefinitionHash = 99 })]);
        Assert.Equal(25, world.Store.Tasks.Count);
        Assert.Equal((25, 0), (world.Core.Counters.Fires, world.Core.Counters.Duplicates));
    }

    /// <summary>All due now, ten of them in a step.</summary>
    private static EngineWorld BurstOf25()
    {
        var jobs = Enumerable.Range(0, 25).Select(i => Samples.Job($"j{i}", EverySecond)).ToArray();
        var world = new EngineWorld().Start(new EngineSettings { FiresPerStepMax = 10 }, jobs);
        world.Clock.WallMs += 1_000;
        world.Clock.MonotonicMs += 1_000;
        return world;
    }
}
