using Qschedd.Engine.Model;

namespace Qschedd.Engine.Balance;

/// <param name="Address">host:port.</param>
/// <param name="Position">Place among the job's workers as written in the YAML; registered ones follow in the order of their addresses.</param>
/// <param name="Alive">By heartbeats and connections.</param>
/// <param name="Running">Tasks of any job that occupy it.</param>
internal readonly record struct Candidate(string Address, int Position, bool Alive, int Running);

/// <summary>
/// In which order a task's workers are tried. Each policy gives every candidate a key, and one sort does the rest:
/// <list type="bullet">
/// <item>random: a number drawn for each, so that the second choice is even too</item>
/// <item>roundRobin: the distance from the one whose turn it is, among the alive</item>
/// <item>leastActive: how much it runs, equals at random</item>
/// <item>consistentHash: rendezvous hashing; each worker has its own score for a key, and the best takes it. A worker that leaves
/// gives up its own keys only, one that joins takes only what it now wins, and no ring has to be kept</item>
/// <item>first and failover: as written</item>
/// <item>broadcast, which sends to all: by address</item>
/// </list>
/// Not alive ones come after all the alive, in the order of the same rule: what heartbeats say may be out of date.
/// </summary>
internal static class WorkerChoice
{
    private const ulong NotAlive = 1UL << 63;
    private const int StackMax = 128;

    /// <summary>Fills <paramref name="order"/> with the indices of the candidates, the preferred one first. Allocates nothing up to 128.</summary>
    /// <param name="policy">The job's.</param>
    /// <param name="candidates">In the order of their addresses.</param>
    /// <param name="turn">The job's counter; roundRobin moves it on.</param>
    /// <param name="random">A fresh 64-bit draw.</param>
    /// <param name="hashKey">What consistentHash keeps together, by <see cref="PlacementHash.Of"/>.</param>
    /// <param name="order">As long as the candidates.</param>
    public static void Order(
        LoadBalance policy, ReadOnlySpan<Candidate> candidates, ref uint turn, ulong random, ulong hashKey, Span<int> order)
    {
        Span<ulong> keys = candidates.Length <= StackMax ? stackalloc ulong[candidates.Length] : new ulong[candidates.Length];
        if (policy == LoadBalance.RoundRobin)
        {
            FillTurns(candidates, turn++, keys);
        }
        else
        {
            for (int i = 0; i < keys.Length; i++)
            {
                keys[i] = KeyOf(policy, candidates[i], i, random, hashKey);
            }
        }
        for (int i = 0; i < keys.Length; i++)
        {
            order[i] = i;
            keys[i] = candidates[i].Alive ? keys[i] : keys[i] | NotAlive;
        }
        keys.Sort(order[..keys.Length]);
    }

    /// <summary>63 bits; the smallest is tried first.</summary>
    private static ulong KeyOf(LoadBalance policy, in Candidate candidate, int index, ulong random, ulong hashKey) => policy switch
    {
        LoadBalance.Random => Draw(random, index) >> 1,
        LoadBalance.LeastActive => ((ulong)(uint)candidate.Running << 31) | (Draw(random, index) >> 33),
        LoadBalance.ConsistentHash => PlacementHash.Mix(hashKey ^ PlacementHash.Of(candidate.Address)) >> 1,
        LoadBalance.First or LoadBalance.Failover => (ulong)(uint)candidate.Position,
        _ => (ulong)(uint)index,
    };

    private static ulong Draw(ulong random, int index) => PlacementHash.Mix(PlacementHash.Mix(random) + (uint)index);

    private static void FillTurns(ReadOnlySpan<Candidate> candidates, uint turn, Span<ulong> keys)
    {
        int alive = 0;
        foreach (ref readonly Candidate candidate in candidates)
        {
            alive += candidate.Alive ? 1 : 0;
        }
        int rankAlive = 0, rankDead = 0;
        for (int i = 0; i < keys.Length; i++)
        {
            keys[i] = candidates[i].Alive
                ? Distance(rankAlive++, turn, alive)
                : Distance(rankDead++, turn, candidates.Length - alive);
        }
    }

    /// <summary>How many turns until the one of this rank, of so many.</summary>
    private static ulong Distance(int rank, uint turn, int count) => ((uint)rank + (uint)count - turn % (uint)count) % (uint)count;
}
