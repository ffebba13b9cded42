using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Xunit.Abstractions;

namespace Qschedd.Tests.Fuzz;

/// <summary>What was found to be wrong with the answer to an input.</summary>
internal sealed class FuzzFault(string message) : Exception(message);

/// <summary>
/// Feeds generated inputs, each made from the seed and its own number, so that a failure is repeated by both. The long form is
/// <c>make fuzz INPUTS=5000000 SEED=1</c>; each target takes its share of the inputs.
/// </summary>
internal sealed partial class FuzzRun(string name, double share, ITestOutputHelper output)
{
    private const int WarmUpMax = 2000;
    private const int Repeats = 5;

    private static readonly long All = Number("QSCHEDD_FUZZ_INPUTS", 100_000);
    private static readonly int Seed = (int)Number("QSCHEDD_FUZZ_SEED", 20261122);

    /// <summary>Only the long form has a bound: speed is no property of a test.</summary>
    private static readonly long SlowestMsMax = Number("QSCHEDD_FUZZ_SLOWEST_MS", long.MaxValue / 2_000_000);

    private long _slowestNs;
    private long _slowestAt;

    public void Feed<T>(Func<Random, T> make, Action<T> feed, Func<T, string> show)
    {
        long inputs = Math.Max(1, (long)(All * share));
        long warmUp = Math.Min(WarmUpMax, inputs / 10);
        for (long i = 0; i < inputs; i++)
        {
            T input = make(RandomOf(i));
            long ns = Measured(i, input, feed, show);
            // Again, and the fastest counts: the first time may have met the compiler, the collector or another program.
            for (int again = 0; again < Repeats && i >= warmUp && ns > _slowestNs; again++)
                ns = Math.Min(ns, Measured(i, input, feed, show));
            if (i >= warmUp && ns > _slowestNs)
                (_slowestNs, _slowestAt) = (ns, i);
        }
        string slowest = Shown(show(make(RandomOf(_slowestAt))));
        output.WriteLine($"{name}: {inputs} inputs of seed {Seed}; the slowest took {_slowestNs / 1e6:0.000} ms of CPU: number {_slowestAt}, {slowest}");
        Assert.True(_slowestNs <= SlowestMsMax * 1_000_000, $"{name}: input {_slowestAt} of seed {Seed} took {_slowestNs / 1e6:0.000} ms: {slowest}");
    }

    public static void Require([DoesNotReturnIf(false)] bool holds, [CallerArgumentExpression(nameof(holds))] string what = "")
    {
        if (!holds)
            throw new FuzzFault($"does not hold: {what}");
    }

    private static Random RandomOf(long number) => new(unchecked((int)(number * 2654435761L) ^ Seed));

    private long Measured<T>(long number, T input, Action<T> feed, Func<T, string> show)
    {
        int collections = GC.CollectionCount(0);
        long from = CpuNs();
        try
        {
            feed(input);
        }
        catch (Exception e)
        {
            throw new FuzzFault($"{name}: input {number} of seed {Seed}: {Shown(show(input))}\n{e}");
        }
        long ns = CpuNs() - from;
        return GC.CollectionCount(0) == collections ? ns : 0; // the collector's work, not the input's
    }

    private static string Shown(string text)
    {
        var shown = string.Concat(text.Take(2000).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : $"{c}"));
        return text.Length > 2000 ? $"{shown}... ({text.Length} characters)" : shown;
    }

    private static long Number(string variable, long otherwise) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out long n) ? n : otherwise;

    private static long CpuNs()
    {
        _ = clock_gettime(ThreadCpuTime, out Timespec time);
        return time.Seconds * 1_000_000_000 + time.Nanoseconds;
    }

    private const int ThreadCpuTime = 3;

    private struct Timespec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out Timespec time);
}
