using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Engine;
using Qschedd.Engine.Clock;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>What the simulation found, each boiled down to its steps.</summary>
public class SimulatedFaultTests
{
    private const string Hourly = "0 0 * * * ?";
    private const long DayMs = 86_400_000;

    [Fact]
    public void JobThatIsBack_CountsFromItsReturn_WhenTheProcessBetweenDidNotHaveIt()
    {
        var (job, other) = (Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry }, Samples.Job("other", null));
        var first = new EngineWorld().Start(job, other);
        first.Run(3_600);
        var without = new EngineWorld(first.Store.Crash(), first.Clock.WallMs + 1_000).Start(other);
        without.Advance(TimeSpan.FromHours(5.5));
        var back = new EngineWorld(without.Store.Crash(), without.Clock.WallMs + 1_000).Start(job, other);
        back.Run(2);
        Assert.Single(back.Store.Of("demo.job"));
    }

    [Fact]
    public void JobThatIsBack_CountsFromItsReturn_WhenAReloadHadRemovedIt()
    {
        var (job, other) = (Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry }, Samples.Job("other", null));
        var first = new EngineWorld().Start(job, other);
        first.Run(3_600);
        first.Core.Apply(first.Core.Jobs.Compare(Samples.Catalog(Samples.Server(), other)));
        first.Settle();
        first.Advance(TimeSpan.FromHours(5.5));
        var back = new EngineWorld(first.Store.Crash(), first.Clock.WallMs + 1_000).Start(job, other);
        back.Run(2);
        Assert.Single(back.Store.Of("demo.job"));
    }

    [Fact]
    public void JobThatIsBack_IsStillOff_WhenATaskOfItEndedWhileItWasNotThere()
    {
        var (job, other) = (Samples.Job(cron: Hourly), Samples.Job("other", null));
        var first = new EngineWorld().Start(job, other);
        first.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        first.Run(3_600);
        first.Ask<CommandResult>(a => first.Core.Commands.SetEnabled(["demo.job"], false, "me", a));
        var without = new EngineWorld(first.Store.Crash(), first.Clock.WallMs + 1_000).Start(other);
        WorldMoves.Report(without, 1, TaskState.Finished);
        var back = new EngineWorld(without.Store.Crash(), without.Clock.WallMs + 1_000).Start(job, other);
        Assert.False(back.Job("demo.job").Enabled);
        WorldMoves.Reload(without, job, other);
        Assert.False(without.Job("demo.job").Enabled);
    }

    [Fact]
    public void JobTurnedOnByAWrongClock_MakesUpWhatItMissed_WhenTheClockIsRightAgainAndTheProcessDies()
    {
        var job = Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry };
        var world = new EngineWorld(startMs: EngineWorld.StartMs + (30 * DayMs)).Start(job);
        world.Run(5);
        world.Clock.WallMs -= 30 * DayMs;
        world.Settle();
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + (2 * 3_600_000)).Start(job);
        next.Run(2);
        Assert.Equal([1, 2], next.Store.Of("demo.job").Select(t => (t.ScheduledMs - EngineWorld.StartMs) / 3_600_000));
    }

    [Fact]
    public void ShardsOfAFire_AreOnRecordTogether_WhenABatchIsFull()
    {
        var job = Samples.Job(cron: Hourly) with { LoadBalance = LoadBalance.Broadcast };
        var world = new EngineWorld().Start(new EngineSettings { BatchMax = 1 }, job);
        world.Clock.WallMs += 3_600_000;
        world.Clock.MonotonicMs += 3_600_000;
        for (int turn = 0; turn < 20; turn++)
        {
            world.Turn();
            Assert.NotEqual(1, world.Store.Of("demo.job").Count());
        }
        Assert.Equal(2, world.Store.Of("demo.job").Count());
    }

    [Fact]
    public void FireOnRecord_GetsNoMoreShards_WhenItComesAgainWithMoreWorkers()
    {
        var job = Samples.Job(cron: Hourly) with { LoadBalance = LoadBalance.Broadcast };
        var world = new EngineWorld().Start(job);
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.2:20010", false)], "me", a));
        world.Run(3_600);
        world.Clock.WallMs += 2 * DayMs;
        world.Settle();
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.2:20010", true)], "me", a));
        world.Clock.WallMs -= (2 * DayMs) + 1_800_000;
        world.Settle(); // it was wrong: jobs are due from now, and the first fire is on record
        world.Link.Requests.Clear();
        world.Run(1_900);
        Assert.Empty(world.Link.Requests);
    }

    [Fact]
    public void OperatorsWord_Holds_WhenTheClockIsSetFarAheadAndTheWorkerIsSilentAWhile()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", "10.1.0.9:20010", "w9", null, 1), a));
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new("10.1.0.9:20010", false)], "me", a));
        world.Clock.WallMs += 10 * DayMs;
        world.Settle();
        world.Run(200);
        Assert.NotNull(world.Core.Workers.OverrideOf(world.Job("demo.job").Id, "10.1.0.9:20010"));
    }

    [Fact]
    public void Resend_IsNotSent_WhenAReportEndedTheTaskAfterItWasHandedOver()
    {
        var job = Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry };
        var handedOver = new Queue<IThreadPoolWorkItem>();
        var next = WorldMoves.Restart(job, _ => null, settings: new EngineSettings { Offload = handedOver.Enqueue });
        next.Run(2);
        Assert.Single(handedOver);
        WorldMoves.Report(next, 1, TaskState.Finished);
        handedOver.Dequeue().Execute();
        next.Run(60);
        Assert.Empty(next.Link.Requests);
        Assert.Equal(TaskState.Finished, next.Store.Tasks[1].State);
        Assert.Equal(0, next.Core.Dispatcher.Sends);
    }

    [Fact]
    public void NextAttempt_IsSentOnceAndWhenItIsOnRecord_WhenTheOneBeforeStillWaitedForAPlaceAtTheSameWorker()
    {
        var job = Samples.Job(cron: Hourly, workers: [Samples.TwoWorkers[0]]) with
        {
            Recover = RecoverPolicy.Retry,
            Retry = new RetryPolicy(5, TimeSpan.FromSeconds(2), 1, TimeSpan.FromMinutes(1)),
        };
        var first = new EngineWorld().Start(job);
        first.Link.Answer = _ => null;
        first.Run(3_600);
        var blocker = job with { Name = "demo.blocker", Triggers = [] };
        var next = new EngineWorld(first.Store.Crash(), first.Clock.WallMs + 100);
        next.Link.Answer = _ => null;
        next.Start(new EngineSettings { SendsPerWorkerMax = 1 }, job, blocker);
        next.Ask<TriggerResult>(a => next.Core.Commands.Trigger("demo.blocker", null, "me", new StartCall(a)));
        next.Run(2); // the task in doubt waits for the place that the other has
        Assert.Single(next.Link.Requests);
        WorldMoves.Report(next, 1, TaskState.Failed);
        next.Store.IsHeld = true;
        next.Run(3); // the next attempt is given to the same worker, and not yet on record
        next.Link.Complete(RunResult.Finished);
        next.Run(1);
        Assert.Single(next.Link.Requests);
        next.Store.IsHeld = false;
        next.Run(5);
        Assert.Equal([1, 3], next.Link.Requests.Select(r => r.Attempt));
    }

    [Fact]
    public void OlderTask_IsKilledAfterACrash_WhenItsReplacementIsOnRecordAndTheKillIsNot()
    {
        var job = Samples.Job(cron: Hourly) with { Overlap = OverlapPolicy.Replace, Recover = RecoverPolicy.Retry };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        world.Store.IsHeld = true;
        world.Advance(TimeSpan.FromHours(1));
        world.Store.IsHeld = false;
        world.Store.Complete(); // the new task is on record, and the daemon dies before it has seen that
        Assert.Equal([1L, 2L], world.Store.Tasks.Keys);
        Assert.Null(world.Store.Tasks[1].KilledBy);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 100);
        next.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        next.Start(job);
        next.Run(3);
        Assert.Contains(next.Link.Kills, k => k.TaskId == next.Store.Tasks[1].Id);
        Assert.Empty(next.Link.Requests);
        WorldMoves.Report(next, 1, TaskState.Failed);
        Assert.Equal(next.Store.Tasks[2].Id, Assert.Single(next.Link.Requests).TaskId);
    }

    [Fact]
    public void TasksSideBySide_GoOnAfterARestart_WhenAWorkerHasTheNewestAlready()
    {
        var job = Samples.Job(cron: Hourly) with { Overlap = OverlapPolicy.Allow };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(7_200);
        Assert.Equal(2, world.Store.Tasks.Count);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 100).Start(job with { Overlap = OverlapPolicy.Replace });
        next.Run(5);
        Assert.Empty(next.Link.Kills);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(1)]
    public void ManualStart_IsNotRecorded_WhenItsCallerGaveUpBeforeItWasWritten(int batchMax)
    {
        var world = new EngineWorld().Start(new EngineSettings { BatchMax = batchMax }, Samples.Job(cron: null));
        world.Store.IsHeld = true;
        for (int i = 0; i < 5; i++)
            world.Core.NoteConfiguration("reload", "what the disk is slow over");
        world.Settle();
        var answer = new TaskCompletionSource<TriggerResult>();
        var caller = new StartCall(answer);
        world.Core.Commands.Trigger("demo.job", null, "me", caller);
        world.Settle();
        Assert.True(caller.TryGiveUp());
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Empty(world.Store.Tasks);
        Assert.Equal(0, world.Core.Tasks.Count);
        Assert.Equal(CommandResult.Unavailable, EngineWorld.Answer(answer.Task).Result);
    }

    [Fact]
    public void ManualStart_CannotBeGivenUp_OnceItIsBeingWritten()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        world.Store.IsHeld = true;
        var answer = new TaskCompletionSource<TriggerResult>();
        var caller = new StartCall(answer);
        world.Core.Commands.Trigger("demo.job", null, "me", caller);
        world.Settle();
        Assert.False(caller.TryGiveUp());
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Equal(CommandResult.Done, EngineWorld.Answer(answer.Task).Result);
        Assert.Single(world.Link.Requests);
    }

    [Fact]
    public async Task RepeatedReport_IsNotAnswered_BeforeTheEndIsOnRecord()
    {
        var (store, alarm, clock) = (new KeptStore(), new StillAlarm(), new LoopClock());
        var loop = new EngineLoop(alarm, clock, NullLogger.Instance);
        var link = new ScriptedLink { Answer = _ => new RunOutcome(RunResult.Accepted) };
        var options = OptionsFor(link);
        var catalog = Samples.Catalog(Samples.Server(), Samples.Job(cron: Hourly));
        var core = new EngineCore(store, catalog, options, clock, loop, new Random(7), NullLogger.Instance);
        loop.Own(core);
        var scheduler = new Scheduler(core, loop, store, options);
        alarm.WallNowMs += 3_600_000;
        GoRound(loop, store);
        var report = new TaskReport(Assert.Single(store.Tasks.Values).Id, TaskState.Finished, null, null);
        store.IsHeld = true;
        var first = scheduler.ReportAsync(report).AsTask();
        GoRound(loop, store);
        var repeated = scheduler.ReportAsync(report).AsTask();
        Assert.False(first.IsCompleted);
        Assert.False(repeated.IsCompleted, "answered as done, and a crash now would lose it");
        store.IsHeld = false;
        GoRound(loop, store);
        Assert.Equal((CommandResult.Done, CommandResult.Done), (await first, await repeated));
    }

    private static void GoRound(EngineLoop loop, KeptStore store)
    {
        for (int i = 0; i < 10; i++)
        {
            loop.Round();
            store.Complete();
        }
    }

    private static EngineOptions OptionsFor(ScriptedLink link) => new()
    {
        ServerIp = "10.0.0.5",
        ProcessId = 42,
        HostNames = ["daemon.example"],
        RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink> { [WorkerProtocol.Qschedule] = link },
        LocalLink = link,
        IsProcessAlive = _ => false,
        Offload = work => work.Execute(),
    };

    /// <summary>Clocks that stand until they are moved.</summary>
    private sealed class StillAlarm : IAlarm
    {
        public long WallNowMs { get; set; } = EngineWorld.StartMs;
        public long MonotonicNowMs { get; set; } = 1_000_000;

        public void WaitUntil(long wallDueMs, TimeSpan most) => throw new InvalidOperationException("nobody sleeps here");

        public void Ring()
        {
            // Nobody sleeps.
        }

        public void Dispose()
        {
            // Nothing is held.
        }
    }
}
