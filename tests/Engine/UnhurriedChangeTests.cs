using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>What may wait, the end of a task above all, goes to the store with other changes, and not much later than alone.</summary>
public class UnhurriedChangeTests
{
    private const int PauseMs = 10;
    private const string Hourly = "0 0 * * * ?";

    [Fact]
    public void End_IsWritten_AfterThePause_WhenATransactionWasJustBefore()
    {
        var world = Fired();
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
        var world = Open();

        world.Advance(TimeSpan.FromMilliseconds(PauseMs));
        world.Link.Complete(RunResult.Finished);
        world.Settle();

        Assert.Equal(TaskState.Finished, Assert.Single(world.Store.Tasks.Values).State);
    }

    [Fact]
    public void End_GoesWithTheNextChange_ThatSomebodyWaitsFor()
    {
        var world = Fired();
        long nowMs = world.Clock.MonotonicMs;

        var answer = world.Ask<CommandResult>(answer => world.Core.Commands.SetEnabled(["demo.job"], false, "a", answer));

        Assert.Equal(nowMs, world.Clock.MonotonicMs); // nobody had to wait for the answer
        Assert.Equal(CommandResult.Done, answer);
        Assert.Equal(TaskState.Finished, Assert.Single(world.Store.Tasks.Values).State);
    }

    [Fact]
    public void End_ThatComesWhileABatchIsWritten_WaitsForThePauseToo()
    {
        var world = Open();
        world.Store.IsHeld = true;
        var answer = new TaskCompletionSource<CommandResult>();
        world.Core.Commands.SetEnabled(["demo.job"], false, "a", answer);
        world.Settle();
        long handedOverMs = world.Clock.MonotonicMs;
        world.Link.Complete(RunResult.Finished);
        world.Settle();
        Assert.Equal(handedOverMs, world.Clock.MonotonicMs);

        world.Store.IsHeld = false;
        world.Settle();
        Assert.Equal(CommandResult.Done, EngineWorld.Answer(answer.Task));
        Assert.Equal(TaskState.Starting, Assert.Single(world.Store.Tasks.Values).State);
        Assert.Equal(handedOverMs + PauseMs, world.Core.NextWake().MonotonicMs);

        world.Advance(TimeSpan.FromMilliseconds(PauseMs));
        Assert.Equal(TaskState.Finished, Assert.Single(world.Store.Tasks.Values).State);
    }

    [Fact]
    public void EndOfALocalCommand_IsWritten_AtOnce()
    {
        var world = new EngineWorld();
        world.Start(new EngineSettings { UnhurriedPauseMs = PauseMs }, Samples.LocalJob(cron: Hourly));

        world.Run(3600);

        Assert.Equal(TaskState.Finished, Assert.Single(world.Store.Tasks.Values).State);
    }

    [Fact]
    public void Start_IsWritten_AtOnce()
    {
        var world = Open();
        long handedOverMs = world.Clock.MonotonicMs;

        world.Link.Complete(RunResult.Accepted);
        world.Settle();

        Assert.Equal(handedOverMs, world.Clock.MonotonicMs);
        Assert.Equal(TaskState.Started, Assert.Single(world.Store.Tasks.Values).State);
    }

    [Fact]
    public void Ends_AreWritten_AtOnce_WhenTheyAreMany()
    {
        const int Many = 600; // each with a row of its job
        var world = new EngineWorld();
        world.Start(
            new EngineSettings { UnhurriedPauseMs = PauseMs, SendsPerWorkerMax = Many, FiresPerStepMax = Many },
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

    /// <summary>The job has just fired, and its worker has answered at once.</summary>
    private static EngineWorld Fired() => After(_ => new RunOutcome(RunResult.Finished));

    /// <summary>The job has just fired, and its worker has yet to answer.</summary>
    private static EngineWorld Open() => After(_ => null);

    private static EngineWorld After(Func<IRunRequest, RunOutcome?> answer)
    {
        var world = new EngineWorld();
        world.Link.Answer = answer;
        world.Start(new EngineSettings { UnhurriedPauseMs = PauseMs }, Samples.Job(cron: Hourly));
        world.Run(3600);
        Assert.Equal(TaskState.Starting, Assert.Single(world.Store.Tasks.Values).State);
        return world;
    }
}
