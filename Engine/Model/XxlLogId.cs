namespace Qschedd.Engine.Model;

/// <summary>
/// The number that an executor of XXL-JOB knows one run by: the task's, and three digits that tell its attempts apart. A callback
/// that is repeated later is so never taken for the end of the next attempt, and a run that is sent again, its fate unknown, is known
/// as the same.
/// </summary>
/// <param name="TaskSeq">The task's number.</param>
/// <param name="FirstAttempt">From 1: the first attempt at the executor that the number stands for.</param>
internal readonly record struct XxlLogId(long TaskSeq, int FirstAttempt)
{
    /// <summary>As many as the configuration allows; the few more that may end unknown share the last number.</summary>
    private const int AttemptsMax = 1000;

    public long Value => (TaskSeq * AttemptsMax) + Math.Min(FirstAttempt, AttemptsMax) - 1;

    public static XxlLogId Of(long value) => new(value / AttemptsMax, (int)(value % AttemptsMax) + 1);
}
