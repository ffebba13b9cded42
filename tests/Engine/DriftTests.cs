using System.Collections.Immutable;
using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>What was asked for through the API stays, over restarts and reloads, until the file's own value is another; and is shown.</summary>
public class DriftTests
{
    private const string First = "10.1.0.1:20010";

    public enum Passage
    {
        Reload,
        Restart,
    }

    public static TheoryData<Passage> Passages => [Passage.Reload, Passage.Restart];

    private static EngineWorld Through(Passage passage, EngineWorld world, params Job[] jobs)
    {
        if (passage == Passage.Restart)
            return new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(jobs);
        world.Core.Apply(world.Core.Jobs.Compare(Samples.Catalog(Samples.Server(), jobs)));
        world.Settle();
        return world;
    }

    private static Job Defined(long hash, bool state = true, ImmutableArray<Worker>? workers = null) =>
        Samples.Job(workers: workers) with { State = state, DefinitionHash = hash };

    private static void Switch(EngineWorld world, bool on) =>
        Assert.Equal(CommandResult.Done, world.Ask<CommandResult>(a => world.Core.Commands.SetEnabled(["demo.job"], on, "ann", a)));

    private static void Put(EngineWorld world, string address, bool online) => Assert.Equal(
        CommandResult.Done, world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new(address, online)], "bob", a)));

    private static (string, string, string, string, long)[] DriftOf(EngineWorld world) =>
        [.. Drift.Of(world.Job("demo.job"), world.Core.Workers).Select(d => (d.Key, d.File, d.Running, d.By, d.AtMs))];

    [Theory]
    [MemberData(nameof(Passages))]
    public void Off_StaysAndIsShown_WhenAnotherKeyChanges(Passage passage)
    {
        var world = new EngineWorld().Start(Defined(1));
        Switch(world, on: false);
        long atMs = world.Clock.WallMs;
        world.Run(5);
        world = Through(passage, world, Defined(2) with { Desc = "edited" });
        Assert.False(world.Job("demo.job").Status.Enabled);
        Assert.Equal([("state", "true", "false", "ann", atMs)], DriftOf(world));
    }

    [Theory]
    [MemberData(nameof(Passages))]
    public void On_StaysAndIsShown_WhenTheFileSaysOff(Passage passage)
    {
        var world = new EngineWorld().Start(Defined(1, state: false));
        Switch(world, on: true);
        long atMs = world.Clock.WallMs;
        world = Through(passage, world, Defined(1, state: false));
        Assert.True(world.Job("demo.job").Status.Enabled);
        Assert.Equal([("state", "false", "true", "ann", atMs)], DriftOf(world));
    }

    [Theory]
    [MemberData(nameof(Passages))]
    public void Off_EndsWithTheFilesOwnValue_AndDoesNotComeBackWithTheOldOne(Passage passage)
    {
        var world = new EngineWorld().Start(Defined(1));
        Switch(world, on: false);
        world = Through(passage, world, Defined(2, state: false));
        Assert.Empty(DriftOf(world));
        Assert.False(world.Job("demo.job").Status.Enabled);
        world = Through(passage, world, Defined(1));
        Assert.True(world.Job("demo.job").Status.Enabled);
        Assert.Empty(DriftOf(world));
    }

    [Theory]
    [MemberData(nameof(Passages))]
    public void OffAndOnAgain_IsNoDrift_AndTheFileStillRules(Passage passage)
    {
        var world = new EngineWorld().Start(Defined(1));
        Switch(world, on: false);
        Switch(world, on: true);
        world = Through(passage, world, Defined(1));
        Assert.Empty(DriftOf(world));
        world = Through(passage, world, Defined(2, state: false));
        Assert.False(world.Job("demo.job").Status.Enabled);
    }

    [Theory]
    [MemberData(nameof(Passages))]
    public void Offline_StaysAndIsShown_WhenOtherKeysAndOtherWorkersChange(Passage passage)
    {
        var world = new EngineWorld().Start(Defined(1));
        Put(world, First, online: false);
        long atMs = world.Clock.WallMs;
        world = Through(passage, world, Defined(2, workers: [Samples.TwoWorkers[0], new Worker("10.1.0.9:20010", "w9.example")]));
        Assert.Equal([($"workers.{First}", "online", "offline", "bob", atMs)], DriftOf(world));
        Put(world, First, online: true);
        world = Through(passage, world, Defined(1));
        Assert.Empty(DriftOf(world));
    }

    [Theory]
    [MemberData(nameof(Passages))]
    public void Offline_EndsWhenTheFileTakesTheWorkerAway(Passage passage)
    {
        var world = new EngineWorld().Start(Defined(1));
        Put(world, First, online: false);
        world = Through(passage, world, Defined(2, workers: [Samples.TwoWorkers[1]]));
        Assert.Empty(DriftOf(world));
        world = Through(Passage.Restart, Through(passage, world, Defined(1)), Defined(1));
        Assert.True(world.Core.Workers.Of(world.Job("demo.job"))[0].Online);
        Assert.Empty(DriftOf(world));
    }

    [Theory]
    [MemberData(nameof(Passages))]
    public void Offline_StaysOnARegisteredWorker_WhenTheFileTakesItAway(Passage passage)
    {
        var world = new EngineWorld().Start(Defined(1));
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", First, "w1.example", null, 0), a));
        Put(world, First, online: false);
        world = Through(passage, world, Defined(2, workers: [Samples.TwoWorkers[1]]));
        Assert.Equal($"workers.{First}", Assert.Single(DriftOf(world)).Item1);
    }

    [Fact]
    public void OfflineTwice_KeepsWhoSaidItFirst()
    {
        var world = new EngineWorld().Start(Defined(1));
        Put(world, First, online: false);
        long atMs = world.Clock.WallMs;
        world.Run(3);
        Put(world, First, online: false);
        Assert.Equal([($"workers.{First}", "online", "offline", "bob", atMs)], DriftOf(world));
    }

    [Theory]
    [MemberData(nameof(Passages))]
    public void JobThatWasAway_KeepsItsOverride_WhenItComesBackWithTheSameValue(Passage passage)
    {
        var world = new EngineWorld().Start(Defined(1));
        Switch(world, on: false);
        world = Through(passage, world, Samples.Job("other", cron: null));
        world = Through(passage, world, Defined(1));
        Assert.Equal("state", Assert.Single(DriftOf(world)).Item1);
    }
}
