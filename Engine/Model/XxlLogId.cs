namespace Qschedd.Engine.Model;

/// <summary>
/// The number that an executor of XXL-JOB knows one run by: the task's, and three digits that count its attempts which have ended
/// (the configuration allows 1000). A callback that is repeated later is so never taken for the end of the next attempt, and a run
/// that is sent again, its fate unknown, is known as the same.
/// </summary>
internal readonly record struct XxlLogId(long TaskSeq, int AttemptsEnded)
{
    private const int AttemptsMax = 1000;

    public long Value => (TaskSeq * AttemptsMax) + AttemptsEnded;

    public static XxlLogId Of(long value) => new(value / AttemptsMax, (int)(value % AttemptsMax));
}
