using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Storage;

/// <summary>Rows for tests: what a test does not care about is filled in.</summary>
internal static class Rows
{
    public const long NineMs = 1423704600000;

    public static string JobName(int id) => $"qschedule.demo.job{id}";

    public static string TaskId(long seq) => $"150212.093000.10.0.0.5.4711.{seq}";

    public static JobRow Job(int id) => new()
    {
        Id = id,
        Name = JobName(id),
        App = "qschedule.demo",
        CreatedMs = NineMs - 1000,
        UpdatedMs = NineMs - 500,
        DefinitionHash = long.MinValue + id,
        TriggerHash = long.MaxValue - id,
        EffectiveFromMs = NineMs,
    };

    public static JobRow FullJob(int id) => Job(id) with
    {
        EnabledOverride = false,
        OverriddenYamlState = true,
        OverrideBy = "admin",
        OverrideAtMs = NineMs + 1,
        LastTaskSeq = 99,
        LastState = TaskState.Unknown,
        LastRunMs = NineMs + 2,
        LastUpdateMs = NineMs + 3,
        FailuresInRow = 4,
        MisfiresDiscarded = 5_000_000_000,
    };

    /// <summary>The job's row when such a save is kept.</summary>
    public static JobRow After(JobRunSave save, JobRow row) => row with
    {
        LastTaskSeq = save.LastTaskSeq,
        LastState = save.LastState,
        LastRunMs = save.LastRunMs,
        LastUpdateMs = save.LastUpdateMs,
        FailuresInRow = save.FailuresInRow,
        MisfiresDiscarded = save.MisfiresDiscarded,
    };

    public static TaskRow Task(long seq, int job = 1, long scheduledMs = NineMs, TaskState state = TaskState.Starting) => new()
    {
        Seq = seq,
        Id = TaskId(seq),
        JobId = job,
        Job = JobName(job),
        App = "qschedule.demo",
        TriggerKey = 7,
        ScheduledMs = scheduledMs,
        FireMs = scheduledMs + 2,
        UpdatedMs = scheduledMs + 2,
        State = state,
    };

    public static TaskRow FullTask(long seq) => Task(seq) with
    {
        TriggerKey = long.MaxValue,
        ShardIndex = 2,
        ShardTotal = 3,
        StartedMs = NineMs + 3,
        EndedMs = NineMs + 4,
        UpdatedMs = NineMs + 4,
        State = TaskState.Failed,
        Attempt = 2,
        Worker = "[2001:db8::1]:20010",
        Process = "812:77",
        Heartbeat = true,
        KilledBy = "app demo from 10.0.0.9",
        Parameter = """{"city":"北京"}""",
        Message = "",
        Output = "a\0b" + new string('x', 100_000),
    };

    public static TaskRow Ended(long seq, int job = 1, long scheduledMs = NineMs) =>
        Task(seq, job, scheduledMs, TaskState.Finished) with { EndedMs = scheduledMs + 10 };

    public static TaskQuery Query(int job = 1, int limit = 100) => new(JobName(job), null, null, null, null, limit);
}
