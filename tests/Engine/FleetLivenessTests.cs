using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>Registration, being alive, and what becomes of the tasks of a worker that is not. The time to live is 90 s.</summary>
public class FleetLivenessTests
{
    private const string Hourly = "0 0 * * * ?";
    private const string W3 = "10.2.0.3:20070";
    private const string W4 = "10.2.0.4:20070";

    private static CommandResult Register(EngineWorld world, string address = W3, params string[]? jobs) => world.Ask<CommandResult>(
        a => world.Core.Commands.Register(new RegistrationRow("demo", address, "", jobs is { Length: > 0 } ? jobs : null, null), a));

    private static CommandResult Unregister(EngineWorld world, string address = W3) =>
        world.Ask<CommandResult>(a => world.Core.Commands.Unregister("demo", address, a));

    private static CommandResult Word(EngineWorld world, string address, bool online, string job = "demo.job") =>
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers(job, [new(address, online)], "test", a));

    private static (bool Online, bool Alive, bool Takes) Of(EngineWorld world, string address, string job = "demo.job")
    {
        var worker = world.Core.Workers.Of(world.Job(job)).Single(w => w.State.Address == address);
        return (worker.Online, world.Core.Workers.IsAlive(worker), world.Core.Workers.CanTake(worker));
    }

    private static EngineWorld Next(EngineWorld world, int downSeconds, params Job[] jobs) =>
        new EngineWorld(world.Store.Crash(), world.Clock.WallMs + downSeconds * 1000L).Start(jobs);

    [Fact]
    public void RegisteredWorker_IsAliveForItsTtl_AndWithEachCallAnew()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: []));
        Register(world);
        world.Run(89);
        Assert.Equal((true, true, true), Of(world, W3));
        Register(world);
        world.Run(90);
        Assert.Equal((true, true, true), Of(world, W3));
        world.Run(1);
        Assert.Equal((true, false, false), Of(world, W3)); // canSchedule still shows the operator's word
    }

    [Fact]
    public void StepOfTheWallClock_MakesNobodySilent()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: []));
        Register(world);
        world.Clock.WallMs += 3_600_000;
        world.Run(1);
        Assert.Equal((true, true, true), Of(world, W3));
    }

    [Fact]
    public void Registration_OfSomeJobs_ServesThoseOnly()
    {
        var world = new EngineWorld().Start(Samples.Job("a", null, []), Samples.Job("b", null, []));
        Register(world, W3, "a");
        Assert.Single(world.Core.Workers.Of(world.Job("a")));
        Assert.Empty(world.Core.Workers.Of(world.Job("b")));
        Register(world, W3, "b");
        Assert.Empty(world.Core.Workers.Of(world.Job("a")));
        Assert.Single(world.Core.Workers.Of(world.Job("b")));
    }

    [Fact]
    public void StaticWorker_ThatRegisters_IsOneWorker_InWhateverSpelling()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: [new("Node1.example:20010", "node1")]));
        Register(world, "node1.EXAMPLE:20010");
        var worker = Assert.Single(world.Core.Workers.Of(world.Job("demo.job")));
        Assert.Equal(("Node1.example:20010", "node1", true), (worker.State.Address, worker.Hostname, worker.IsStatic));
        world.Run(91);
        Assert.Equal((true, false, true), Of(world, "Node1.example:20010")); // of the YAML: tried last, and tried
    }

    [Fact]
    public void StaticWorker_ThatNeverRegistered_IsAliveUntilAConnectionFails_ThenTriedLastWithAGrowingPause()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: "0/10 * * * * ?"));
        Assert.Equal((true, true, true), Of(world, "10.1.0.1:20010"));
        world.Link.Answer = r => new RunOutcome(r.Worker == "10.1.0.1:20010" ? RunResult.NotDelivered : RunResult.Finished);
        var triedAt = new List<int>();
        for (int fire = 0; fire < 30; fire++)
        {
            world.Link.Requests.Clear();
            world.Run(10);
            if (world.Link.Requests.Any(r => r.Worker == "10.1.0.1:20010"))
                triedAt.Add(fire);
        }
        // Pauses of 1, 2, 4, 8, 16, 32 and then 60 s, looked at every 10 s.
        Assert.Equal([0, 1, 2, 3, 4, 6, 10, 16, 22, 28], triedAt);
        Assert.All(world.Store.Tasks.Values, t => Assert.Equal(TaskState.Finished, t.State));
    }

    [Fact]
    public void UnchangedRegistration_IsWrittenAtMostEveryThirdOfTheTtl()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: []));
        int writes = world.Store.RegistrationWrites;
        for (int i = 0; i < 60; i++)
        {
            Register(world);
            world.Run(1);
        }
        Assert.Equal(2, world.Store.RegistrationWrites - writes); // at 0 and at 30 s
        Register(world, W3, "demo.job");
        Assert.Equal(3, world.Store.RegistrationWrites - writes); // another word is written at once
        Register(world, W3, "demo.job");
        Assert.Equal(3, world.Store.RegistrationWrites - writes);
    }

    [Fact]
    public void Restart_GivesOneTtlToThoseWhoWereAlive_AndNoneToTheOthers()
    {
        var job = Samples.Job(cron: "* * * * * ?", workers: []);
        var world = new EngineWorld().Start(job);
        Register(world, W4);
        world.Run(200); // W4 has died
        Register(world, W3);
        Register(world, "10.2.0.5:20070");
        Unregister(world, "10.2.0.5:20070");
        world.Run(20);
        var next = Next(world, downSeconds: 3_600, job);
        Assert.Equal((true, true, true), Of(next, W3)); // the daemon was away, not the worker
        Assert.Equal((true, false, false), Of(next, W4));
        Assert.Equal((true, false, false), Of(next, "10.2.0.5:20070"));
        next.Run(91);
        Assert.Equal((true, false, false), Of(next, W3));
        Register(next, W4);
        Assert.Equal((true, true, true), Of(next, W4));
    }

    [Fact]
    public void OperatorsWord_StandsApartFromHeartbeats_AndHoldsOverGoodbyeAndReturnAndRestart()
    {
        var job = Samples.Job(cron: null);
        var world = new EngineWorld().Start(job);
        Register(world);
        Assert.Equal(CommandResult.Done, Word(world, W3, online: false));
        Assert.Equal((false, true, false), Of(world, W3));
        Assert.Equal(CommandResult.Done, Unregister(world));
        Assert.Equal((false, false, false), Of(world, W3));
        Register(world);
        Assert.Equal((false, true, false), Of(world, W3));
        Unregister(world);
        var next = Next(world, 5, job);
        Register(next);
        Assert.Equal((false, true, false), Of(next, W3));
        Assert.Equal(CommandResult.Done, Word(next, W3, online: true));
        Assert.Equal((true, true, true), Of(next, W3));
    }

    [Fact]
    public void WorkerThatIsGone_CanBeGivenAWord_BeforeItComesBack()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        Register(world);
        Word(world, W3, online: false);
        Unregister(world);
        Assert.Equal(CommandResult.Done, Word(world, W3, online: true));
        Register(world);
        Assert.Equal((true, true, true), Of(world, W3));
        Assert.Equal(CommandResult.NotFound, Unregister(world, "10.9.9.9:1"));
    }

    [Fact]
    public void RepeatedOffline_IsDone_EvenWhenNobodyElseIsLeftByNow()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: []));
        Register(world, W3);
        Register(world, W4);
        Assert.Equal(CommandResult.Done, Word(world, W4, online: false));
        world.Run(91);
        Assert.Equal(CommandResult.Done, Word(world, W4, online: false));
        Assert.Equal(CommandResult.Refused, Word(world, W3, online: false));
    }

    [Theory]
    [InlineData(RecoverPolicy.Discard, TaskState.Unknown)]
    [InlineData(RecoverPolicy.Retry, TaskState.Finished)]
    internal void DeadWorker_LosesItsTasksAfterTwiceTheTtl_AndRecoverDecides(RecoverPolicy recover, TaskState end)
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: [Samples.TwoWorkers[0]]) with
        {
            Recover = recover,
            LoadBalance = LoadBalance.Failover,
        });
        Word(world, "10.1.0.1:20010", online: true);
        Register(world, "10.1.0.1:20010");
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        var started = world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        world.Run(100);
        Register(world, W3);
        world.Link.Answer = _ => new RunOutcome(RunResult.Finished);
        world.Run(79);
        Assert.Equal(TaskState.Started, world.Store.FindTask(started.TaskId!)!.State); // silent, and may yet report
        Assert.Single(world.Core.Tasks.JobsOn(w => w.Host == "10.1.0.1"));
        world.Run(3);
        var task = world.Store.FindTask(started.TaskId!)!;
        Assert.Equal(end, task.State);
        Assert.Empty(world.Core.Tasks.JobsOn(w => w.Host == "10.1.0.1"));
        if (recover == RecoverPolicy.Retry)
        {
            Assert.Equal((W3, 2), (task.Worker, task.Attempt));
            var lost = Assert.Single(world.Store.Attempts);
            Assert.Equal((1, TaskState.Unknown, "10.1.0.1:20010"), (lost.Attempt, lost.State, lost.Worker));
        }
    }

    [Fact]
    public void TasksOwnHeartbeats_KeepIt_WhateverItsWorkersRegistrationDoes()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: []));
        Register(world);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        var started = world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        for (int i = 0; i < 10; i++)
        {
            world.Run(60);
            world.Core.Reports.Take(new TaskReport(started.TaskId!, TaskState.Started, null, null));
        }
        world.Settle();
        Assert.Equal(TaskState.Started, world.Store.FindTask(started.TaskId!)!.State);
        world.Run(91);
        Assert.Equal(TaskState.Unknown, world.Store.FindTask(started.TaskId!)!.State);
    }

    [Fact]
    public void Restart_LosesTheTasksOfAWorkerThatStaysSilent_AfterTwiceTheTtlFromTheStart()
    {
        var job = Samples.Job(cron: null, workers: []);
        var world = new EngineWorld().Start(job);
        Register(world);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        var next = Next(world, downSeconds: 600, job);
        next.Run(179);
        Assert.Equal(TaskState.Started, next.Store.Tasks[1].State);
        next.Run(2);
        Assert.Equal(TaskState.Unknown, next.Store.Tasks[1].State);
        Assert.Contains("has not registered", next.Store.Tasks[1].Message);
    }

    [Fact]
    public void SilentForSevenDays_IsForgotten_WithItsRowAndTheWordsOnIt()
    {
        var job = Samples.Job(cron: null);
        var world = new EngineWorld().Start(job);
        Register(world, W3);
        Register(world, W4);
        Word(world, W3, online: false);
        Word(world, "10.1.0.1:20010", online: false);
        for (int hour = 0; hour < 6 * 24; hour++)
            world.Advance(TimeSpan.FromHours(1));
        Register(world, W4);
        var next = Next(world, 3_600, job);
        Assert.Equal(4, next.Core.Workers.Of(next.Job("demo.job")).Length);
        for (int hour = 0; hour < 24; hour++)
            next.Advance(TimeSpan.FromHours(1));
        Assert.Equal(["10.1.0.1:20010", "10.1.0.2:20010", W4], next.Core.Workers.Of(next.Job("demo.job")).Select(w => w.State.Address));
        Assert.DoesNotContain(next.Core.Workers.All, w => w.Address == W3);
        var image = next.Store.Load();
        Assert.Equal(W4, Assert.Single(image.Registrations).Address);
        Assert.Equal("10.1.0.1:20010", Assert.Single(image.WorkerOverrides).Address); // of the YAML: it stays
    }

    [Fact]
    public void Registrations_AreBoundedForEachApp_AndALostOneMakesRoom()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: []));
        for (int i = 0; i < Registrations.PerAppMax; i++)
            Assert.True(world.Core.Registrations.Register(new RegistrationRow("demo", $"10.{i >> 16}.{(i >> 8) & 255}.{i & 255}:1", "", null, null)));
        Assert.Equal(CommandResult.Refused, Register(world, W3));
        Assert.Equal(CommandResult.Done, Register(world, "10.0.0.0:1")); // who is known may say so again
        Assert.True(world.Core.Registrations.Register(new RegistrationRow("other", W3, "", null, null)));
        world.Advance(TimeSpan.FromSeconds(181));
        Assert.Equal(CommandResult.Done, Register(world, W3));
        Assert.Equal(Registrations.PerAppMax, world.Core.Workers.RegistrationsOf("demo").Count);
    }

    [Fact]
    public void Check_FindsAHostByEveryNameGivenForIt_RightAfterARestart()
    {
        var job = Samples.Job(cron: Hourly);
        var other = Samples.Job("other.job", null, [new("10.1.0.1:20010", "alias.other.example")]);
        other = other with { App = other.App with { Name = "other" } };
        var world = new EngineWorld().Start(job, other);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_599);
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", "10.1.0.1:20010", "own.name.example", null, null), a));
        world.Run(1);
        var next = Next(world, 5, job, other);
        foreach (string name in (string[])["10.1.0.1", "w1.example", "w1", "alias.other", "own.name.example"])
            Assert.Single(next.Core.Tasks.JobsOn(new HostName(name, []).Fits));
        Assert.Empty(next.Core.Tasks.JobsOn(new HostName("w2.example", []).Fits));
    }
}
