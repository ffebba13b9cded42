using System.Globalization;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Checker;

/// <summary>
/// Judges a run. What it finds is named by the promise that was broken:
/// <list type="bullet">
/// <item>lost: a due time without its task; doubled: two tasks for one; invented: a task without a due time</item>
/// <item>late: taken up later than anything held it up; stuck: a task that never ended</item>
/// <item>unrecorded: sent before it was on record; offline: sent to a worker after "offline" was answered</item>
/// <item>twice: worked on twice, although nothing said that it might; beside: two tasks at once of a job that runs alone</item>
/// <item>false end: a recorded end that the workers' receipts deny; free: a host shown free with a task on it, or on its way</item>
/// <item>broken word: what a caller was told does not hold</item>
/// </list>
/// </summary>
internal static class Judge
{
    public static List<string> Judged(History history)
    {
        var rows = history.Rows.ToDictionary(r => r.Id);
        var works = history.Receipts.Where(r => r.WorkFromMs is not null).GroupBy(r => r.TaskId)
            .ToDictionary(g => g.Key, g => g.OrderBy(r => r.WorkFromMs).ToList());
        return
        [
            .. OnSchedule(history),
            .. Doubled(history),
            .. Stuck(history),
            .. OnReceipts(history, rows),
            .. Twice(history, rows, works),
            .. Beside(history, rows),
            .. FalseEnds(history, works),
            .. Free(history, rows),
            .. BrokenWords(history, rows),
        ];
    }

    public static string Text(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);

    private static IEnumerable<string> OnSchedule(History history)
    {
        var schedule = new Schedule(history);
        var lives = history.Lives.SelectMany(l => l.Spec.Triggers.Select(t => (Life: l, Trigger: t)))
            .ToLookup(l => (l.Life.Spec.Name, l.Trigger.Key));
        var fired = new Dictionary<(string, long), Dictionary<long, long>>();
        foreach (var rows in history.Rows.Where(r => r.TriggerKey > 0).GroupBy(r => (r.Job, r.TriggerKey)))
        {
            var own = lives[rows.Key].ToList();
            var times = fired[rows.Key] = [];
            foreach (var row in rows)
            {
                times[row.ScheduledMs] = Math.Min(times.GetValueOrDefault(row.ScheduledMs, long.MaxValue), row.FireMs);
                if (schedule.ObjectionTo(row.ScheduledMs, row.FireMs, PidOf(row.Id), own) is { } objection)
                    yield return $"invented: {Named(row)}: {objection}";
            }
        }
        foreach (var (life, trigger) in lives.SelectMany(l => l))
        {
            var times = fired.GetValueOrDefault((life.Spec.Name, trigger.Key));
            foreach (var (dueMs, takenByMs) in schedule.Musts(life, trigger))
            {
                if (times is null || !times.TryGetValue(dueMs, out long takenMs))
                    yield return $"lost: {life.Spec.Name} ('{trigger.Cron}') has no task for {Text(dueMs)}";
                else if (takenMs > takenByMs)
                    yield return $"late: {life.Spec.Name} was due at {Text(dueMs)} and taken up at {Text(takenMs)}, {takenMs - takenByMs} ms too late";
            }
        }
    }

    private static IEnumerable<string> Doubled(History history)
    {
        foreach (var group in history.Rows.GroupBy(r => (r.JobId, r.TriggerKey, r.ScheduledMs, r.ShardIndex)).Where(g => g.Count() > 1))
            yield return $"doubled: {string.Join(" and ", group.Select(Named))} are tasks of one fire";
        foreach (var group in history.Rows.Where(r => r is { TriggerKey: > 0, ShardTotal: > 1, State: not TaskState.Ignored }).GroupBy(r => (r.JobId, r.TriggerKey, r.ScheduledMs)))
            if (group.Count() < group.First().ShardTotal && group.All(r => r.State != TaskState.Ignored) || group.Any(r => r.ShardTotal != group.First().ShardTotal))
                yield return $"lost: {Named(group.First())} has {group.Count()} of {string.Join(", ", group.Select(r => r.ShardTotal).Distinct())} shards";
    }

    private static IEnumerable<string> Stuck(History history) =>
        from row in history.Rows
        where row.State.IsRunning() && row.FireMs < history.EndedByWallMs
        select $"stuck: {Named(row)} is in state {(int)row.State} since {Text(row.UpdatedMs)}";

    private static IEnumerable<string> OnReceipts(History history, Dictionary<string, TaskRow> rows)
    {
        var words = history.Words.ToLookup(w => (w.Job, w.Worker));
        foreach (var receipt in history.Receipts)
        {
            if (!rows.ContainsKey(receipt.TaskId))
                yield return $"unrecorded: {Named(receipt)} reached {receipt.Worker} and has no row";
            else if (!receipt.WasOnRecord)
                yield return $"unrecorded: {Named(receipt)} was sent to {receipt.Worker} before that was on record";
            if (IsOffline(words[(receipt.Job, receipt.Worker)], receipt.BegunMs))
                yield return $"offline: {Named(receipt)} was sent to {receipt.Worker}, which had been answered to be offline";
        }
        foreach (var fire in history.Receipts.GroupBy(r => r.TaskId))
        {
            int attempt = 0;
            foreach (var receipt in fire.OrderBy(r => r.BegunMs))
            {
                if (receipt.Attempt < attempt)
                    yield return $"twice: {Named(receipt)} was sent after attempt {attempt}";
                attempt = Math.Max(attempt, receipt.Attempt);
            }
        }
    }

