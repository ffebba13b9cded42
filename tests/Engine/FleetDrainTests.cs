using System.Collections.Immutable;
using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>
/// The order that a drain relies on, step by step: a task stands under its host before it is recorded; it is recorded before it
/// is sent; the operator's word is looked at when it is chosen, when it is sent, and when the request begins; it leaves its host
/// when its end is known.
/// </summary>
public class FleetDrainTests
{
    private const string W1 = "10.1.0.1:20010";
    private const string W2 = "10.1.0.2:20010";

    private static bool IsBusy(EngineWorld world, string host) => world.Core.Tasks.JobsOn(new HostName(host, []).Fits).Count > 0;

    private static TaskCompletionSource<CommandResult> Offline(EngineWorld world, string address = W1)
    {
        var answer = new TaskCompletionSource<CommandResult>();
        world.Core.Commands.SetWorkers("demo.job", [new(address, false)], "test", answer);
        return answer;
    }

    private static TaskCompletionSource<TriggerResult> Start(EngineWorld world)
    {
        var answer = new TaskCompletionSource<TriggerResult>();
        world.Core.Commands.Trigger("demo.job", null, "test", new StartCall(answer));
        return answer;
    }

    [Fact]
    public void Host_IsBusy_FromBeforeTheRecordUntilTheEndIsKnown()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        world.Link.Answer = _ => null;
        world.Store.IsHeld = true;
        var started = Start(world);
        Assert.True(IsBusy(world, "10.1.0.1")); // not on record, not sent
        world.Settle();
        Assert.Empty(world.Link.Requests);
        Assert.False(started.Task.IsCompleted);
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Single(world.Link.Requests);
        Assert.True(IsBusy(world, "10.1.0.1"));
        world.Link.Complete(RunResult.Accepted);
        world.Settle();
        Assert.True(IsBusy(world, "10.1.0.1"));
        world.Core.Reports.Take(new TaskReport(world.Store.Tasks[1].Id, TaskState.Finished, null, null));
        Assert.False(IsBusy(world, "10.1.0.1"));
    }

    [Fact]
    public void Reroute_PutsTheTaskUnderTheNextHost_BeforeItIsRecordedAndSentThere()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        world.Link.Answer = _ => null;
        Start(world);
        world.Settle();
        world.Store.IsHeld = true;
        world.Link.Complete(RunResult.NotDelivered);
        world.Settle();
        Assert.Equal((false, true), (IsBusy(world, "10.1.0.1"), IsBusy(world, "10.1.0.2")));
        Assert.Single(world.Link.Requests);
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Equal(W2, world.Link.Requests.Last().Worker);
    }

    [Fact]
    public async Task Offline_TakesEffectForTheNextChoice_BeforeItIsEvenAnswered()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null));
        world.Store.IsHeld = true;
        var answer = Offline(world);
        Start(world);
        Assert.Equal((false, true), (IsBusy(world, "10.1.0.1"), IsBusy(world, "10.1.0.2")));
        world.Settle();
        Assert.False(answer.Task.IsCompleted); // not durable yet
        world.Store.IsHeld = false;
        world.Settle();
        Assert.Equal(CommandResult.Done, await answer.Task);
    }

    [Fact]
    public async Task RequestHandedOver_DoesNotBegin_WhenItsWorkerWasTakenOfflineMeanwhile()
    {
        var held = new Queue<IThreadPoolWorkItem>();
        var world = new EngineWorld().Start(new EngineSettings { Offload = held.Enqueue }, Samples.Job(cron: null));
        Start(world);
        world.Settle();
        var request = Assert.Single(held); // in the hands of the thread pool
        var answer = Offline(world);
        world.Settle();
        Assert.Equal(CommandResult.Done, await answer.Task);
        Assert.True(IsBusy(world, "10.1.0.1"));
        held.Dequeue().Execute();
        world.Settle();
        Assert.Equal((false, true), (IsBusy(world, "10.1.0.1"), IsBusy(world, "10.1.0.2")));
        held.Dequeue().Execute();
        world.Settle();
        Assert.Equal(W2, Assert.Single(world.Link.Requests).Worker);
        Assert.Equal((TaskState.Finished, W2), (world.Store.Tasks[1].State, world.Store.Tasks[1].Worker));
    }

    [Fact]
    public async Task Offline_IsAnswered_OnlyWhenNoRequestIsBeginning()
    {
        using var entered = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        Task? begun = null;
        var world = new EngineWorld().Start(new EngineSettings { Offload = work => begun = Task.Run(work.Execute) }, Samples.Job(cron: null));
        world.Link.Answer = _ =>
        {
            entered.Set();
            leave.Wait();
            return null;
        };
        Start(world);
        world.Settle();
        entered.Wait();
        var answer = Offline(world);
        for (int i = 0; i < 100; i++)
            world.Turn();
        Assert.False(answer.Task.IsCompleted);
        leave.Set();
        await begun!;
        world.Settle();
        Assert.Equal(CommandResult.Done, await answer.Task);
        Assert.True(IsBusy(world, "10.1.0.1")); // it began before the answer, and shows
    }

    [Fact]
    public void TaskThatWaitsForAPlace_IsSentElsewhere_WhenItsWorkerIsTakenOffline()
    {
        var world = new EngineWorld().Start(
            new EngineSettings { SendsPerWorkerMax = 1 }, Samples.Job(cron: null) with { Overlap = OverlapPolicy.Allow });
        world.Link.Answer = r => r.Worker == W1 ? null : new RunOutcome(RunResult.Finished);
        Start(world);
        Start(world);
        world.Settle();
        Offline(world);
        world.Settle();
        Assert.True(IsBusy(world, "10.1.0.1"));
        world.Link.Complete(RunResult.Finished);
        world.Settle();
        Assert.False(IsBusy(world, "10.1.0.1"));
        Assert.Equal([W1, W2], world.Link.Requests.Select(r => r.Worker));
    }

    [Fact]
    public void Retry_OfATaskInDoubt_DoesNotGoToAWorkerThatIsOfflineByThen()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null) with { Recover = RecoverPolicy.Retry });
        world.Link.Answer = r => new RunOutcome(r.Attempt == 1 ? RunResult.Unknown : RunResult.Finished);
        Start(world);
        world.Settle();
        Assert.True(IsBusy(world, "10.1.0.1")); // it may run there
        Offline(world);
        world.Run(2);
        Assert.Equal([W1], world.Link.Requests.Select(r => r.Worker)); // nor to another: W2 does not know the id
        Assert.True(IsBusy(world, "10.1.0.1"));
        world.Run(60);
        Assert.Equal(TaskState.Unknown, Assert.Single(world.Store.Tasks.Values).State);
        Assert.Equal([W1], world.Link.Requests.Select(r => r.Worker));
        Assert.False(IsBusy(world, "10.1.0.1"));
    }

    [Fact]
    public void Restart_ShowsEveryHostThatMayHaveATask_AtOnce_AndKeepsWhoIsOffline()
    {
        ImmutableArray<Worker> workers = [.. Samples.TwoWorkers, new("10.1.0.3:20010", "w3.example")];
        var job = Samples.Job(cron: null, workers: workers) with { Overlap = OverlapPolicy.Allow, LoadBalance = LoadBalance.RoundRobin };
        var world = new EngineWorld().Start(job);
        world.Link.Answer = r => r.Worker == W1 ? null : new RunOutcome(RunResult.Accepted);
        Start(world);
        Start(world);
        world.Settle();
        Offline(world);
        world.Settle();
        var next = new EngineWorld(world.Store.Crash(), world.Clock.WallMs).Start(job);
        Assert.Equal(
            (true, true, false), (IsBusy(next, "w1.example"), IsBusy(next, "10.1.0.2"), IsBusy(next, "10.1.0.3")));
        for (int i = 0; i < 4; i++)
            Start(next);
        next.Settle();
        Assert.DoesNotContain(next.Link.Requests, r => r.Worker == W1);
    }
}
