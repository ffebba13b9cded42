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
            case TaskState.Finished:
                life.End(task, TaskState.Finished, report.Message, report.Output);
                break;
            case TaskState.QueueFull when task.KilledBy is null:
                task.SomeWorkerWasFull = true;
                dispatcher.Reroute(task, report.Message ?? "its queue is full");
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
        || (task.Worker is null && report.State != TaskState.Finished);

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
        EngineLog.Silent(logger, task.Id, task.Job.Job.Name, silence.TotalSeconds);
        dispatcher.OnAttemptFailed(task, TaskState.Unknown, $"no report for {silence.TotalSeconds:0} s: lost with its worker, or its reports were");
    }
}
