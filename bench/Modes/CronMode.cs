using System.Diagnostics;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.NoEmit;
using Perfolizer.Horology;
using Qschedd.Bench.Measure;

namespace Qschedd.Bench.Modes;

/// <summary><c>cron --iterations N --milliseconds M</c>: the micro-benchmarks, in this process; the median and the bytes of each.</summary>
internal static class CronMode
{
    private static readonly TimeSpan WarmUpOfAll = TimeSpan.FromSeconds(1.5);

    public static Task<Samples> RunAsync(Options options)
    {
        WarmUp();
        var job = Job.Default.WithToolchain(InProcessNoEmitToolchain.Instance)
            .WithLaunchCount(1).WithWarmupCount(2).WithIterationCount(options.Number("iterations"))
            .WithIterationTime(TimeInterval.FromMilliseconds(options.Number("milliseconds")));
        var config = ManualConfig.CreateEmpty().AddJob(job).AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(DefaultColumnProviders.Instance).AddLogger(NullLogger.Instance)
            .WithOptions(ConfigOptions.DisableOptimizationsValidator).WithArtifactsPath(options.Text("dir"));
        var samples = new Samples();
        foreach (var report in BenchmarkRunner.Run<CronBenchmarks>(config).Reports)
            Add(samples, report);
        return Task.FromResult(samples);
    }

    /// <summary>
    /// All in turn: the JIT compiles anew what is called often, in several steps, each only when a while has brought no other code. The
    /// harness brings its own all the time, and would measure the first code of what it begins with.
    /// </summary>
    private static void WarmUp()
    {
        var benchmarks = new CronBenchmarks();
        var methods = typeof(CronBenchmarks).GetMethods().Where(method => method.IsDefined(typeof(BenchmarkAttribute), false)).ToArray();
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < WarmUpOfAll;)
            foreach (var method in methods)
                method.Invoke(benchmarks, null);
    }

    private static void Add(Samples samples, BenchmarkReport report)
    {
        string name = report.BenchmarkCase.Descriptor.WorkloadMethod.Name;
        if (report.ResultStatistics is null)
            throw new InvalidOperationException($"{name} did not run");
        foreach (double nanoseconds in report.ResultStatistics.OriginalValues)
            samples.Add(name, nanoseconds);
        samples.Add(name + ".bytes", report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase) ?? 0);
    }
}
