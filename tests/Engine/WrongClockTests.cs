using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>A clock that was wrong by days must not undo what somebody has said.</summary>
public class WrongClockTests
{
    private const long DayMs = 86_400_000;
    private const string W3 = "10.1.0.3:20010";

    [Fact]
    public async Task JobTurnedOn_FiresFromNow_WhenTheClockTurnsOutWrongBeforeThatIsKept()
    {
        var world = new EngineWorld(startMs: EngineWorld.StartMs + (8 * DayMs)).Start(Samples.Job(cron: "* * * * * ?") with { State = false });
        world.Store.IsHeld = true;
        var on = new TaskCompletionSource<CommandResult>();
        world.Core.Commands.SetEnabled(["demo.job"], true, "me", on);
        world.Turn();
        world.Clock.WallMs -= 8 * DayMs;
        world.Turn();
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Equal(CommandResult.Done, await on.Task);
        world.Run(3);
        Assert.Equal([1, 2, 3], world.Store.Of("demo.job").Select(t => (t.ScheduledMs - EngineWorld.StartMs) / 1000).Order());
    }

    [Fact]
    public void Word_HoldsOnASilentWorker_WhenTheClockIsSetAheadOverARestart()
    {
        var job = Samples.Job(cron: null);
        var world = new EngineWorld().Start(job);
        Register(world);
        world.Ask<CommandResult>(a => world.Core.Commands.SetWorkers("demo.job", [new(W3, false)], "me", a));
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + (30 * DayMs)).Start(job);
        for (int hour = 0; hour < 23; hour++)
            next.Advance(TimeSpan.FromHours(1));
        Register(next);
        Assert.False(next.Core.Workers.Of(next.Job("demo.job")).Single(w => w.State.Address == W3).Online);
    }

    private static void Register(EngineWorld world) =>
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", W3, "w3", null, 1), a));
}
