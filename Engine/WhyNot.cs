using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// Gathers what says why a job runs or does not. Any thread: it reads what the loop published, immutable things, and the history.
/// </summary>
internal sealed class WhyNot(EngineCore core, IStore store)
{
    private const int LastRunsMax = 10;
    private const int NextRunsMax = 5;

    /// <summary>Fires of a job that is off are counted up to here, of each of its triggers.</summary>
    private const int MissedMax = 1_000;

    /// <summary>Skips of earlier daemons are counted up to here.</summary>
    private const int HistoryMax = 1_000;

    private static readonly TaskState[] Skipped = [TaskState.Ignored, TaskState.NoWorker, TaskState.QueueFull];

    public WhyView Of(JobState job, string? trouble)
    {
        var view = new JobView(job.Job, job.Status);
        var (off, skip) = view.Status.Enabled ? (null, null) : OffOf(job);
        var skips = SkipsOf(job);
        return new WhyView
        {
            Job = view,
            LastRuns = store.ListTasks(new TaskQuery(job.Job.Name, null, null, null, null, LastRunsMax)),
            NextRunsMs = NextRuns(job, view.Status.NextRunMs),
            Off = off,
            Skips = skip is null ? skips : [skip, .. skips],
            Trouble = trouble,
            Workers = [.. core.Workers.Of(job).Select(w => StandingOf(job, w))],
        };
    }

    private static List<long> NextRuns(JobState job, long? nextMs)
    {
        var runs = new SortedSet<long>();
        foreach (var trigger in nextMs is null ? [] : job.Triggers)
        {
            long afterMs = nextMs!.Value - 1;
            for (int i = 0; i < NextRunsMax && afterMs != CronSchedule.Never; i++)
                if ((afterMs = trigger.Schedule.NextAfterMs(afterMs)) != CronSchedule.Never)
                    runs.Add(afterMs);
        }
        return [.. runs.Take(NextRunsMax)];
    }

    private (OffView, SkipCount?) OffOf(JobState job)
    {
        var (atMs, by) = job.Override is { Enabled: false } made ? (made.AtMs, made.By) : (job.Status.UpdatedMs, "state: false in the YAML");
        long latestMs = 0, nowMs = core.Clock.WallMs;
        int missed = 0;
        bool isMore = false;
        foreach (var trigger in job.Triggers)
        {
            var (count, more) = trigger.Schedule.CountIn(atMs, nowMs, MissedMax);
            missed += count;
            isMore |= more;
            if (count > 0)
                latestMs = Math.Max(latestMs, trigger.Schedule.LatestInMs(atMs, nowMs));
        }
        var skip = missed == 0 ? null : new SkipCount(SkipReason.Off, missed, latestMs, $"off by {by}");
        return (new OffView(atMs, by, missed, isMore), skip);
    }

    /// <summary>Those since the start, and of earlier daemons those that are still on record.</summary>
    private SkipCount[] SkipsOf(JobState job)
    {
        var skips = job.Skips;
        long before = job.MisfiresDiscarded - (skips.FirstOrDefault(s => s.Reason == SkipReason.Misfire)?.Count ?? 0);
        foreach (var row in store.ListTasks(new TaskQuery(job.Job.Name, Skipped, null, core.StartedMs, null, HistoryMax)))
            if (row.EndedMs < core.StartedMs)
                skips = SkipTally.With(skips, new SkipCount(ReasonOf(row), 1, row.EndedMs.Value, row.Message ?? ""));
        if (before > 0)
            skips = SkipTally.With(skips, new SkipCount(
                SkipReason.Misfire, before, core.StartedMs, "fires were missed under an earlier daemon, at or before this time"));
        return [.. skips.OrderByDescending(s => s.LastAtMs).ThenBy(s => s.Reason)];
    }

    private static SkipReason ReasonOf(TaskRow row) => row switch
    {
        { State: TaskState.Ignored, Message: TaskLife.StoreTooLate } => SkipReason.Misfire,
        { State: TaskState.Ignored, Message: TaskLife.CallerGaveUp } => SkipReason.CallerGone,
        { State: TaskState.Ignored, Worker: null } => SkipReason.Overlap,
        _ => SkipReasons.Of(row.State)!.Value,
    };

    private WorkerStanding StandingOf(JobState job, JobWorker worker)
    {
        long pauseMs = worker.State.PausedUntilMs - core.Clock.MonotonicMs;
        return new WorkerStanding(
            new WorkerView(worker.State.Address, worker.Hostname, worker.Online, core.Workers.IsAlive(worker)),
            worker.State.PausedUntilMs > core.Clock.MonotonicMs ? core.Clock.WallMs + pauseMs : null,
            core.Tasks.CountOn(worker.State, job));
    }
}
