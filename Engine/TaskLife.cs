using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>One due moment of a job: of a trigger, or of a caller's hand (then <see cref="TriggerKey"/> is 0).</summary>
internal readonly record struct Fire(
    JobState Job, long TriggerKey, long ScheduledMs, string? Parameter, StartCall? Caller = null);

/// <summary>
/// What happens to a task from its record to its end. Each change of state is journaled here and nowhere else.
/// Owner: the loop.
/// </summary>
internal sealed class TaskLife(
    Journal journal, TaskTable tasks, JobTable jobs, Deadlines deadlines, LoopClock clock, Endings endings, Alerting alerting,
    ILogger logger)
{
    public const string StoreTooLate = "missed: the store could not keep it within the misfire threshold, and recover is discard";
    public const string CallerGaveUp = "its caller had given up waiting for the record, and was told that it failed";

    /// <summary>Told of each task that has ended, after its worker is free again.</summary>
    public Action<TaskRun>? Ended { get; set; }

    /// <summary>The number that the next created task will have.</summary>
    public long NextSeq => tasks.NextSeq;

    /// <summary>One of the job's running tasks, the oldest being the first.</summary>
    public TaskRun RunningOf(JobState job, int index) => tasks.RunningOf(job, index);

    public TaskRun Create(in Fire fire, WorkerState? worker, ShardTally? shards = null)
    {
        long seq = tasks.NextSeq++;
        return new TaskRun(fire.Job, seq, tasks.IdStart(clock.WallMs))
        {
            TriggerKey = fire.TriggerKey == 0 ? -seq : fire.TriggerKey,
            ScheduledMs = fire.ScheduledMs,
            FireMs = clock.WallMs,
            UpdatedMs = clock.WallMs,
            Parameter = fire.Parameter,
            FirstSent = fire.Job.Job.Secrets is null ? null : fire.Job.Job.Sent(fire.Parameter),
            Worker = worker,
            Shards = shards,
            Caller = fire.Caller,
        };
    }

    /// <summary>Records a task that is to run. Durability: <paramref name="recorded"/> is called when a crash can no longer lose it.</summary>
    public void RecordStart(TaskRun task, Action<TaskRun> recorded)
    {
        tasks.Add(task);
        jobs.OnShown(task.Job);
        WatchDeadlines(task, TimeSpan.Zero);
        var start = new RunStart(task, this, recorded);
        journal.Add(start, start, mayBeUnwanted: task.Caller is not null);
    }

    /// <summary>Records a task that nobody runs: ignored, or no worker found.</summary>
    public void RecordRefused(TaskRun task, TaskState state, string message)
    {
        task.State = state;
        task.Message = message;
        task.EndedMs = clock.WallMs;
        // An ignored fire says nothing new of a job whose earlier task still runs.
        if (state != TaskState.Ignored)
            ShowEndOnJob(task);
        var refusal = task.IsManual ? OnRefusal.Drop : OnRefusal.Keep;
        journal.Add(new TaskInsert(task.ToRow()), refusal, (change, error) => OnRefusedKept(task, (TaskInsert)change, error));
    }

    /// <summary>Gives the task to a worker, or to none, and calls back when that is durable: it may be sent then.</summary>
    public void Assign(TaskRun task, WorkerState? worker, Action<TaskRun> recorded)
    {
        if (worker is not null && worker != task.Worker)
        {
            task.FirstAttemptHere = task.Attempt;
            task.IsInDoubt = false;
        }
        tasks.Move(task, worker);
        deadlines.Cancel(task, TimerKind.Retry);
        task.State = TaskState.Starting;
        task.IsDurable = false;
        task.UpdatedMs = clock.WallMs;
        int attempt = task.Attempt;
        journal.Add(new RunUpdate(task), OnRefusal.Keep, (_, _) =>
        {
            if (task.HasEnded || task.Worker != worker || task.Attempt != attempt)
                return;
            task.IsDurable = true;
            recorded(task);
        });
    }

    /// <summary>The worker has taken it: reports follow, and their absence for too long means that it is lost.</summary>
    public void OnAccepted(TaskRun task, TimeSpan lostAfter)
    {
        deadlines.Set(task, TimerKind.Lost, lostAfter);
        OnStarted(task, process: null);
    }

    /// <summary>The worker has taken it, or its process runs.</summary>
    public void OnStarted(TaskRun task, string? process)
    {
        task.State = TaskState.Started;
        task.Process = process;
        task.StartedMs ??= clock.WallMs;
        Touch(task);
    }

    /// <summary>A sign of life from now on: its absence means that the task is lost.</summary>
    public void OnHeartbeat(TaskRun task, TimeSpan ttl)
    {
        task.Heartbeat = true;
        deadlines.Set(task, TimerKind.Lost, ttl);
        OnStarted(task, task.Process);
    }

    /// <summary>Journals the task as it stands.</summary>
    public void KeepAsIs(TaskRun task) => journal.Add(new RunUpdate(task));

    /// <summary>The present attempt is over, and the task is not.</summary>
    public void RecordAttempt(TaskRun task, TaskState state, string? message, TimeSpan pause)
    {
        journal.Add(new AttemptInsert(new AttemptRow(
            task.Seq, task.Attempt, state, task.Worker?.Address, task.StartedMs, clock.WallMs, message)));
        EngineLog.Retrying(logger, task.Id, task.Job.Job.Name, task.Attempt, (int)state, message, pause.TotalSeconds);
    }

    /// <summary>Another attempt follows after a pause.</summary>
    public void NextAttempt(TaskRun task, string? message, TimeSpan pause)
    {
        task.Attempt++;
        task.IsSending = false;
        task.State = TaskState.Starting;
        task.StartedMs = null;
        task.Process = null;
        task.Heartbeat = false;
        task.Message = message;
        deadlines.Cancel(task, TimerKind.Lost);
        deadlines.Set(task, TimerKind.Retry, pause);
        Touch(task);
    }

    /// <param name="skip">Why it did not run, where the state alone does not say so.</param>
    public void End(TaskRun task, TaskState state, string? message, string? output = null, SkipReason? skip = null)
    {
        if (task.HasEnded)
            return;
        task.State = state;
        task.SayAtEnd(message, output);
        task.EndedMs = task.UpdatedMs = clock.WallMs;
        task.StartedMs ??= state == TaskState.Finished ? task.FireMs : null;
        deadlines.CancelAll(task);
        tasks.Remove(task);
        ShowEndOnJob(task);
        endings.OnEnded(task, skip ?? SkipReasons.Of(state));
        // A worker knows a task that it has had; of a local command nobody knows but the record, and a crash before it may run it again.
        if (task.IsLocal)
            journal.Add(new RunEnd(task));
        else
            journal.AddUnhurried(new RunEnd(task));
        alerting.OnEnded(task);
        Ended?.Invoke(task);
    }

    /// <summary>What came of a start's record.</summary>
    public void OnStartKept(TaskRun task, TaskInsert insert, Action<TaskRun> recorded, Exception? error)
    {
        if (error is not null || insert.Duplicate)
        {
            Forget(task, WhyNotKept(insert, error));
            return;
        }
        task.IsDurable = true;
        ShowOnJob(task);
        if (IsTooLate(task))
            End(task, TaskState.Ignored, StoreTooLate, skip: SkipReason.Misfire);
        else if (!Tell(task))
            End(task, TaskState.Ignored, CallerGaveUp, skip: SkipReason.CallerGone);
        if (!task.HasEnded)
            recorded(task);
    }

    private void OnRefusedKept(TaskRun task, TaskInsert insert, Exception? error)
    {
        if (error is not null || insert.Duplicate)
            endings.OnNotRecorded(task, WhyNotKept(insert, error));
        else
        {
            endings.OnEnded(task, task.State == TaskState.Ignored ? SkipReason.Overlap : SkipReasons.Of(task.State));
            alerting.OnEnded(task);
        }
        if (error is null)
            task.Caller?.Tell(new TriggerResult(CommandResult.Refused, task.Id));
        else
            task.Caller?.TellUnavailable();
    }

    private bool IsTooLate(TaskRun task)
    {
        if (task.IsManual || task.Job.Recover == RecoverPolicy.Retry)
            return false;
        long lateMs = clock.WallMs - Math.Max(task.ScheduledMs, task.FireMs);
        return lateMs > jobs.Published.Catalog.Server.MisfireThresholdMs;
    }

    /// <summary>False: a caller by hand has given up waiting.</summary>
    private static bool Tell(TaskRun task)
    {
        if (task.Caller is not { } caller)
            return true;
        task.Job.Publish(); // what he asks next must show the task
        return caller.Tell(new TriggerResult(CommandResult.Done, task.Id));
    }

    private static SkipReason WhyNotKept(TaskInsert insert, Exception? error) =>
        insert.Duplicate ? SkipReason.Duplicate : error is OperationCanceledException ? SkipReason.CallerGone : SkipReason.StoreRefused;

    /// <summary>Nothing was recorded, so nothing was sent: the task never was.</summary>
    private void Forget(TaskRun task, SkipReason reason)
    {
        endings.OnNotRecorded(task, reason);
        deadlines.CancelAll(task);
        tasks.Remove(task);
        task.EndedMs = clock.WallMs;
        task.Shards?.OnForgotten();
        task.Caller?.TellUnavailable();
        jobs.OnShown(task.Job);
        Ended?.Invoke(task);
    }

    /// <param name="task">From its fire on it has <c>timeout</c> and <c>killAfter</c>, over all its attempts.</param>
    /// <param name="elapsed">What has passed of them: a restart of the daemon gives no more time.</param>
    public void WatchDeadlines(TaskRun task, TimeSpan elapsed)
    {
        var job = task.Job.Job;
        if (job.KillAfter > TimeSpan.Zero)
            deadlines.Set(task, TimerKind.Kill, job.KillAfter - elapsed);
        if (job.Timeout > TimeSpan.Zero)
            deadlines.Set(task, TimerKind.Timeout, job.Timeout - elapsed);
    }

    private void Touch(TaskRun task)
    {
        task.UpdatedMs = clock.WallMs;
        ShowOnJob(task);
        journal.Add(new RunUpdate(task));
    }

    /// <summary>The newest fire is what the job shows: one task, or all the shards of a broadcast.</summary>
    public void ShowOnJob(TaskRun task)
    {
        var job = task.Job;
        if (task.State == TaskState.Started)
            task.Shards?.OnStarted();
        if (task.FireSeq < job.LastTaskSeq)
            return;
        job.LastTaskSeq = task.FireSeq;
        job.LastState = task.Shards?.State ?? task.State;
        job.LastRunMs = task.FireMs;
        job.LastUpdateMs = task.UpdatedMs;
        jobs.OnShown(job);
    }

    private void ShowEndOnJob(TaskRun task)
    {
        var job = task.Job;
        bool isFailure = task.State.IsFailure() && task.KilledBy is null;
        bool isFirst = task.Shards?.OnEnded(task.State, isFailure) ?? isFailure;
        if (isFirst)
            job.FailuresInRow++; // at the first bad shard of a fire: who is to be told need not wait for the last
        else if (task.Shards is { State: TaskState.Finished } || (task.Shards is null && task.State == TaskState.Finished))
            job.FailuresInRow = 0;
        ShowOnJob(task);
        jobs.OnRan(job);
    }
}
