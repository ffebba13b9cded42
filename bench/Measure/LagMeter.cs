using System.Diagnostics;
using System.Numerics;

namespace Qschedd.Bench.Measure;

/// <summary>
/// Counts spans in microseconds, from any thread, in buckets that are at most 1 % wide: below 128 each its own, above it 128 for each
/// power of two. So a million samples cost 40 KB and no sorting.
/// </summary>
internal sealed class LagMeter
{
    private const int Bits = 7;
    private const int PerPower = 1 << Bits;

    private long[] _counts = NewCounts();
    private long _maxUs;
    private long _since = Stopwatch.GetTimestamp();

    public static long NowUs => (DateTime.UtcNow.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public void Record(long us)
    {
        us = Math.Max(0, us);
        Interlocked.Increment(ref Volatile.Read(ref _counts)[IndexOf(us)]);
        for (long max = Volatile.Read(ref _maxUs); us > max;)
        {
            long seen = Interlocked.CompareExchange(ref _maxUs, us, max);
            if (seen == max)
                return;
            max = seen;
        }
    }

    /// <summary>What was counted since the last call; the count begins anew.</summary>
    public LagFigures Take()
    {
        long[] counts = Interlocked.Exchange(ref _counts, NewCounts());
        long maxUs = Interlocked.Exchange(ref _maxUs, 0);
        double seconds = Stopwatch.GetElapsedTime(Interlocked.Exchange(ref _since, Stopwatch.GetTimestamp())).TotalSeconds;
        return new LagFigures(counts.Sum() / seconds, seconds, At(counts, 0.5), At(counts, 0.99), maxUs / 1000.0);
    }

    private static long[] NewCounts() => new long[(64 - Bits) * PerPower];

    private static int IndexOf(long us)
    {
        if (us < PerPower)
            return (int)us;
        int power = BitOperations.Log2((ulong)us) - Bits;
        return (power + 1) * PerPower + (int)((us >> power) - PerPower);
    }

    private static double At(long[] counts, double quantile)
    {
        long left = (long)Math.Ceiling(counts.Sum() * quantile);
        for (int index = 0; index < counts.Length; index++)
        {
            left -= counts[index];
            if (left <= 0)
                return UpperUs(index) / 1000.0;
        }
        return 0;
    }

    private static long UpperUs(int index)
    {
        if (index < PerPower)
            return index;
        int power = index / PerPower - 1;
        return ((long)(index % PerPower + PerPower + 1) << power) - 1;
    }
}

/// <param name="Rate">Counted, a second.</param>
/// <param name="Seconds">That have gone by.</param>
/// <param name="P50">Milliseconds, as are the others.</param>
/// <param name="P99">Milliseconds.</param>
/// <param name="Max">Milliseconds.</param>
internal sealed record LagFigures(double Rate, double Seconds, double P50, double P99, double Max);
