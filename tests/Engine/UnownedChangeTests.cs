using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>Changes that nobody waits for, such as the end of a task, go to the store with others, and not much later than alone.</summary>
public class UnownedChangeTests
{
    private const int PauseMs = 10;
    private const string Hourly = "0 0 * * * ?";

    [Fact]
    public void End_IsWritten_AfterThePause_WhenATransactionWasJustBefore()
    {
        var world = Fired();
        Assert.Equal(TaskState.Starting, Assert.Single(world.Store.Tasks.Values).State);
        Assert.Equal(TaskState.Finished, world.Job("demo.job").Status.LastState); // who asks is told at once
        Assert.Equal(world.Clock.MonotonicMs + PauseMs, world.Core.NextWake().MonotonicMs); // the loop wakes for it

        world.Advance(TimeSpan.FromMilliseconds(PauseMs - 1));
        Assert.Equal(TaskState.Starting, Assert.Single(world.Store.Tasks.Values).State);

        world.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(TaskState.Finished, Assert.Single(world.Store.Tasks.Values).State);
        Assert.True(world.Core.Journal.IsIdle);
    }

    [Fact]
    public void End_IsWritten_AtOnce_WhenTheLastTransactionWasLongBefore()
    {
        var world = new EngineWorld();
        world.Link.Answer = _ => null;
        world.Start(new EngineSettings { UnownedPauseMs = PauseMs }, Samples.Job(cron: Hourly));
        world.Run(3600);
        Assert.Equal(TaskState.Starting, Assert.Single(world.Store.Tasks.Values).State);

        world.Advance(TimeSpan.FromMilliseconds(PauseMs));
        world.Link.Complete(RunResult.Finished);
        world.Settle();

        Assert.Equal(TaskState.Finished, Assert.Single(world.Store.Tasks.Values).State);
    }

    [Fact]
    public void End_GoesWithTheNextChange_ThatSomebodyWaitsFor()
    {
        var world = Fired();

        Assert.Equal(
            CommandResult.Done,
            world.Ask<CommandResult>(answer => world.Core.Commands.SetEnabled(["demo.job"], false, "a", answer)));

        Assert.Equal(TaskState.Finished, Assert.Single(world.Store.Tasks.Values).State);
    }

    [Fact]
    public void Ends_AreWritten_AtOnce_WhenTheyAreMany()
    {
        const int Many = 600; // each with a row of its job
        var world = new EngineWorld();
        world.Start(
            new EngineSettings { UnownedPauseMs = PauseMs, SendsPerWorkerMax = Many, FiresPerStepMax = Many },
            [.. Enumerable.Range(0, Many).Select(i => Samples.Job($"j{i}", Hourly))]);

        world.Run(3600);

        Assert.Equal(Many, world.Store.Tasks.Values.Count(task => task.State == TaskState.Finished));
    }

    [Fact]
    public void End_ThatTheStoreRefused_WaitsForItsNextTry_NotForThePause()
    {
        var world = Fired();
        world.Store.Fault = new IOException("disk full");
        world.Advance(TimeSpan.FromMilliseconds(PauseMs));
        Assert.Equal(world.Clock.MonotonicMs + 500, world.Core.NextWake().MonotonicMs);

        world.Store.Fault = null;
        world.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(TaskState.Finished, Assert.Single(world.Store.Tasks.Values).State);
    }

    /// <summary>The job has fired, and its worker has answered at once.</summary>
    private static EngineWorld Fired()
    {
        var world = new EngineWorld();
        world.Start(new EngineSettings { UnownedPauseMs = PauseMs }, Samples.Job(cron: Hourly));
        world.Run(3600);
        return world;
    }
}
