using System.Collections.Immutable;
using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>Which worker a task goes to, with some offline, some silent, and some unreachable.</summary>
public class FleetChoiceTests
{
    private static ImmutableArray<Worker> Workers(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Worker($"10.1.0.{i}:20010", $"w{i}"))];

    private static EngineWorld World(LoadBalance loadBalance, int workers, string? parameter = null) => new EngineWorld().Start(
        Samples.Job(cron: null, workers: Workers(workers)) with { LoadBalance = loadBalance, Overlap = OverlapPolicy.Allow, Parameter = parameter });

    private static void Word(EngineWorld world, int worker, bool online) => Assert.Equal(CommandResult.Done, world.Ask<CommandResult>(
        a => world.Core.Commands.SetWorkers("demo.job", [new($"10.1.0.{worker}:20010", online)], "test", a)));

    private static TriggerResult Start(EngineWorld world, string? parameter = null) =>
        world.Ask<TriggerResult>(a => world.Core.Commands.Trigger("demo.job", parameter, "test", new StartCall(a)));

    /// <summary>Starts tasks and counts them by the last number of the worker's address.</summary>
    private static int[] Spread(EngineWorld world, int tasks, int workers)
    {
        world.Link.Requests.Clear();
        for (int i = 0; i < tasks; i++)
            Start(world);
        var counts = new int[workers];
        foreach (var request in world.Link.Requests)
            counts[NumberOf(request)]++;
        return counts;
    }

    private static int NumberOf(IRunRequest request) => int.Parse(Worker.HostOf(request.Worker).Split('.')[3]);

    [Fact]
    public void Random_SpreadsEvenly_OverThoseWhoAreOnline()
    {
        var world = World(LoadBalance.Random, 5);
        Word(world, 2, online: false);
        int[] counts = Spread(world, 2_000, 5);
        Assert.Equal(0, counts[2]);
        // 500 each; five standard deviations are 97.
        Assert.All(counts.Where((_, i) => i != 2), n => Assert.InRange(n, 403, 597));
    }

    [Fact]
    public void RoundRobin_GivesEachItsTurn_AndNobodyInheritsThatOfAnOfflineWorker()
    {
        var world = World(LoadBalance.RoundRobin, 5);
        Assert.Equal([20, 20, 20, 20, 20], Spread(world, 100, 5));
        Word(world, 2, online: false);
        Assert.Equal([25, 25, 0, 25, 25], Spread(world, 100, 5));
        Word(world, 2, online: true);
        Assert.Equal([20, 20, 20, 20, 20], Spread(world, 100, 5));
    }

    [Fact]
    public void RoundRobin_KeepsTheTurns_WhenATaskNeedsASecondTry()
    {
        var world = World(LoadBalance.RoundRobin, 4);
        world.Link.Answer = r => new RunOutcome(NumberOf(r) == 0 ? RunResult.QueueFull : RunResult.Finished);
        int[] counts = Spread(world, 100, 4);
        Assert.Equal([25, 33, 34, 33], counts); // the full one is asked in its turn only, and the others share its tasks
    }

    [Fact]
    public void LeastActive_FillsUpTheLeastOccupied()
    {
        var world = World(LoadBalance.LeastActive, 3);
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        Assert.Equal([30, 30, 30], Spread(world, 90, 3));
        foreach (var task in world.Store.Tasks.Values.Where(t => t.Worker == "10.1.0.1:20010").Take(12).ToList())
            world.Core.Reports.Take(new TaskReport(task.Id, TaskState.Finished, null, null));
        world.Settle();
        Assert.Equal([0, 12, 0], Spread(world, 12, 3));
    }

    [Fact]
    public void ConsistentHash_KeepsAKeyOnItsWorker_AndMovesOnlyTheKeysOfOneThatLeaves()
    {
        var world = World(LoadBalance.ConsistentHash, 10);
        int[] Places() => [.. Enumerable.Range(0, 400).Select(key =>
        {
            world.Link.Requests.Clear();
            Start(world, $$"""{"hashKey":"user-{{key}}","n":{{world.Clock.WallMs}}}""");
            return NumberOf(world.Link.Requests.Single());
        })];
        int[] before = Places();
        Assert.All(before.GroupBy(p => p), g => Assert.InRange(g.Count(), 10, 75)); // 40 each, five standard deviations are 30
        Assert.Equal(10, before.Distinct().Count());
        Assert.Equal(before, Places());
        Word(world, 4, online: false);
        int[] without = Places();
        Assert.DoesNotContain(4, without);
        Assert.All(before.Zip(without), p => Assert.True(p.First == 4 || p.First == p.Second, "a key of a worker that stayed has moved"));
        Word(world, 4, online: true);
        Assert.Equal(before, Places());
    }

    [Fact]
    public void ConsistentHash_GoesByTheJob_WhenTheParameterNamesNoKey()
    {
        var world = World(LoadBalance.ConsistentHash, 10, """{"city":"beijing"}""");
        Start(world);
        Start(world, """{"city":"shanghai"}""");
        Start(world, """{"hashKey":true}""");
        Assert.Single(world.Link.Requests.Select(r => r.Worker).Distinct());
    }

    [Theory]
    [InlineData(LoadBalance.First, "10.1.0.9:20010")]
    [InlineData(LoadBalance.Failover, "10.1.0.9:20010")]
    internal void FirstAndFailover_GoAsWritten_AndMoveOnFromOneThatIsDown(LoadBalance loadBalance, string preferred)
    {
        ImmutableArray<Worker> workers = [new("10.1.0.9:20010", "a"), new("10.1.0.1:20010", "b")];
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: workers) with { LoadBalance = loadBalance });
        Start(world);
        Assert.Equal(preferred, world.Link.Requests.Last().Worker);
        world.Link.Answer = r => new RunOutcome(r.Worker == preferred ? RunResult.NotDelivered : RunResult.Finished);
        Start(world);
        world.Link.Requests.Clear();
        Start(world);
        Assert.NotEqual(preferred, Assert.Single(world.Link.Requests).Worker);
        world.Link.Answer = _ => new RunOutcome(RunResult.Finished);
        world.Run(2);
        Start(world);
        Assert.Equal(preferred, world.Link.Requests.Last().Worker);
    }

    [Fact]
    public void Broadcast_IsOneTaskPerOnlineWorker_WithAStableOrder()
    {
        var world = World(LoadBalance.Broadcast, 4);
        world.Ask<CommandResult>(a => world.Core.Commands.Register(new RegistrationRow("demo", "10.1.0.5:20010", "w5", null, null), a));
        Word(world, 1, online: false);
        for (int i = 0; i < 3; i++)
        {
            world.Link.Requests.Clear();
            Start(world);
            Assert.Equal([(0, 0), (2, 1), (3, 2), (5, 3)], world.Link.Requests.Select(r => (NumberOf(r), r.ShardIndex)));
            Assert.All(world.Link.Requests, r => Assert.Equal(4, r.ShardTotal));
        }
        world.Run(91); // the registered one is silent
        world.Link.Requests.Clear();
        Start(world);
        Assert.Equal([(0, 0, 3), (2, 1, 3), (3, 2, 3)], world.Link.Requests.Select(r => (NumberOf(r), r.ShardIndex, r.ShardTotal)));
    }

    [Fact]
    public void Broadcast_ToNobody_IsRefusedAndOnRecord()
    {
        var world = World(LoadBalance.Broadcast, 0);
        var answer = Start(world);
        Assert.Equal((CommandResult.Refused, TaskState.NoWorker), (answer.Result, world.Store.FindTask(answer.TaskId!)!.State));
    }

    [Fact]
    public void Shard_IsTriedAgainOnItsOwnWorkerFirst_WithItsIndexAndTotal()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: Workers(3)) with
        {
            LoadBalance = LoadBalance.Broadcast,
            Retry = new RetryPolicy(2, TimeSpan.FromSeconds(1), 1, TimeSpan.FromSeconds(1)),
        });
        world.Link.Answer = r => new RunOutcome(r.ShardIndex == 1 && r.Attempt == 1 ? RunResult.Failed : RunResult.Finished);
        Start(world);
        world.Link.Requests.Clear();
        world.Run(1);
        var again = Assert.Single(world.Link.Requests);
        Assert.Equal(("10.1.0.1:20010", 2, 1, 3), (again.Worker, again.Attempt, again.ShardIndex, again.ShardTotal));
    }

    [Fact]
    public void Shard_StaysItsWorkersOwn_WhenThatIsOfflineOrDown()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: Workers(3)) with
        {
            LoadBalance = LoadBalance.Broadcast,
            Retry = new RetryPolicy(2, TimeSpan.FromSeconds(1), 1, TimeSpan.FromSeconds(1)),
        });
        world.Link.Answer = r => new RunOutcome(r switch
        {
            { Worker: "10.1.0.0:20010" } => RunResult.NotDelivered,
            { ShardIndex: 1, Attempt: 1 } => RunResult.Failed,
            _ => RunResult.Finished,
        });
        Start(world);
        Word(world, 1, online: false);
        world.Run(1);
        Assert.Equal(
            [(0, TaskState.NoWorker), (1, TaskState.NoWorker), (2, TaskState.Finished)],
            world.Store.Tasks.Values.Select(t => (t.ShardIndex, t.State)));
        Assert.All(world.Link.Requests, r => Assert.Equal(r.ShardIndex, NumberOf(r)));
    }

    [Fact]
    public void Replace_OfABroadcast_SendsEveryShard_WhenThoseBeforeHaveEnded()
    {
        var world = new EngineWorld().Start(Samples.Job(cron: null, workers: Workers(3)) with
        {
            LoadBalance = LoadBalance.Broadcast,
            Overlap = OverlapPolicy.Replace,
        });
        world.Link.Answer = _ => new RunOutcome(RunResult.Accepted);
        Start(world);
        world.Link.Requests.Clear();
        Start(world);
        Assert.Equal(3, world.Link.Kills.Count);
        Assert.Empty(world.Link.Requests);
        foreach (var old in world.Store.Tasks.Values.Take(3).ToList())
            world.Core.Reports.Take(new TaskReport(old.Id, TaskState.Failed, "killed", null));
        world.Settle();
        Assert.Equal([0, 1, 2], world.Link.Requests.Select(r => r.ShardIndex));
    }
}
