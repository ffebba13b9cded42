using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>What a worker is told of a task, as it stands at this instant.</summary>
internal static class TaskRequests
{
    public static RunRequest Run(TaskRun task, WorkerState worker, ServerSettings server)
    {
        var job = task.Job.Job;
        return new RunRequest
        {
            TaskId = task.Id,
            TaskSeq = task.Seq,
            Job = job,
            JobId = task.Job.Id,
            Worker = worker.Address,
            Attempt = task.Attempt,
            AttemptsEnded = task.AttemptsEnded,
            IsResend = task.IsResend,
            ScheduledMs = task.ScheduledMs,
            FireMs = task.FireMs,
            DeadlineMs = job.KillAfter > TimeSpan.Zero ? task.FireMs + (long)job.KillAfter.TotalMilliseconds : null,
            Parameter = task.Parameter,
            ShardIndex = task.ShardIndex,
            ShardTotal = task.ShardTotal,
            AnswerTimeout = server.AnswerTimeout,
            Callback = server.Advertise + "api/tasks/state.do",
        };
    }

    public static KillRequest Kill(TaskRun task) => new(task.Id, task.Job.Job, task.Worker!.Address, task.Job.Id);
}
