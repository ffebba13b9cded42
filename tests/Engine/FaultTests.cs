using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

public class FaultTests
{
    private const string Hourly = "0 0 * * * ?";
    private const string Minutely = "0 * * * * ?";

    private static bool Shows(EngineWorld world, string host)
    {
        var name = new HostName(host, ["daemon.example"]);
        return world.Core.Tasks.JobsOn(w => w == world.Core.Workers.Local ? name.IsOwn : name.Fits(w)).Count > 0;
    }

    [Fact]
    public void MissedFire_BeforeAnyWatermark_IsHandled()
    {
        var job = Samples.Job(cron: Hourly) with { Recover = RecoverPolicy.Retry };
        var world = new EngineWorld().Start(job);
        world.Run(60);
        var next = new EngineWorld(world.Store.Crash(), EngineWorld.StartMs + 3_600_000 + 300_000).Start(job);
        next.Run(1);
        Assert.Single(next.Store.Tasks);
    }

    [Fact]
    public void CatchUp_OfRegisteredWorkers()
    {
        var job = Samples.Job(cron: Hourly, workers: []) with { Recover = RecoverPolicy.Retry };
        var world = new EngineWorld().Start(job);
        world.Run(3_590);
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", "10.1.0.1:20010", "w1", null, 1), a));
        world.Run(60);
        Assert.Equal(TaskState.Finished, world.Store.Tasks[1].State);
        var next = new EngineWorld(world.Store.Crash(), EngineWorld.StartMs + 7_200_000 + 300_000).Start(job);
        next.Run(1);
        Assert.Equal(2, next.Store.Tasks.Count);
        Assert.NotEqual(TaskState.NoWorker, next.Store.Tasks[2].State);
    }

    [Fact]
    public void CheckByRegisteredName_OfAYamlWorker()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Minutely, workers: [new("10.1.0.1:20010", "10.1.0.1:20010")]));
        world.Run(60);
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", "10.1.0.1:20010", "l-pay.dev", null, 1), a));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(60);
        Assert.True(Shows(world, "l-pay.dev"));
    }

    [Fact]
    public void DuplicateFire_UnderReplace_DoesNotKillTheTaskOfThatFire()
    {
        var job = Samples.Job(cron: Hourly) with { Overlap = OverlapPolicy.Replace };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        world.Store.ForgetWatermark(EngineWorld.StartMs);
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs + 1_000).Start(job);
        next.Run(2);
        Assert.Empty(next.Link.Kills);
    }

    [Fact]
    public void OneThrowingTimer_DoesNotStopTheOthers()
    {
        // a handler that throws: a protocol without a link, at a retry
        var job = Samples.Job(cron: Hourly) with { LoadBalance = LoadBalance.ConsistentHash, Retry = new RetryPolicy(3, TimeSpan.FromSeconds(5), 1, TimeSpan.FromSeconds(5)) };
        var world = new EngineWorld().Start(job, Samples.Job("other", "* * * * * ?"));
        world.Link.Answer = r => new RunOutcome(r.Job.Name == "other" ? RunResult.Finished : RunResult.Failed);
        world.Run(3_600);
        // the parameter is replaced by one that does not parse: stands for any fault in a timer's handler
        world.Core.Tasks.All.Single();
        typeof(TaskRun).GetField("<Parameter>k__BackingField", System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance)!
            .SetValue(world.Core.Tasks.All.Single(), "{\"hashKey\"");
        int before = world.Store.Of("other").Count();
        int faults = 0;
        for (int i = 0; i < 30; i++)
            try { world.Run(1); } catch (System.Text.Json.JsonException) { faults++; }
        Assert.True(world.Store.Of("other").Count() - before >= 25, $"{world.Store.Of("other").Count() - before} fires of the other job in 30 s, {faults} faults");
    }

    [Fact]
    public void BroadcastByHand_WithACallerWhoGaveUp()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly) with { LoadBalance = LoadBalance.Broadcast });
        world.Store.IsHeld = true;
        var answer = new TaskCompletionSource<TriggerResult>();
        world.Core.Commands.Trigger("demo.job", null, "me", new StartCall(answer));
        world.Settle();
        answer.TrySetResult(new TriggerResult(CommandResult.Unavailable, null)); // Scheduler.Patience
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Empty(world.Link.Requests);
    }

    [Fact]
    public void Override_OfAnotherSpelling()
    {
        var a = Samples.Job("a", Hourly, [new("Host-1:20010", "h")]);
        var b = Samples.Job("b", Hourly, [new("host-1:20010", "h"), new("host-2:20010", "h2")]);
        var world = new EngineWorld().Start(a, b);
        world.Run(3_600);
        var r = world.Ask<CommandResult>(x => world.Core.Commands.SetWorkers("b", [new("host-1:20010", false)], "me", x));
        Assert.Equal(CommandResult.Done, r);
        Assert.Contains(world.Core.Workers.Of(world.Job("b")), w => !w.Online);
    }

    [Fact]
    public void EndByKill_LeavesNoTimer()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        world.Run(3_600);
        var task = world.Core.Tasks.All.Single();
        world.Core.Killing.Kill(task, "me");
        world.Settle();
        world.Run(16);
        Assert.NotNull(task.EndedMs);
        Assert.False(task.KillTimer!.IsQueued);
    }

    [Fact]
    public void RoundRobinHeldTimeOfStoreTrouble_RegistrationsBounded()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: Hourly));
        for (int i = 0; i < 500; i++)
        {
            int n = i;
            world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", $"10.2.{n / 250}.{n % 250}:1", "pod", null, 1), a));
            world.Ask<CommandResult>(a => world.Core.Commands.Unregister("demo", $"10.2.{n / 250}.{n % 250}:1", a));
        }
        world.Advance(TimeSpan.FromDays(30));
        Assert.True(world.Core.Workers.Of(world.Job("demo.job")).Length < 100, $"{world.Core.Workers.Of(world.Job("demo.job")).Length} workers");
    }
}
