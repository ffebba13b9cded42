using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>Takes what workers report of running tasks, and notices what they no longer report. Owner: the loop.</summary>
internal sealed class Reports(
    TaskTable tasks, TaskLife life, Dispatcher dispatcher, Killing killing, Recovery recovery, JobTable jobs, Deadlines deadlines,
    Counters counters, Alerting alerting, ILogger logger)
{
    /// <summary>A report of a task, or of an attempt, that has ended changes nothing: it is late, or it is repeated.</summary>
    public void Take(TaskReport report)
    {
        var task = tasks.Find(report.TaskId);
        if (task is null || IsLate(task, report))
            return;
        switch (report.State)
        {
            case TaskState.Started:
                OnHeartbeat(task);
                break;
            case TaskState.Finished when !EndsAsKilled(task):
                life.End(task, TaskState.Finished, report.Message, report.Output);
                break;
            case TaskState.Ignored when task.KilledBy is null:
                life.End(task, TaskState.Ignored, report.Message);
                break;
            case TaskState.QueueFull when task.Job.Job.Protocol == WorkerProtocol.XxlJob:
                // By its number alone it cannot be told from a run that ended badly, so no other worker is tried at once.
                dispatcher.OnAttemptFailed(task, TaskState.QueueFull, report.Message);
                break;
            case TaskState.QueueFull when task.KilledBy is null:
                OnRefused(task, report.Message ?? "its queue is full");
                break;
            default:
                dispatcher.OnAttemptFailed(task, TaskState.Failed, report.Message, report.Output);
                break;
        }
    }

    public void OnExpired(TaskTimer timer)
    {
        var task = timer.Task;
        switch (timer.Kind)
        {
            case TimerKind.Lost:
                OnSilence(task);
                break;
            case TimerKind.Timeout:
                counters.TimeoutsNoted++;
                EngineLog.TimeoutPassed(
                    logger, task.Id, task.Job.Job.Name, task.Job.Job.Timeout.TotalSeconds, task.Worker?.Address ?? "-");
                alerting.OnLate(task, task.Job.Job.Timeout, isKilled: false);
                break;
            case TimerKind.Kill:
                if (task.KilledBy is null)
                    alerting.OnLate(task, task.Job.Job.KillAfter, isKilled: true);
                killing.OnDeadline(task);
                break;
            case TimerKind.Retry when task.IsOrphan:
                recovery.WatchOrphan(task);
                break;
            default:
                dispatcher.StartAttempt(task);
                break;
        }
    }

    /// <summary>
    /// A worker repeats a report until it is answered: one of an attempt that has failed must not fail the next one. Of a worker
    /// that was given up with its task in doubt, only the good news is news: nothing was sent elsewhere yet.
    /// </summary>
    private static bool IsLate(TaskRun task, TaskReport report) =>
        !task.MayBeThere
        || report.Attempt < task.FirstAttemptHere
        || (task.IsGivenBack && report is { State: TaskState.QueueFull, Attempt: null })
        || (task.Worker is null && report.State != TaskState.Finished);

    /// <summary>
    /// The worker gives the task back. The next hand-over is another attempt, so that a repetition of this report, which names
    /// the attempt before or none, is known for what it is.
    /// </summary>
    private void OnRefused(TaskRun task, string message)
    {
        life.RecordAttempt(task, TaskState.QueueFull, message, TimeSpan.Zero);
        task.SomeWorkerWasFull = true;
        task.IsGivenBack = true;
        task.Attempt++;
        task.Resends++; // no failure of the job: it does not count towards retry.attempts
        dispatcher.Reroute(task, message, isGone: true);
    }

    /// <summary>Executors of XXL-JOB report runs that they were told to kill as ended well: their word on such a run counts for nothing.</summary>
    private static bool EndsAsKilled(TaskRun task) => task.KilledBy is not null && task.Job.Job.Protocol == WorkerProtocol.XxlJob;

    private void OnHeartbeat(TaskRun task)
    {
        if (!task.IsOrphan)
            deadlines.Cancel(task, TimerKind.Retry); // it was in doubt, and runs
        life.OnHeartbeat(task, jobs.Published.Catalog.Server.WorkerTtl);
    }

    private void OnSilence(TaskRun task)
    {
        var server = jobs.Published.Catalog.Server;
        var silence = task.Heartbeat ? server.WorkerTtl : task.State == TaskState.Started ? server.LostAfter : server.AnswerTimeout;
        dispatcher.OnAttemptFailed(task, TaskState.Unknown, $"no report for {silence.TotalSeconds:0} s: lost with its worker, or its reports were");
    }
}
