using System.Diagnostics;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Quartz;

namespace Qschedd.Bench.Modes;

/// <summary><c>schedule --jobs N</c>: Quartz with N jobs that rest, from the start of the process until it runs; what it holds then.</summary>
internal static class ScheduleMode
{
    public static async Task<Samples> RunAsync(Options options)
    {
        var samples = new Samples();
        var stat = new ProcStat(Environment.ProcessId);
        var scheduler = await QuartzHost.BuildAsync(threads: null);
        await QuartzHost.ScheduleAsync<QuartzNoop>(scheduler, options.Number("jobs"), Crons.Yearly);
        await scheduler.Start();
        samples.Add("start", (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds);
        await RescheduleAsync(scheduler, samples);
        await Task.Delay(TimeSpan.FromSeconds(1));
        samples.Add("peak", stat.PeakMb);
        samples.Add("settled", stat.ResidentMb);
        return samples;
    }

    private static async Task RescheduleAsync(IScheduler scheduler, Samples samples)
    {
        long start = Stopwatch.GetTimestamp();
        var trigger = TriggerBuilder.Create().WithIdentity("trigger1").ForJob("job1").WithCronSchedule("0 0 3 1 * ?").Build();
        await scheduler.RescheduleJob(new TriggerKey("trigger1"), trigger);
        samples.Add("reload", Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}
