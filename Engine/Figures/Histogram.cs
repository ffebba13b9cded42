namespace Qschedd.Engine.Figures;

/// <summary>
/// Observations counted by size. Whole numbers of a small unit, so that counting is an increment and adding up is exact.
/// Owner: one thread counts; any thread may read, and may see an observation in its bucket before it sees it in the sum.
/// </summary>
internal sealed class Histogram
{
    private readonly long[] _bounds;
    private readonly long[] _counts;
    private long _sum;

    /// <param name="unitsPerBase">Units in one of what is shown: 1000 of milliseconds, shown in seconds.</param>
    /// <param name="bounds">Upper bounds of the buckets, in units, each included; growing.</param>
    public Histogram(double unitsPerBase, params long[] bounds)
    {
        UnitsPerBase = unitsPerBase;
        _bounds = bounds;
        _counts = new long[bounds.Length + 1];
    }

    public double UnitsPerBase { get; }

    public IReadOnlyList<long> Bounds => _bounds;

    public long Sum => Volatile.Read(ref _sum);

    public void Observe(long value)
    {
        int bucket = 0;
        while (bucket < _bounds.Length && value > _bounds[bucket])
            bucket++;
        _counts[bucket]++;
        _sum += value;
    }

    /// <summary>Observations up to each bound, and last of all: read once, so that they grow from bucket to bucket.</summary>
    public long[] Cumulative()
    {
        var cumulative = new long[_counts.Length];
        long count = 0;
        for (int i = 0; i < cumulative.Length; i++)
            cumulative[i] = count += Volatile.Read(ref _counts[i]);
        return cumulative;
    }
}
