using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>Ten thousand jobs, none of them due: what waiting costs. Both wait at the same time.</summary>
internal static class IdleRow
{
    public const string Title = "idle, jobs due daily";

    private const int WindowSeconds = 4;

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        int jobs = run.Pick(10_000, 200);
        using var folder = new TempFolder();
        int port = FreePort.Take();
        var files = new JobFiles(folder.File("config"), port).Write(jobs, Crons.Daily);
        using var daemon = DaemonHost.Start(run.Binary, files.Folder, port);
        using var cron = SystemCron.TryStart(folder, jobs);
        await Task.Delay(TimeSpan.FromSeconds(run.Pick(4, 1)));
        var ours = new Samples();
        var theirs = new Samples();
        (ProcStat, Samples)? peer = cron is { HasEnded: false } ? (new ProcStat(cron.Pid), theirs) : null;
        for (int i = 0; i < run.Repetitions; i++)
            await WindowAsync(run.Pick(WindowSeconds, 1), (daemon.Stat, ours), peer);
        string jobsText = FormattableString.Invariant($"{jobs:N0} jobs");
        Line Of(string what, string name, Unit unit, double? max, string? note = null) =>
            new(Title, $"{jobsText}: {what}", ours.Median(name), unit, new Peer("cron", theirs.Median(name))) { Max = max, Note = note };
        return
        [
            Of("wake-ups, all threads", "wakes", new Unit("/s", 2), 5, "cron looks once a minute"),
            Of("processor time in a minute", "cpu", Unit.Milliseconds, null),
            Of("settled memory", "rss", Unit.Megabytes, 40),
        ];
    }

    private static async Task WindowAsync(int seconds, params (ProcStat Stat, Samples Samples)?[] watched)
    {
        var before = watched.Select(one => one is { } w ? (w.Stat.WakeUps, w.Stat.CpuSeconds) : default).ToArray();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        for (int i = 0; i < watched.Length; i++)
        {
            if (watched[i] is not { } w)
                continue;
            w.Samples.Add("wakes", (w.Stat.WakeUps - before[i].WakeUps) / seconds);
            w.Samples.Add("cpu", (w.Stat.CpuSeconds - before[i].CpuSeconds) / seconds * 60_000);
            w.Samples.Add("rss", w.Stat.ResidentMb);
        }
    }
}
