namespace Qschedd.Bench.Measure;

/// <summary>
/// Systems beside each other on a machine whose speed changes for spells of seconds, and code that a JIT still compiles: each measured
/// once, in a window of its own, a ratio would tell which spell each of them got.
/// </summary>
internal static class Rounds
{
    private const double Growth = 1.03;
    private const int CalmMax = 4;
    private const int WindowsMax = 16;

    /// <summary>Measures each system in turn, round by round; what all rounds have of each.</summary>
    public static async Task<Samples[]> MeasureAsync(int rounds, params Func<Task<Samples>>[] systems)
    {
        Samples[] samples = [.. systems.Select(_ => new Samples())];
        for (int round = 0; round < rounds; round++)
            foreach (int i in InTurn(Enumerable.Range(0, systems.Length), round))
                samples[i].AddAll(await systems[i]());
        return samples;
    }

    /// <summary>
    /// To and fro: a machine that has rested is faster for a moment, and whoever always came after one that leaves it time to rest would have
    /// that moment.
    /// </summary>
    private static IEnumerable<T> InTurn<T>(IEnumerable<T> all, int round) => round % 2 == 0 ? all : all.Reverse();

    /// <summary>
    /// In another order each round, and in the same in each run: of many systems one that lets the machine rest must not always come before
    /// the same other.
    /// </summary>
    public static T[] Mixed<T>(IEnumerable<T> all, int round)
    {
        T[] order = [.. all];
        new Random(round).Shuffle(order);
        return order;
    }

    /// <summary>
    /// Measures and forgets until some windows in a row were no faster than the best before them, or that takes too long. The first few may
    /// be equally slow, until the JIT's better code is there: two prove nothing.
    /// </summary>
    /// <returns>The median of those last windows.</returns>
    public static async Task<double> SettleAsync(Func<Task<Samples>> measure)
    {
        double best = 0;
        var rates = new List<double>();
        for (int calm = 0, windows = 0; calm < CalmMax && windows < WindowsMax; windows++)
        {
            double rate = (await measure()).Median("rate") ?? 0;
            calm = rate > best * Growth ? 0 : calm + 1;
            best = Math.Max(best, rate);
            rates.Add(rate);
        }
        return rates.TakeLast(CalmMax).Order().ElementAt(CalmMax / 2);
    }
}
