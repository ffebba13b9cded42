namespace Qschedd.Engine.Model;

/// <summary>Where a job runs: on remote workers over HTTP, or as a command on the daemon's own host.</summary>
internal enum JobType : byte
{
    Remote,
    Local,
}

/// <summary>What becomes of a run that was missed, or that was lost with its worker.</summary>
internal enum RecoverPolicy : byte
{
    Discard,
    Retry,
}

/// <summary>How a worker is chosen among those of a job.</summary>
internal enum LoadBalance : byte
{
    Random,
    RoundRobin,
    LeastActive,
    ConsistentHash,
    First,
    Failover,
    Broadcast,
}

/// <summary>What a fire does while an earlier task of the job still runs.</summary>
internal enum OverlapPolicy : byte
{
    Skip,
    Allow,
    Replace,
}

/// <summary>What a worker of an app speaks.</summary>
internal enum WorkerProtocol : byte
{
    Qschedule,
    XxlJob,
}

/// <summary>The generations of XXL-JOB's wire protocol that cannot be told apart on the wire.</summary>
internal enum XxlGeneration
{
    /// <summary>2.2 to 3.4.</summary>
    UpTo34,
    /// <summary>3.5: other paths and fields, and an app name beside the token.</summary>
    From35,
}

/// <summary>
/// Tries of one task. <see cref="AttemptsMax"/> counts all of them, the first included; the pause before try n+1 is
/// Delay * Backoff^(n-1), never more than <see cref="MaxDelay"/>.
/// </summary>
internal sealed record RetryPolicy(int AttemptsMax, TimeSpan Delay, double Backoff, TimeSpan MaxDelay)
{
    public static readonly RetryPolicy None = new(1, TimeSpan.Zero, 1, TimeSpan.Zero);
}
