using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// What operators know of a job that is not well. While a kind is open, more of the same is counted and not told again.
/// A job has one of these from its first trouble until its recovery. Owner: the loop.
/// </summary>
/// <param name="sinceMs">The first trouble; null: before this process.</param>
internal sealed class OpenAlerts(long? sinceMs)
{
    private const AlertKinds BadEnds = AlertKinds.Failed | AlertKinds.Threshold | AlertKinds.NoWorker;

    private long _lastFailed;
    private long _lastLate;

    public AlertKinds Kinds { get; private set; }
    public int Failures { get; private set; }
    public int Timeouts { get; private set; }
    public long? SinceMs { get; } = sinceMs;

    /// <summary>
    /// What the last process had told, as far as the job's row shows it. Null: nothing; or the job's definition is another one now,
    /// and whoever is to be told may be too.
    /// </summary>
    public static OpenAlerts? Restore(Job job, JobRow row)
    {
        if (row.FailuresInRow == 0 || job.Alerts.IsEmpty || row.DefinitionHash != job.DefinitionHash)
            return null;
        return new OpenAlerts(sinceMs: null)
        {
            Kinds = KindsOf(row.LastState, row.FailuresInRow, job.ConsecutiveFailTimesAlertThreshold),
            Failures = row.FailuresInRow,
        };
    }

    /// <summary>All that a bad end is. Pure.</summary>
    public static AlertKinds KindsOf(TaskState state, int failuresInRow, int threshold) =>
        AlertKinds.Failed
        | (state == TaskState.NoWorker ? AlertKinds.NoWorker : AlertKinds.None)
        | (failuresInRow >= threshold ? AlertKinds.Threshold : AlertKinds.None);

    /// <param name="fire">Number of the fire, ever growing: the tasks of a broadcast share one.</param>
    /// <param name="kinds">What it is.</param>
    /// <returns>What of it was not open before.</returns>
    public AlertKinds OnFailed(long fire, AlertKinds kinds)
    {
        Failures++;
        _lastFailed = Math.Max(_lastFailed, fire);
        return Open(kinds);
    }

    /// <inheritdoc cref="OnFailed"/>
    public AlertKinds OnLate(long fire)
    {
        Timeouts++;
        _lastLate = Math.Max(_lastLate, fire);
        return Open(AlertKinds.Timeout);
    }

    public AlertKinds Open(AlertKinds kinds)
    {
        var fresh = kinds & ~Kinds;
        Kinds |= kinds;
        return fresh;
    }

    public void Close(AlertKinds kinds)
    {
        Kinds &= ~kinds;
        if ((kinds & BadEnds) != 0)
            Failures = 0;
        if (kinds.HasFlag(AlertKinds.Timeout))
            Timeouts = 0;
    }

    /// <summary>
    /// What a good end closes: it speaks for its own fire and those before it, so of a broadcast no good end closes what a bad one
    /// of the same fire opened, nor does a task that ran too long close its own timeout.
    /// </summary>
    public AlertKinds ClosedBy(long fire) => Kinds
        & ((fire > _lastFailed ? BadEnds : AlertKinds.None) | (fire > _lastLate ? AlertKinds.Timeout : AlertKinds.None));
}
