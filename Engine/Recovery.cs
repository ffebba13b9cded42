using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// What becomes of the tasks that were running when the last process ended:
/// <list type="bullet">
/// <item>state 200, remote: it goes on; its reports are waited for as before</item>
/// <item>state 100 with a worker: whether it was delivered is not known. <c>recover: retry</c> sends it again to the same worker
/// with the same id; else a report is waited for as long as an answer would have been, then it is -9999. Until then it counts
/// as running on that host: <c>check</c> must not call it free</item>
/// <item>state 100 without a worker: it was between two attempts; the next one follows</item>
/// <item>local: its process still runs, and is waited for; else <c>recover: retry</c> runs it again, or it is -9999</item>
/// </list>
/// </summary>
internal sealed class Recovery(
    TaskTable tasks, TaskLife life, Dispatcher dispatcher, Killing killing, WorkerTable workers, JobTable jobs, Deadlines deadlines, IStore store,
    EngineOptions options, LoopClock clock, ILogger logger)
{
    private static readonly TimeSpan WatchPause = TimeSpan.FromSeconds(5);

    /// <summary>Tasks of one job and one scheduled time, beside the shards that are looked for.</summary>
    private const int OthersMax = 1_000;

    private readonly Dictionary<long, ShardTally> _shards = [];

    private int _kept;
    private int _retried;
    private int _unknown;

    public void Resume(IReadOnlyList<TaskRow> rows)
    {
        var newest = NewestThatReplace(rows);
        foreach (var row in rows)
            Resume(row, newest.GetValueOrDefault(row.JobId));
        if (rows.Count > 0)
            EngineLog.Recovered(logger, rows.Count, _kept, _retried, _unknown);
    }

    /// <summary>A local process of an earlier daemon cannot be waited for, only looked at, now and then.</summary>
    public void WatchOrphan(TaskRun task)
    {
        if (options.IsProcessAlive(task.Process!))
            deadlines.Set(task, TimerKind.Retry, WatchPause);
        else
            Lose(task, "the daemon ended while this command ran; how it ended is not known");
    }

    /// <summary>Of each job under <c>overlap: replace</c> a task of the newest fire.</summary>
    private Dictionary<int, TaskRow> NewestThatReplace(IReadOnlyList<TaskRow> rows)
    {
        var newest = new Dictionary<int, TaskRow>();
        foreach (var row in rows)
            if (jobs.Published.Jobs.TryGetValue(row.Job, out var job) && job.Job.Overlap == OverlapPolicy.Replace
                && (!newest.TryGetValue(row.JobId, out var known) || FireSeqOf(row) > FireSeqOf(known)))
                newest[row.JobId] = row;
        return newest;
    }

    /// <summary>
    /// The last process may have died before the kills of those that the newest fire replaces were on record. But one that a worker has
    /// taken waited until they had ended: what stands beside that one was allowed by an older configuration.
    /// </summary>
    private static bool IsToBeReplaced(TaskRun task, TaskRow? newest) =>
        newest is { State: TaskState.Starting, Attempt: 1 } && task.FireSeq < FireSeqOf(newest) && task.KilledBy is null;

    private static long FireSeqOf(TaskRow row) => row.Seq - row.ShardIndex;

    private void Resume(TaskRow row, TaskRow? newest)
    {
        var job = jobs.Published.Jobs.GetValueOrDefault(row.Job) ?? jobs.Orphan(row);
        var task = Restore(job, row);
        tasks.Add(task);
        life.ShowOnJob(task);
        life.WatchDeadlines(task, TimeSpan.FromMilliseconds(Math.Max(0, clock.WallMs - task.FireMs)));
        RecallAttempts(task);
        if (IsToBeReplaced(task, newest))
            killing.Note(task, Killing.NextFire);
        if (task.IsLocal)
            ResumeLocal(task);
        else if (task.State == TaskState.Started)
            Await(task, task.Heartbeat ? jobs.Published.Catalog.Server.WorkerTtl : jobs.Published.Catalog.Server.LostAfter);
        else if (task.Worker is null)
            Retry(task);
        else
            ResumeInDoubt(task);
        if (task.KilledBy is not null && !task.HasEnded)
            killing.Resume(task);
    }

    private void ResumeInDoubt(TaskRun task)
    {
        task.IsInDoubt = true;
        // One that is to be killed is not sent again: its worker is asked to end it, and may have it until he answers.
        if (task.Job.Job.Recover == RecoverPolicy.Retry && task.KilledBy is null)
            Resend(task);
        else
            Await(task, jobs.Published.Catalog.Server.AnswerTimeout);
    }

    /// <summary>What the attempts before say of the next one: how many are left, and who is to be avoided.</summary>
    private void RecallAttempts(TaskRun task)
    {
        if (task.Attempt == 1)
            return;
        foreach (var attempt in store.ListAttempts(task.Seq))
        {
            task.PauseBefore = Retries.PauseAfter(task.Job.Job, attempt.Attempt, task.Resends, attempt.State) ?? TimeSpan.Zero;
            if (attempt.State == TaskState.Unknown)
                task.Resends++;
            if (attempt.State != TaskState.Unknown || attempt.Worker != task.Worker?.Address)
                task.FirstAttemptHere = attempt.Attempt + 1;
            task.Avoid = attempt.Worker is { } address && !task.IsLocal ? workers.At(address) : null;
        }
    }

    private void ResumeLocal(TaskRun task)
    {
        if (task.Process is not null && options.IsProcessAlive(task.Process))
        {
            _kept++;
            task.IsOrphan = true;
            deadlines.Set(task, TimerKind.Retry, WatchPause);
        }
        else if (task.Worker is null)
        {
            Retry(task);
        }
        else
        {
            Lose(task, "the daemon ended while this command was started or ran; how it ended is not known");
        }
    }

    private void Await(TaskRun task, TimeSpan patience)
    {
        _kept++;
        deadlines.Set(task, TimerKind.Lost, patience);
    }

    private void Retry(TaskRun task)
    {
        _retried++;
        var rest = task.PauseBefore - TimeSpan.FromMilliseconds(clock.WallMs - task.UpdatedMs);
        if (task.KilledBy is { } by)
            life.End(task, TaskState.Failed, $"killed: {by}");
        else if (rest > TimeSpan.Zero)
            deadlines.Set(task, TimerKind.Retry, rest);
        else
            dispatcher.StartAttempt(task);
    }

    /// <summary>The worker knows the id, if it was delivered, and does not run it twice.</summary>
    private void Resend(TaskRun task)
    {
        _retried++;
        dispatcher.OnAttemptFailed(task, TaskState.Unknown, "the daemon ended while this task was being sent");
    }

    private void Lose(TaskRun task, string message)
    {
        if (task.Job.Job.Recover == RecoverPolicy.Retry)
            _retried++;
        else
            _unknown++;
        task.IsOrphan = false;
        dispatcher.OnAttemptFailed(task, TaskState.Unknown, message);
    }

    private TaskRun Restore(JobState job, TaskRow row) => new(job, row)
    {
        TriggerKey = row.TriggerKey,
        ScheduledMs = row.ScheduledMs,
        FireMs = row.FireMs,
        Parameter = row.Parameter,
        Shards = row.ShardTotal > 1 ? ShardsOf(row) : null,
        State = row.State,
        Attempt = row.Attempt,
        Worker = WorkerOf(row),
        StartedMs = row.StartedMs,
        UpdatedMs = row.UpdatedMs,
        Process = row.Process,
        Heartbeat = row.Heartbeat,
        Message = row.Message,
        KilledBy = row.KilledBy,
        IsDurable = true,
    };

    /// <summary>Some shards of the fire may have ended before the restart: they count too.</summary>
    private ShardTally ShardsOf(TaskRow row)
    {
        long firstSeq = row.Seq - row.ShardIndex;
        if (_shards.TryGetValue(firstSeq, out var known))
            return known;
        var shards = _shards[firstSeq] = new ShardTally(firstSeq, row.ShardTotal);
        var ofThen = new TaskQuery(row.Job, null, row.ScheduledMs, row.ScheduledMs + 1, AfterId: null, row.ShardTotal + OthersMax);
        foreach (var other in store.ListTasks(ofThen))
            if (!other.State.IsRunning() && other.Seq >= firstSeq && other.Seq < firstSeq + row.ShardTotal)
                shards.OnEnded(other.State, other.State.IsFailure() && other.KilledBy is null);
        return shards;
    }

    private WorkerState? WorkerOf(TaskRow row) => row.Worker switch
    {
        null => null,
        "local" => workers.Local,
        var address => workers.At(address),
    };
}
