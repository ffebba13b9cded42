using Qschedd.Engine.Model;

namespace Qschedd.Engine.Ports;

/// <summary>Takes alerts out of the engine. Called by the loop.</summary>
internal interface IAlertSink
{
    /// <summary>Never blocks and never throws: what the sink cannot take, it counts.</summary>
    void Raise(AlertEvent alert);
}

/// <summary>Something that an operator may want to know of a job. Times are epoch milliseconds.</summary>
internal sealed record AlertEvent
{
    /// <summary>ASCII; the same for the same happening, should it be raised again after a crash.</summary>
    public required string Id { get; init; }

    /// <summary>With its rules, as they were then.</summary>
    public required Job Job { get; init; }

    public required ServerSettings Server { get; init; }

    /// <summary>All that this is and that was not open before; or <see cref="AlertKinds.Recovered"/> alone.</summary>
    public required AlertKinds Kinds { get; init; }

    /// <summary>Of a recovery: what had been open.</summary>
    public AlertKinds Closes { get; init; }

    public required long AtMs { get; init; }

    /// <summary>Of the server's zone, at that instant.</summary>
    public required TimeSpan UtcOffset { get; init; }

    /// <summary>Without parameter and output. Null of a misfire.</summary>
    public TaskRow? Task { get; init; }

    /// <summary>Of a misfire: the latest time that was missed.</summary>
    public long? MissedMs { get; init; }

    /// <summary>Of a misfire: how many times were missed, and whether there are more than were counted.</summary>
    public int Missed { get; init; }
    public bool MissedMore { get; init; }

    /// <summary>Of a misfire: one task runs now for the latest.</summary>
    public bool IsMadeUp { get; init; }

    /// <summary>Of a timeout: what the task has run past.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>Of a timeout: the task is killed for it.</summary>
    public bool IsKilled { get; init; }

    public int FailuresInRow { get; init; }

    /// <summary>Bad ends since the first of them that no recovery followed.</summary>
    public int Failures { get; init; }

    /// <summary>Tasks past their limit since the first of them that no recovery followed.</summary>
    public int Timeouts { get; init; }

    /// <summary>When the first of these was; null when an earlier daemon saw it.</summary>
    public long? SinceMs { get; init; }
}
