using Qschedd.Engine.Balance;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Engine.Balance;

public sealed class WorkerChoiceTests
{
    private static Candidate[] Workers(int count) =>
        [.. Enumerable.Range(0, count).Select(static i => new Candidate($"10.0.0.{i + 1}:20010", i, true, 0))];

    private static int[] Order(LoadBalance policy, Candidate[] candidates, uint turn = 0, ulong random = 1, ulong key = 1)
    {
        var order = new int[candidates.Length];
        WorkerChoice.Order(policy, candidates, ref turn, random, key, order);
        return order;
    }

    private static ulong KeyOf(int i) => PlacementHash.Of($"job-{i}");

    [Theory]
    [InlineData(LoadBalance.Random)]
    [InlineData(LoadBalance.RoundRobin)]
    [InlineData(LoadBalance.LeastActive)]
    [InlineData(LoadBalance.ConsistentHash)]
    [InlineData(LoadBalance.First)]
    [InlineData(LoadBalance.Failover)]
    [InlineData(LoadBalance.Broadcast)]
    public void EveryPolicy_Orders_AllAndTheAliveFirst(object policy)
    {
        for (int count = 0; count <= 200; count += 1 + count / 3)
        {
            Candidate[] workers = [.. Workers(count).Select(static (worker, i) => worker with { Alive = i % 3 != 1, Running = i % 5 })];
            int[] order = Order((LoadBalance)policy, workers, turn: 7, random: (ulong)count);
            Assert.Equal(Enumerable.Range(0, count), order.Order());
            Assert.Equal(order.OrderByDescending(i => workers[i].Alive), order);
        }
    }

    [Fact]
    public void First_Goes_AsWritten() =>
        Assert.Equal([2, 1, 0], Order(LoadBalance.First, [.. Workers(3).Select(static (worker, i) => worker with { Position = 2 - i })]));

    [Fact]
    public void Failover_Goes_AsWrittenWithTheAliveFirst()
    {
        Candidate[] workers = [.. Workers(4).Select(static (worker, i) => worker with { Position = 3 - i, Alive = i != 3 })];
        Assert.Equal([2, 1, 0, 3], Order(LoadBalance.Failover, workers));
    }

    [Fact]
    public void RoundRobin_GivesEach_ItsTurn()
    {
        Candidate[] workers = Workers(4);
        workers[1] = workers[1] with { Alive = false };
        uint turn = 0;
        var order = new int[4];
        var firsts = new List<int>();
        for (int i = 0; i < 6; i++)
        {
            WorkerChoice.Order(LoadBalance.RoundRobin, workers, ref turn, 0, 0, order);
            firsts.Add(order[0]);
        }
        Assert.Equal([0, 2, 3, 0, 2, 3], firsts);
        Assert.Equal(6u, turn);
    }

    [Fact]
    public void RoundRobin_GoesOn_When_TheCounterOverflows()
    {
        uint turn = uint.MaxValue;
        WorkerChoice.Order(LoadBalance.RoundRobin, Workers(2), ref turn, 0, 0, new int[2]);
        Assert.Equal(0u, turn);
    }

    [Fact]
    public void OtherPolicies_Leave_TheTurn()
    {
        uint turn = 5;
        WorkerChoice.Order(LoadBalance.Random, Workers(2), ref turn, 0, 0, new int[2]);
        Assert.Equal(5u, turn);
    }

    [Fact]
    public void LeastActive_Goes_ByWhatRunsAndThenAtRandom()
    {
        Candidate[] workers = Workers(4);
        int[] running = [9, 2, 2, 5];
        workers = [.. workers.Select((worker, i) => worker with { Running = running[i] })];
        var firsts = new int[4];
        for (ulong draw = 0; draw < 1000; draw++)
        {
            int[] order = Order(LoadBalance.LeastActive, workers, random: draw);
            Assert.Equal([3, 0], order[2..]);
            firsts[order[0]]++;
        }
        Assert.InRange(firsts[1], 400, 600);
        Assert.Equal(1000, firsts[1] + firsts[2]);
    }

    [Fact]
    public void Random_Is_EvenInTheFirstAndInTheSecondChoice()
    {
        const int Draws = 20_000;
        var pairs = new int[5, 5];
        for (ulong draw = 0; draw < Draws; draw++)
        {
            int[] order = Order(LoadBalance.Random, Workers(5), random: draw);
            pairs[order[0], order[1]]++;
        }
        for (int first = 0; first < 5; first++)
        {
            for (int second = 0; second < 5; second++)
            {
                // 20 pairs, 1000 each; 5 standard deviations are about 154.
                Assert.InRange(pairs[first, second], first == second ? 0 : 840, first == second ? 0 : 1160);
            }
        }
    }

    [Fact]
    public void ConsistentHash_KeepsAKey_WhateverTheDrawAndTheTurn() => Assert.Equal(
        Order(LoadBalance.ConsistentHash, Workers(7), turn: 1, random: 2, key: 3),
        Order(LoadBalance.ConsistentHash, Workers(7), turn: 9, random: 8, key: 3));

    [Fact]
    public void ConsistentHash_Spreads_KeysEvenly()
    {
        const int Keys = 20_000;
        var counts = new int[10];
        for (int i = 0; i < Keys; i++)
        {
            counts[Order(LoadBalance.ConsistentHash, Workers(10), key: KeyOf(i))[0]]++;
        }
        // 2000 each; 5 standard deviations are about 212.
        Assert.All(counts, static count => Assert.InRange(count, 1780, 2220));
    }

    [Fact]
    public void ConsistentHash_MovesOnly_TheKeysOfTheWorkerThatLeaves()
    {
        Candidate[] all = Workers(10);
        Candidate[] without = [.. all.Where(static (_, i) => i != 4)];
        for (int i = 0; i < 2000; i++)
        {
            string[] before = [.. Order(LoadBalance.ConsistentHash, all, key: KeyOf(i)).Select(at => all[at].Address)];
            string[] after = [.. Order(LoadBalance.ConsistentHash, without, key: KeyOf(i)).Select(at => without[at].Address)];
            Assert.Equal(before.Where(address => address != all[4].Address), after);
        }
    }

    [Fact]
    public void ConsistentHash_MovesToTheNextBest_When_TheWorkerIsNotAlive()
    {
        Candidate[] all = Workers(5);
        int[] before = Order(LoadBalance.ConsistentHash, all, key: 77);
        all[before[0]] = all[before[0]] with { Alive = false };
        Assert.Equal([.. before[1..], before[0]], Order(LoadBalance.ConsistentHash, all, key: 77));
    }

    [Fact]
    public void Order_Allocates_Nothing()
    {
        Candidate[] workers = Workers(100);
        var order = new int[100];
        uint turn = 0;
        WorkerChoice.Order(LoadBalance.ConsistentHash, workers, ref turn, 1, 2, order);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            WorkerChoice.Order(LoadBalance.ConsistentHash, workers, ref turn, 1, 2, order);
        }
        // Less than one array of a hundred keys for a hundred calls: none of them made one.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 799);
    }

    [Fact]
    public void PlacementHash_Is_TheSameForEver()
    {
        Assert.Equal(0xE220A8397B1DCDAFUL, PlacementHash.Mix(0));
        Assert.Equal(PlacementHash.Mix(0xCBF29CE484222325), PlacementHash.Of(""));
        Assert.Equal(PlacementHash.Mix(0xAF63DC4C8601EC8C), PlacementHash.Of("a"));
    }
}
