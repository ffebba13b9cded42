using System.Collections.Immutable;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Tests.Engine;

namespace Qschedd.Tests.Alerts;

/// <summary>Events as the engine raises them.</summary>
internal static class AlertSamples
{
    public const AlertKinds All = AlertKinds.Default | AlertKinds.Failed;

    public const long AtMs = EngineWorld.StartMs + 3_661_000; // 2026-01-01 01:01:01 UTC

    public static Job Job(params ImmutableArray<AlertRule> rules) => Qschedd.Tests.Engine.Samples.Job() with
    {
        Alerts = rules,
        ConsecutiveFailTimesAlertThreshold = 3,
    };

    public static AlertRule Rule(int port, AlertFormat format = AlertFormat.Json, AlertKinds kinds = All, string path = "/hook") =>
        new(new WebhookUrl(new Uri($"http://127.0.0.1:{port}{path}")), kinds, format);

    public static TaskRow Task(TaskState state = TaskState.Failed, string? message = "disk full") => new()
    {
        Seq = 17,
        Id = "260101.090000.10.0.0.5.42.17",
        JobId = 7,
        Job = "demo.job",
        App = "demo",
        TriggerKey = 11,
        ScheduledMs = EngineWorld.StartMs + 3_600_000,
        FireMs = EngineWorld.StartMs + 3_600_012,
        UpdatedMs = AtMs,
        State = state,
        Attempt = 2,
        Worker = "10.1.0.1:20010",
        Message = message,
    };

    public static AlertEvent Failed(Job job, string id = "260101.090000.10.0.0.5.42.17") => new()
    {
        Id = id,
        Job = job,
        Server = Qschedd.Tests.Engine.Samples.Server(),
        Kinds = AlertKinds.Failed,
        AtMs = AtMs,
        UtcOffset = TimeSpan.FromHours(8),
        Task = Task(),
        FailuresInRow = 1,
        Failures = 1,
        SinceMs = AtMs,
    };

    public static AlertEvent Of(AlertKinds kind, Job job) => kind switch
    {
        AlertKinds.Threshold => Failed(job) with { Kinds = kind | AlertKinds.Failed, FailuresInRow = 3, Failures = 3 },
        AlertKinds.NoWorker => Failed(job) with
        {
            Kinds = kind | AlertKinds.Failed,
            Task = Task(TaskState.NoWorker, "no worker is online") with { Worker = null, Attempt = 1 },
        },
        AlertKinds.Timeout => Failed(job) with
        {
            Kinds = kind,
            Task = Task(TaskState.Started, message: null),
            Limit = TimeSpan.FromMinutes(30),
            FailuresInRow = 0,
            Failures = 0,
            Timeouts = 1,
        },
        AlertKinds.Misfire => Failed(job) with
        {
            Id = "7.1767229200000",
            Kinds = kind,
            Task = null,
            Missed = 1000,
            MissedMore = true,
            MissedMs = EngineWorld.StartMs + 3_600_000,
            FailuresInRow = 0,
            Failures = 0,
        },
        AlertKinds.Recovered => Failed(job) with
        {
            Kinds = kind,
            Closes = AlertKinds.Failed | AlertKinds.Threshold | AlertKinds.Timeout,
            Task = Task(TaskState.Finished, "ok") with { Attempt = 1 },
            FailuresInRow = 0,
            Failures = 5,
            Timeouts = 2,
            SinceMs = EngineWorld.StartMs,
        },
        _ => Failed(job),
    };
}
