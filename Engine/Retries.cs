using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>When a task whose attempt ended badly is tried again. Pure.</summary>
internal static class Retries
{
    /// <summary>How often an attempt whose end is not known is followed by another, under <c>recover: retry</c>.</summary>
    private const int UnknownMax = 5;

    private static readonly TimeSpan FirstUnknownPause = TimeSpan.FromSeconds(1);

    /// <summary>The pause before the next attempt, or null: there is none.</summary>
    /// <param name="job">The job, with its policies.</param>
    /// <param name="attempt">The number of the attempt that ended, from 1.</param>
    /// <param name="unknowns">How many of the attempts before ended unknown: they do not count towards <c>retry.attempts</c>.</param>
    /// <param name="state">How it ended.</param>
    public static TimeSpan? PauseAfter(Job job, int attempt, int unknowns, TaskState state) => state switch
    {
        TaskState.Unknown when job.Recover == RecoverPolicy.Retry && unknowns < UnknownMax => FirstUnknownPause * (1 << unknowns),
        TaskState.Failed or TaskState.NoWorker or TaskState.QueueFull when attempt - unknowns < job.Retry.AttemptsMax =>
            Pause(job.Retry, attempt - unknowns),
        _ => null,
    };

    private static TimeSpan Pause(RetryPolicy retry, int failures)
    {
        if (retry.Delay == TimeSpan.Zero)
            return TimeSpan.Zero; // times a backoff that may be infinite by now
        double seconds = retry.Delay.TotalSeconds * Math.Pow(retry.Backoff, failures - 1);
        return TimeSpan.FromSeconds(Math.Min(seconds, retry.MaxDelay.TotalSeconds));
    }
}
