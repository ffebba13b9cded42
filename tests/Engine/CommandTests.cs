using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

public class CommandTests
{
    private static CommandResult On(EngineWorld world, bool enabled, params string[] names) =>
        world.Ask<CommandResult>(a => world.Core.Commands.SetEnabled(names, enabled, "test", a));

    private static CommandResult Workers(EngineWorld world, params (string Address, bool Online)[] wishes) =>
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers(
            "demo.job", [.. wishes.Select(w => KeyValuePair.Create(w.Address, w.Online))], "test", a));

    [Fact]
    public void Off_StopsFires_AndOnStartsThemFromNow_WithoutCatchingUp()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Run(2);
        Assert.Equal(CommandResult.Done, On(world, false, "demo.job"));
        world.Run(10);
        Assert.Equal(2, world.Store.Tasks.Count);
        Assert.Equal(CommandResult.Done, On(world, true, "demo.job"));
        world.Run(1);
        Assert.Equal(3, world.Store.Tasks.Count);
    }

    [Fact]
    public void Off_OutlivesARestart_UntilTheYamlItselfSaysOtherwise()
    {
        var world = new EngineWorld().Start(Samples.Job());
        On(world, false, "demo.job");
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(Samples.Job());
        Assert.False(next.Job("demo.job").Status.Enabled);
        var offInYaml = new EngineWorld(next.Store.Crash(), world.Clock.WallMs).Start(Samples.Job() with { State = false });
        Assert.False(offInYaml.Job("demo.job").Status.Enabled);
        var onAgain = new EngineWorld(offInYaml.Store.Crash(), world.Clock.WallMs).Start(Samples.Job());
        Assert.True(onAgain.Job("demo.job").Status.Enabled); // the YAML changed since: its word counts again
    }

    [Fact]
    public void OnOff_ChangesNothing_WhenOneNameIsUnknown()
    {
        var world = new EngineWorld().Start(Samples.Job());
        Assert.Equal(CommandResult.NotFound, On(world, false, "demo.job", "nobody"));
        Assert.True(world.Job("demo.job").Status.Enabled);
    }

    [Fact]
    public void Command_IsTakenBackAndUnavailable_WhenTheStoreCannotKeepIt()
    {
        var world = new EngineWorld().Start(Samples.Job());
        world.Store.Fault = new IOException("disk full");
        Assert.Equal(CommandResult.Unavailable, On(world, false, "demo.job"));
        Assert.True(world.Job("demo.job").Enabled);
        Assert.Equal(CommandResult.Unavailable, Workers(world, ("10.1.0.1:20010", false)));
        Assert.All(world.Core.Workers.Of(world.Job("demo.job")), w => Assert.True(w.Online));
    }

    [Fact]
    public void Start_ByHand_IsUnavailableAndNeverSent_WhenTheStoreCannotKeepIt()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        world.Store.Fault = new IOException("disk full");
        var answer = world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(a)));
        Assert.Equal(CommandResult.Unavailable, answer.Result);
        world.Store.Fault = null;
        world.Run(10);
        Assert.Empty(world.Link.Requests);
        Assert.Equal(0, world.Job("demo.job").Status.Running);
    }

    [Fact]
    public void Fires_WaitForTheStore_AndAreSentWhenItIsBack()
    {
        var world = new EngineWorld().Start(Samples.Job() with { Overlap = OverlapPolicy.Allow });
        world.Store.Fault = new IOException("disk full");
        world.Run(5);
        Assert.Empty(world.Link.Requests);
        Assert.Equal("disk full", world.Core.Journal.Trouble);
        world.Store.Fault = null;
        world.Run(1);
        Assert.Equal(6, world.Store.Of("demo.job").Count(t => t.State == TaskState.Finished));
        Assert.Null(world.Core.Journal.Trouble);
    }

    [Fact]
    public void PoisonChange_IsGivenUpAlone_AndHoldsUpNoOther()
    {
        var jobs = Enumerable.Range(0, 20).Select(i => Samples.Job($"j{i}")).ToArray();
        var world = new EngineWorld().Start(jobs);
        world.Store.IsPoison = change => change is TaskInsert { Row.Job: "j7" };
        world.Run(3);
        Assert.All(jobs.Where(j => j.Name != "j7"), j => Assert.Equal(3, world.Store.Of(j.Name).Count(t => t.State == TaskState.Finished)));
        Assert.Empty(world.Store.Of("j7"));
        Assert.Equal(0, world.Job("j7").Status.Running);
        world.Store.IsPoison = _ => false;
        world.Run(1);
        Assert.Single(world.Store.Of("j7"));
    }

    [Fact]
    public void ManyJobs_AreOnRecordBeforeTheirFirstTasks_WhenBatchesAreSmall()
    {
        var world = new EngineWorld().Start(new EngineSettings { BatchMax = 3 }, [.. Enumerable.Range(0, 20).Select(i => Samples.Job($"j{i}"))]);
        world.Run(2);
        Assert.Equal(40, world.Store.Tasks.Count); // the store asserts the order
    }

    [Fact]
    public void Start_ByHand_RunsADisabledJob_WithTheGivenParameter()
    {
        var world = new EngineWorld().Start(Samples.Job() with { State = false });
        var answer = world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", """{"n":1}""", "test", new StartCall(a)));
        Assert.Equal(CommandResult.Done, answer.Result);
        Assert.Equal("""{"n":1}""", Assert.Single(world.Link.Requests).Parameter);
    }

    [Fact]
    public void Offline_IsRefused_WhenItWouldLeaveNone()
    {
        var world = new EngineWorld().Start(Samples.Job());
        Assert.Equal(CommandResult.Refused, Workers(world, ("10.1.0.1:20010", false), ("10.1.0.2:20010", false)));
        Assert.Equal(CommandResult.Done, Workers(world, ("10.1.0.1:20010", false)));
        Assert.Equal(CommandResult.Refused, Workers(world, ("10.1.0.2:20010", false)));
        Assert.Equal(CommandResult.Done, Workers(world, ("10.1.0.1:20010", true), ("10.1.0.2:20010", false)));
    }

    [Fact]
    public void UnknownWorkers_AreToldApart()
    {
        var world = new EngineWorld().Start(Samples.Job());
        Assert.Equal(CommandResult.Partly, Workers(world, ("10.1.0.1:20010", false), ("9.9.9.9:1", false)));
        Assert.False(world.Core.Workers.Of(world.Job("demo.job"))[0].Online);
        Assert.Equal(CommandResult.NotFound, Workers(world, ("9.9.9.9:1", false)));
    }

    [Fact]
    public void Offline_OutlivesARestart_AndNothingIsSentThere()
    {
        var world = new EngineWorld().Start(Samples.Job());
        Workers(world, ("10.1.0.1:20010", false));
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(Samples.Job());
        next.Run(3);
        Assert.All(next.Link.Requests, r => Assert.Equal("10.1.0.2:20010", r.Worker));
    }

    [Fact]
    public void RegisteredWorker_IsChosenWhileItIsHeard_AndKnownAfter()
    {
        var world = new EngineWorld().Start(Samples.Job(workers: []));
        var row = new RegistrationRow("demo", "10.2.0.1:20070", "w9.example", null, null);
        world.Ask<CommandResult>(a => world.Core.Commands.Register(row, a));
        world.Run(1);
        Assert.Equal("10.2.0.1:20070", Assert.Single(world.Link.Requests).Worker);
        world.Advance(TimeSpan.FromSeconds(91));
        world.Link.Requests.Clear();
        world.Run(1);
        Assert.Empty(world.Link.Requests);
        Assert.Equal("w9.example", Assert.Single(world.Core.Workers.Of(world.Job("demo.job"))).Hostname);
    }
}
