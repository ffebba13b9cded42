using System.Diagnostics;
using System.Globalization;
using Xunit.Abstractions;

namespace Qschedd.Tests.Simulation;

/// <summary>
/// Runs of the engine's own code in a simulated world, one for each seed, each judged by the checker. <c>make simulate SEEDS=1000</c>
/// is the long form; <c>make simulate SEED=17</c> replays one.
/// </summary>
public class SimulationTests(ITestOutputHelper output)
{
    private const int ShortFirst = 1;
    private const int ShortSeeds = 25;
    private const int ShownMax = 12;

    [Fact]
    public void Engine_KeepsItsPromises_WhateverHappensToIt()
    {
        var failures = new List<string>();
        long first = Number("QSCHEDD_SIMULATE_SEED") ?? Number("QSCHEDD_SIMULATE_FIRST") ?? ShortFirst;
        long count = Number("QSCHEDD_SIMULATE_SEED") is null ? Number("QSCHEDD_SIMULATE_SEEDS") ?? ShortSeeds : 1;
        string? trace = Environment.GetEnvironmentVariable("QSCHEDD_SIMULATE_TRACE");
        string? pace = Environment.GetEnvironmentVariable("QSCHEDD_SIMULATE_PACE");
        long began = Stopwatch.GetTimestamp();
        var sum = new Tally();
        Parallel.For(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, (seed, all) =>
        {
            var broken = RunOne(seed, pace, count == 1 ? trace : null, sum);
            lock (failures)
                failures.AddRange(broken);
            if (failures.Count >= ShownMax)
                all.Stop();
        });
        Say(sum.Words(Stopwatch.GetElapsedTime(began)));
        failures.ForEach(Say);
        Assert.Empty(failures);
    }

    [Theory]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    public void Run_IsTheSameAgain_WhenItsSeedIsTheSame(long seed)
    {
        var (first, second) = (new SimWorld(seed, "seconds"), new SimWorld(seed, "seconds"));
        InNoContext(first.Run);
        InNoContext(second.Run);
        Assert.Equal((first.Log.Count, first.Log.Hash), (second.Log.Count, second.Log.Hash));
        var other = new SimWorld(seed + 100, "seconds");
        InNoContext(other.Run);
        Assert.NotEqual(first.Log.Hash, other.Log.Hash);
    }

    private static List<string> RunOne(long seed, string? pace, string? trace, Tally sum)
    {
        using var file = trace is null ? null : new StreamWriter(trace);
        var world = new SimWorld(seed, pace, file is null ? null : file.WriteLine);
        var broken = InNoContext(world.Run);
        lock (sum)
            sum.Add(world);
        if (broken.Count == 0)
            return [];
        string more = broken.Count > ShownMax ? $"\n  and {broken.Count - ShownMax} more" : "";
        return [$"seed {seed} ({world.Config.Pace.Name}):\n  {string.Join("\n  ", broken.Take(ShownMax))}{more}\n  again: make simulate SEED={seed}"];
    }

    /// <summary>What awaits goes on where it was completed, and nowhere else.</summary>
    internal static T InNoContext<T>(Func<T> run)
    {
        var context = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(null);
        try
        {
            return run();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(context);
        }
    }

    private void Say(string words)
    {
        output.WriteLine(words);
        Console.WriteLine(words);
    }

    private static long? Number(string variable) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number : null;

    private sealed class Tally
    {
        private int _seeds;
        private double _days;
        private long _rows, _requests, _looks, _boots, _events;

        public void Add(SimWorld world)
        {
            _seeds++;
            _days += (world.Time.NowMs - world.Time.StartMs) / 86_400_000.0;
            _rows += world.History.Rows.Count;
            _requests += world.History.Receipts.Count;
            _looks += world.History.Looks.Count;
            _boots += world.Boot?.Pid ?? 0;
            _events += world.Log.Count;
        }

        public string Words(TimeSpan took) => string.Create(CultureInfo.InvariantCulture,
            $"{_seeds} seeds, {_days:0} simulated days in {took.TotalSeconds:0.0} s: {_days / took.TotalMinutes:0} days a minute; {_boots} processes, {_rows} tasks, {_requests} requests, {_looks} checks, {_events} events");
    }
}
