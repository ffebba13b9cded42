using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

// What the files say, before defaults: a null, or a position that is not given, means that the key is absent.

/// <summary>One file. Directory: what relative paths in it start from.</summary>
internal sealed class FileYaml(FileErrors errors, string directory)
{
    public FileErrors Errors { get; } = errors;
    public string Directory { get; } = directory;
    /// <summary>It could not be read to its end: what is missing from it may stand there.</summary>
    public bool IsBroken { get; init; }
    public ServerYaml? Server { get; set; }
    public Position ServerAt { get; set; }
    public List<AppYaml> Apps { get; set; } = [];
}

internal sealed class ServerYaml
{
    public List<ListenUrl>? Listen { get; set; }
    public Position ListenAt { get; set; }
    public TlsYaml? Tls { get; set; }
    public string? Database { get; set; }
    public string? TimeZone { get; set; }
    public string? Environment { get; set; }
    public Secret? AdminToken { get; set; }
    public string? Advertise { get; set; }
    public TimeSpan? MisfireThreshold { get; set; }
    public TimeSpan? WorkerTtl { get; set; }
    public TimeSpan? AnswerTimeout { get; set; }
    public TimeSpan? LostAfter { get; set; }
    public HistoryYaml? History { get; set; }
    public WorkerNetworks? WorkerNetworks { get; set; }
    public MetricsYaml? Metrics { get; set; }
    /// <summary>Keys whose values came from <c>${...}</c>.</summary>
    public IReadOnlySet<string>? Hidden { get; set; }
    public IReadOnlySet<string> Given { get; set; } = new HashSet<string>();
}

internal sealed class TlsYaml
{
    public string? Certificate { get; set; }
    public string? Key { get; set; }
}

internal sealed class HistoryYaml
{
    public TimeSpan? KeepFor { get; set; }
    public int? KeepPerJob { get; set; }
}

internal sealed class MetricsYaml
{
    public bool? PerJob { get; set; }
}

internal sealed class AppYaml
{
    public Position At { get; set; }
    public string? Name { get; set; }
    public Position NameAt { get; set; }
    public int? Id { get; set; }
    public Position IdAt { get; set; }
    public string? Code { get; set; }
    public Secret? Token { get; set; }
    public Position TokenAt { get; set; }
    public ImmutableArray<Worker> Workers { get; set; } = [];
    public Position WorkersAt { get; set; }
    public string? WorkerPath { get; set; }
    public WorkerProtocol Protocol { get; set; }
    public XxlGeneration ProtocolVersion { get; set; }
    public ImmutableArray<AlertRule> Alerts { get; set; } = [];
    public JobYaml Defaults { get; set; } = new();
    /// <summary>Those that were read before what they inherit.</summary>
    public List<JobYaml> Jobs { get; } = [];
    /// <summary>Has the jobs that could be built while they were read.</summary>
    public AppBuilder? Ahead { get; set; }
    public IReadOnlySet<string>? Hidden { get; set; }
}

/// <summary>A job, or an app's defaults. Kept lean: a million of them may wait for the end of the files.</summary>
internal sealed class JobYaml
{
    public Position At { get; set; }
    public string? Name { get; set; }
    public Position NameAt { get; set; }
    public string? Desc { get; set; }
    public CronYaml? Cron { get; set; }
    public Position CronAt { get; set; }
    public List<CronYaml>? Crons { get; set; }
    public Position CronsAt { get; set; }
    public string? Parameter { get; set; }
    public JobType? Type { get; set; }
    /// <summary>There is a type, but no right one: what else belongs to it cannot be told.</summary>
    public bool IsTypeWrong { get; set; }
    public LocalYaml? Local { get; set; }
    public WorkerProtocol? Protocol { get; set; }
    public string? Handler { get; set; }
    public Position HandlerAt { get; set; }
    public string? TimeZone { get; set; }
    public RecoverPolicy? Recover { get; set; }
    public LoadBalance? LoadBalance { get; set; }
    public OverlapPolicy? Overlap { get; set; }
    public TimeSpan? Timeout { get; set; }
    public TimeSpan? KillAfter { get; set; }
    public RetryPolicy? Retry { get; set; }
    public int? ConsecutiveFailTimesAlertThreshold { get; set; }
    public bool? State { get; set; }
    public ImmutableArray<Worker> Workers { get; set; }
    public Position WorkersAt { get; set; }
    public ImmutableArray<AlertRule> Alerts { get; set; }
    /// <summary>Keys whose values came from <c>${...}</c>.</summary>
    public IReadOnlySet<string>? Hidden { get; set; }

    /// <summary>Says nothing any more: of jobs that are built as they are read, one after the other is read into the same place.</summary>
    public void Clear()
    {
        At = default;
        Name = default;
        NameAt = default;
        Desc = default;
        Cron = default;
        CronAt = default;
        Crons = default;
        CronsAt = default;
        Parameter = default;
        Type = default;
        IsTypeWrong = default;
        Local = default;
        Protocol = default;
        Handler = default;
        HandlerAt = default;
        TimeZone = default;
        Recover = default;
        LoadBalance = default;
        Overlap = default;
        Timeout = default;
        KillAfter = default;
        Retry = default;
        ConsecutiveFailTimesAlertThreshold = default;
        State = default;
        Workers = default;
        WorkersAt = default;
        Alerts = default;
        Hidden = default;
    }
}

/// <summary>What only a local job has.</summary>
internal sealed class LocalYaml
{
    public ImmutableArray<string> Command { get; set; }
    public Position CommandAt { get; set; }
    public EnvYaml? Env { get; set; }
    public string? WorkingDirectory { get; set; }
    /// <summary>The first key of these.</summary>
    public Position At { get; set; }
}

/// <param name="Variables">With ${...} resolved.</param>
/// <param name="WrittenHash">Of the text as written: what ${...} stands for may be a secret.</param>
internal sealed record EnvYaml(ImmutableArray<KeyValuePair<string, string>> Variables, long WrittenHash);

/// <summary>One item of <c>crons</c>, or a <c>cron</c>.</summary>
internal sealed class CronYaml
{
    public string? Text { get; set; }
    public Position At { get; set; }
    public string? Param { get; set; }
}

internal sealed class RetryYaml
{
    public int? Attempts { get; set; }
    public TimeSpan? Delay { get; set; }
    public double? Backoff { get; set; }
    public TimeSpan? MaxDelay { get; set; }
    public RetryPolicy? Policy { get; set; }
}

internal sealed class WorkerYaml
{
    public string? Address { get; set; }
    public string? Hostname { get; set; }
}

internal sealed class AlertYaml
{
    public WebhookUrl? Webhook { get; set; }
    public Position WebhookAt { get; set; }
    public AlertKinds? Kinds { get; set; }
    public AlertFormat Format { get; set; }
    public Secret? Secret { get; set; }
}
