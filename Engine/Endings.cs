using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>Counts how tasks end, and tells each end in exactly one line. Owner: the loop.</summary>
internal sealed class Endings(JobTable jobs, LoopClock clock, Counters counters, ILogger logger)
{
    /// <summary>An end is counted, and told in one line.</summary>
    public void OnEnded(TaskRun task, SkipReason? skip)
    {
        counters.OnEnd(task.State);
        if (jobs.Published.Catalog.Server.Metrics.PerJob)
            task.Job.CountEnd(task.State);
        string message = string.IsNullOrEmpty(task.Message) ? "no message" : task.Message;
        long durationMs = task.EndedMs!.Value - task.FireMs;
        if (skip is { } reason)
            counters.Skips.Note(task.Job, reason, message, clock.WallMs);
        else
            counters.Durations.Observe(durationMs);
        // The text of an id is made for whom it is shown.
        if (LevelOf(task) is var level && logger.IsEnabled(level))
            Tell(task, level, skip, durationMs, message);
    }

    private void Tell(TaskRun task, LogLevel level, SkipReason? skip, long durationMs, string message)
    {
        string worker = task.Worker?.Address ?? "-";
        if (skip is { } reason)
            EngineLog.DidNotRun(logger, level, task.Id, task.Job.Job.Name, reason.Word(), (int)task.State, worker, durationMs, message);
        else
            EngineLog.Ended(logger, level, task.Id, task.Job.Job.Name, (int)task.State, worker, durationMs, message);
    }

    /// <summary>The task never was: it is on record under another number, the store refused it, or nobody wanted it any more.</summary>
    public void OnNotRecorded(TaskRun task, SkipReason reason)
    {
        if (reason == SkipReason.Duplicate)
            counters.Duplicates++;
        string message = reason switch
        {
            SkipReason.Duplicate => "it is on record already, and runs once",
            SkipReason.CallerGone => TaskLife.CallerGaveUp,
            _ => "the store did not keep it, and its caller was told",
        };
        counters.Skips.Note(task.Job, reason, message, clock.WallMs);
        EngineLog.NotRecorded(logger, task.Job.Job.Name, task.ScheduledMs, reason.Word(), message);
    }

    /// <summary>What somebody asked for, or the job's own rules left out, is no error.</summary>
    private static LogLevel LevelOf(TaskRun task) =>
        task.State == TaskState.Finished ? LogLevel.Information
        : task.State.IsFailure() && task.KilledBy is null ? LogLevel.Error
        : LogLevel.Warning;
}