    private static bool IsOffline(IEnumerable<WorkerWord> words, long atMs)
    {
        bool offline = false;
        foreach (var word in words)
        {
            if (word.IsOnline ? word.AskedMs > atMs : word.AnsweredMs >= atMs)
                break;
            offline = !word.IsOnline;
        }
        return offline;
    }

    private static IEnumerable<string> Twice(History history, Dictionary<string, TaskRow> rows, Dictionary<string, List<Receipt>> works)
    {
        var specs = Specs(history);
        foreach (var (id, work) in works)
        {
            if (work.Count < 2 || !rows.TryGetValue(id, out var row))
                continue;
            var spec = specs[row.Job];
            for (int i = 1; i < work.Count; i++)
            {
                var (before, after) = (work[i - 1], work[i]);
                bool wasOver = before.WorkToMs <= after.BegunMs
                    && (before.End == WorkEnd.GivenBack || (before.End == WorkEnd.Failed && spec.AttemptsMax > 1));
                if (!wasOver && !spec.IsRetry)
                    yield return $"twice: {Named(after)} was worked on by {after.Worker} after {before.Worker} had it ({before.End}), and recover is discard";
                else if (!wasOver && after.Worker != "local" && before.Worker == after.Worker && before.End != WorkEnd.Lost && before.WorkToMs > after.WorkFromMs)
                    yield return $"twice: {Named(after)} was worked on twice at once by {after.Worker}";
            }
        }
    }

    private static IEnumerable<string> Beside(History history, Dictionary<string, TaskRow> rows)
    {
        var specs = Specs(history);
        foreach (var job in history.Receipts.Where(r => r.WorkFromMs is not null && specs[r.Job] is { IsAlone: true, IsRetry: false }).GroupBy(r => r.Job))
        {
            Receipt? last = null;
            foreach (var work in job.OrderBy(r => r.WorkFromMs))
            {
                if (last is not null && last.TaskId != work.TaskId && work.WorkFromMs < last.WorkToMs
                    && rows.TryGetValue(last.TaskId, out var row) && row.State != TaskState.Unknown && row.KilledBy is null)
                    yield return $"beside: {Named(work)} began while {Named(last)} was at work, and the job runs alone";
                if (last is null || work.WorkToMs > last.WorkToMs)
                    last = work;
            }
        }
    }

    private static IEnumerable<string> FalseEnds(History history, Dictionary<string, List<Receipt>> works)
    {
        foreach (var row in history.Rows)
        {
            var work = works.GetValueOrDefault(row.Id) ?? [];
            if (row.State == TaskState.Finished && work.All(w => w.End != WorkEnd.Finished))
                yield return $"false end: {Named(row)} is recorded as finished, and no worker finished it";
            if (row.State is TaskState.NoWorker or TaskState.QueueFull or TaskState.Ignored
                && work.Exists(w => w.End is WorkEnd.Finished or WorkEnd.Open) && row.Attempt == 1)
                yield return $"false end: {Named(row)} is recorded as not run ({(int)row.State}), and {work[0].Worker} worked on it";
        }
    }

    /// <summary>A task that the daemon was right to give up, or that somebody killed, need not be shown.</summary>
    private static IEnumerable<string> Free(History history, Dictionary<string, TaskRow> rows)
    {
        var attempts = history.Attempts.ToLookup(a => a.TaskSeq);
        var byHost = history.Receipts.ToLookup(r => r.Host);
        foreach (var look in history.Looks)
            foreach (var receipt in byHost[look.Host])
                if (receipt.IsUnderWayAt(look.AtMs) && !look.Jobs.Contains(receipt.Job)
                    && rows.TryGetValue(receipt.TaskId, out var row) && row.State != TaskState.Unknown && row.KilledBy is null
                    && !attempts[row.Seq].Any(a => a.State == TaskState.Unknown && a.Worker == receipt.Worker))
                    yield return $"free: {Named(receipt)} was under way on {look.Host} at {look.AtMs}, and check did not show its job";
    }

    private static IEnumerable<string> BrokenWords(History history, Dictionary<string, TaskRow> rows)
    {
        var byCall = history.Rows.Where(r => r.TriggerKey < 0 && r.Parameter is not null).ToLookup(r => r.Parameter!);
        var received = history.Receipts.Select(r => r.TaskId).ToHashSet();
        foreach (var start in history.Starts)
        {
            if (start.TaskId is { } id && !rows.ContainsKey(id))
                yield return $"broken word: the start of {id} was answered as done, and it has no row";
            else if (start.TaskId is null && byCall[start.Call].FirstOrDefault(r => received.Contains(r.Id)) is { } ran)
                yield return $"broken word: a start was answered as failed, and {Named(ran)} was sent";
        }
        foreach (var report in history.Reports)
            if (report is { State: TaskState.Finished or TaskState.Failed, OnRecord: { KilledBy: null } row } && row.State.IsRunning()
                && row.Attempt == report.Attempt && row.Worker == report.Worker)
                yield return $"broken word: a report of {report.TaskId} as {report.State} was answered as done, and it is on record as {row.State}";
    }

    private static Dictionary<string, JobSpec> Specs(History history) =>
        history.Lives.Select(l => l.Spec).Concat(history.OtherJobs).GroupBy(s => s.Name).ToDictionary(g => g.Key, g => g.First());

    private static int PidOf(string taskId)
    {
        string[] parts = taskId.Split('.');
        return int.Parse(parts[^2], CultureInfo.InvariantCulture);
    }

    private static string Named(TaskRow row) => $"task {row.Id} of {row.Job} for {Text(row.ScheduledMs)}";

    private static string Named(Receipt receipt) => $"task {receipt.TaskId} of {receipt.Job}, attempt {receipt.Attempt}";
}
