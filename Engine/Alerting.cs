using System.Globalization;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// Decides what operators are told, once each: a kind of alert of a job is open from when it is raised until the job is well again,
/// and is not raised again while it is open.
/// <list type="bullet">
/// <item>failed, threshold, noWorker: opened by a task that ends badly after its last attempt; closed by a good end</item>
/// <item>timeout: opened by a task that outlives its limit; closed by one that does not</item>
/// <item>misfire: opened by missed fires; closed, without a word, by the next fire on time</item>
/// </list>
/// A killed task is neither a good end nor a bad one. Owner: the loop.
/// </summary>
internal sealed class Alerting(IAlertSink? sink, JobTable jobs, LoopClock clock, ZoneTable zone, Counters counters)
{
    public void OnEnded(TaskRun task)
    {
        if (!IsHeeded(task.Job))
            return;
        if (task.State == TaskState.Finished)
            OnFinished(task);
        else if (task.State.IsFailure() && task.KilledBy is null)
            OnFailed(task);
    }

    /// <summary>The task has run past the job's <c>timeout</c>, or past its <c>killAfter</c>: told once of a task.</summary>
    public void OnLate(TaskRun task, TimeSpan limit, bool isKilled)
    {
        if (task.IsLate || !IsHeeded(task.Job))
            return;
        task.IsLate = true;
        var kinds = OpenOf(task.Job).OnLate(task.FireSeq);
        Raise(task.Job, kinds, task.Id, e => e with { Task = RowOf(task), Limit = limit, IsKilled = isKilled });
    }

    public void OnMisfire(JobState job, int missed, bool more, long latestMs, bool isMadeUp)
    {
        if (!IsHeeded(job))
            return;
        var kinds = OpenOf(job).Open(AlertKinds.Misfire);
        string id = string.Create(CultureInfo.InvariantCulture, $"{job.Id}.{latestMs}");
        Raise(job, kinds, id, e => e with { Missed = missed, MissedMore = more, MissedMs = latestMs, IsMadeUp = isMadeUp });
    }

    public void OnFireInTime(JobState job) => Close(job, AlertKinds.Misfire);

    private void OnFailed(TaskRun task)
    {
        var job = task.Job;
        var all = OpenAlerts.KindsOf(task.State, job.FailuresInRow, job.Job.ConsecutiveFailTimesAlertThreshold);
        var kinds = OpenOf(job).OnFailed(task.FireSeq, all);
        Raise(job, kinds, task.Id, e => e with { Task = RowOf(task) });
    }

    private void OnFinished(TaskRun task)
    {
        var job = task.Job;
        // Of a broadcast the last good end speaks for all, if all are good.
        if (job.OpenAlerts is not { } open || task.Shards is { State: not TaskState.Finished })
            return;
        var closes = open.ClosedBy(task.FireSeq) & ~AlertKinds.Misfire;
        if (closes == AlertKinds.None)
            return;
        Raise(job, AlertKinds.Recovered, task.Id, e => e with { Task = RowOf(task), Closes = closes });
        Close(job, closes);
    }

    /// <summary>A job without rules is not watched: once it has some, it is told from its next trouble on.</summary>
    private bool IsHeeded(JobState job)
    {
        if (sink is not null && !job.Job.Alerts.IsEmpty)
            return true;
        job.OpenAlerts = null;
        return false;
    }

    private OpenAlerts OpenOf(JobState job) => job.OpenAlerts ??= new OpenAlerts(clock.WallMs);

    private static void Close(JobState job, AlertKinds kinds)
    {
        job.OpenAlerts?.Close(kinds);
        if (job.OpenAlerts is { Kinds: AlertKinds.None })
            job.OpenAlerts = null;
    }

    private void Raise(JobState job, AlertKinds kinds, string id, Func<AlertEvent, AlertEvent> fill)
    {
        if (kinds == AlertKinds.None)
        {
            counters.AlertsHeldBack++;
            return;
        }
        counters.AlertsRaised++;
        var open = job.OpenAlerts!;
        sink!.Raise(fill(new AlertEvent
        {
            Id = id,
            Job = job.Job,
            Server = jobs.Published.Catalog.Server,
            Kinds = kinds,
            AtMs = clock.WallMs,
            UtcOffset = TimeSpan.FromSeconds(zone.OffsetSecondsAt(clock.WallMs)),
            FailuresInRow = job.FailuresInRow,
            Failures = open.Failures,
            Timeouts = open.Timeouts,
            SinceMs = open.SinceMs,
        }));
    }

    private static TaskRow RowOf(TaskRun task) => task.ToRow() with { Parameter = null, Output = null };
}
