using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;

namespace Qschedd.Engine.Model;

/// <summary>Everything that the YAML says, validated. Immutable: a reload makes another and swaps them.</summary>
internal sealed record Catalog(ServerSettings Server, ImmutableArray<App> Apps, ByName<Job> Jobs);

/// <summary>The <c>server</c> section. Durations are spans; secrets are <see cref="Secret"/>.</summary>
internal sealed record ServerSettings
{
    private readonly string _advertise = "";

    /// <summary>Where to listen: <c>http://host:port</c>, <c>https://host:port</c> or <c>unix:/path</c>.</summary>
    public required ImmutableArray<string> Listen { get; init; }
    /// <summary>Absolute path of the database file.</summary>
    public required string Database { get; init; }
    /// <summary>IANA id: the zone of task ids and of jobs that name none.</summary>
    public required string TimeZone { get; init; }
    /// <summary><c>dev</c> shows job names with the suffix <c>_dev</c>; else null or another word without effect.</summary>
    public string? Environment { get; init; }
    public Secret? AdminToken { get; init; }
    /// <summary>Base URL at which workers reach this daemon, with a trailing slash.</summary>
    public required string Advertise
    {
        get => _advertise;
        init => (_advertise, Callback) = (value, value + "api/tasks/state.do");
    }
    /// <summary>Where workers report.</summary>
    public string Callback { get; private init; } = "";
    public required TimeSpan MisfireThreshold { get; init; }
    public long MisfireThresholdMs => MisfireThreshold.Ticks / TimeSpan.TicksPerMillisecond;
    public required TimeSpan WorkerTtl { get; init; }
    public required TimeSpan AnswerTimeout { get; init; }
    public required TimeSpan LostAfter { get; init; }
    public required HistorySettings History { get; init; }
    public MetricsSettings Metrics { get; init; } = new(PerJob: false);
    public TlsSettings? Tls { get; init; }
    /// <summary>Where workers may be.</summary>
    public WorkerNetworks WorkerNetworks { get; init; } = WorkerNetworks.Private;
    /// <summary>Keys that the file gives; the others' values follow from the host. Null: all.</summary>
    public IReadOnlySet<string>? Given { get; init; }
    /// <summary>Of the file: what relative paths in it start from.</summary>
    public string? BaseDirectory { get; init; }
    /// <summary>Keys whose values came from <c>${...}</c>: they may be secrets.</summary>
    public IReadOnlySet<string>? Hidden { get; init; }

    public bool IsDev => Environment == "dev";
}

/// <summary>How long ended tasks stay: both bounds hold; a job's newest task always stays.</summary>
internal sealed record HistorySettings(TimeSpan KeepFor, int KeepPerJob);

/// <summary>PerJob: series of each job, beside those of all together.</summary>
internal sealed record MetricsSettings(bool PerJob);

internal sealed record TlsSettings(string Certificate, string Key);

/// <summary>An app: a token, a set of workers, and jobs.</summary>
internal sealed record App
{
    public required string Name { get; init; }
    public required int Id { get; init; }
    public string? Code { get; init; }
    public required Secret Token { get; init; }
    public required ImmutableArray<Worker> Workers { get; init; }
    /// <summary>Path of the run endpoint, with a leading slash; kill is its sibling (<c>/qschedule/kill</c>).</summary>
    public required string WorkerPath { get; init; }
    public required WorkerProtocol Protocol { get; init; }
    /// <summary>Which dialect of XXL-JOB its executors speak.</summary>
    public XxlGeneration ProtocolVersion { get; init; }
    /// <summary>Keys whose values came from <c>${...}</c>: they may be secrets.</summary>
    public IReadOnlySet<string>? Hidden { get; init; }
}

/// <summary>
/// A worker as written in the YAML or as registered. Address is <c>host:port</c> (IPv6 in brackets), or the base URL of an
/// XXL-JOB executor: see <see cref="PlainAddress"/>.
/// </summary>
internal sealed record Worker(string Address, string Hostname)
{
    private const string Http = "http://";

    /// <summary>The address without scheme, port, path and brackets.</summary>
    public string Host => HostOf(Address);

    public static string HostOf(string address)
    {
        string authority = AuthorityOf(address);
        int colon = authority.LastIndexOf(':');
        string host = colon > authority.LastIndexOf(']') ? authority[..colon] : authority;
        return host is ['[', .., ']'] ? host[1..^1] : host;
    }

    /// <summary>
    /// One form for one worker, however it is written: <c>host:port</c> where nothing follows the port, else the URL of an executor
    /// without a slash at its end; IPv6 in its shortest form, the port without zeros before it.
    /// </summary>
    public static string PlainAddress(string address)
    {
        string trimmed = address.TrimEnd('/');
        bool isUrl = trimmed.Contains("://", StringComparison.Ordinal);
        if (!isUrl && !trimmed.Contains('/'))
            return PlainAuthority(trimmed);
        string url = isUrl ? trimmed : Http + trimmed;
        string authority = AuthorityOf(url), plain = PlainAuthority(authority);
        int at = url.IndexOf("://", StringComparison.Ordinal) + "://".Length;
        if (url.Length > at + authority.Length || !url.StartsWith(Http, StringComparison.OrdinalIgnoreCase))
            return string.Concat(url.AsSpan(0, at), plain, url.AsSpan(at + authority.Length));
        return plain.LastIndexOf(':') > plain.LastIndexOf(']') ? plain : plain + ":80";
    }

    private static string PlainAuthority(string authority)
    {
        int colon = authority.LastIndexOf(':');
        bool hasPort = colon > authority.LastIndexOf(']');
        string host = hasPort ? authority[..colon] : authority;
        string port = hasPort ? ":" + authority[(colon + 1)..].TrimStart('0') : "";
        if (host is not ['[', .., ']'] || !IPAddress.TryParse(host[1..^1], out var ip))
            return host + port;
        return (ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4().ToString() : $"[{ip}]") + port;
    }

    private static string AuthorityOf(string address)
    {
        int scheme = address.IndexOf("://", StringComparison.Ordinal);
        string rest = scheme < 0 ? address : address[(scheme + 3)..];
        int slash = rest.IndexOf('/');
        return slash < 0 ? rest : rest[..slash];
    }
}

/// <summary>One cron expression of a job, with its own parameter and the zone in force.</summary>
/// <param name="Key">
/// Stands for the trigger in the store's unique key: a positive 63-bit hash of expression, zone and ordinal among equals,
/// so that it survives reordering, restarts and changes of the parameter.
/// </param>
/// <param name="Cron">The expression, as written.</param>
/// <param name="TimeZone">IANA id.</param>
/// <param name="Param">JSON text of the trigger's own parameter, as it may be shown, or null: the job's.</param>
internal sealed record Trigger(long Key, string Cron, string TimeZone, string? Param)
{
    private object? _made;

    // What was made of another's cron is not this one's.
    private Trigger(Trigger other) => (Key, Cron, TimeZone, Param) = (other.Key, other.Cron, other.TimeZone, other.Param);

    /// <summary>What a layer above makes of the cron in its zone; it is remembered here, and no part of what the trigger says. Any thread.</summary>
    /// <param name="make">Called where nobody has <see cref="Keep">kept</see> it before.</param>
    public T Made<T>(Func<Trigger, T> make) where T : class => (T)(_made ??= make(this));

    /// <summary>Who has made it already need not make it again.</summary>
    public Trigger Keep(object? made)
    {
        _made = made;
        return this;
    }

    public bool Equals(Trigger? other) =>
        other is not null && (Key, Cron, TimeZone, Param) == (other.Key, other.Cron, other.TimeZone, other.Param);

    public override int GetHashCode() => Key.GetHashCode();
}

/// <summary>A command on the daemon's host: never a shell line. Env holds what is added to the daemon's environment.</summary>
internal sealed record LocalCommand(ImmutableArray<string> Arguments, ImmutableArray<KeyValuePair<string, string>> Env, string? WorkingDirectory);

internal sealed record Job
{
    private readonly WorkerProtocol? _protocol;
    private readonly string? _handler;
    private long _definitionHash;
    private long _definitionPrint;

    public required App App { get; init; }
    public required string Name { get; init; }
    /// <summary>The job's own, else its app's.</summary>
    public WorkerProtocol Protocol { get => _protocol ?? App.Protocol; init => _protocol = value; }
    /// <summary>What an XXL-JOB executor knows the job by: its own handler, else the job's name.</summary>
    public string Handler { get => _handler ?? Name; init => _handler = value; }
    public string? Desc { get; init; }
    /// <summary>Empty: only started by hand.</summary>
    public required ImmutableArray<Trigger> Triggers { get; init; }
    /// <summary>The YAML said <c>crons:</c>, a list, rather than <c>cron:</c>.</summary>
    public bool HasCronList { get; init; }
    /// <summary>JSON text of the job's parameter as it may be shown, kept and told: <c>${...}</c> stands there as written. Or null.</summary>
    public string? Parameter { get; init; }
    /// <summary>Parameters of the job and its triggers that hold <c>${...}</c>, each with what it stands for put in. Null: there are none.</summary>
    public FrozenDictionary<string, string>? Secrets { get; init; }
    public required JobType Type { get; init; }
    public LocalCommand? Command { get; init; }
    public required RecoverPolicy Recover { get; init; }
    public required LoadBalance LoadBalance { get; init; }
    public required OverlapPolicy Overlap { get; init; }
    /// <summary>Zero: none. Past it an alert, the task goes on.</summary>
    public required TimeSpan Timeout { get; init; }
    /// <summary>Zero: none. Past it the task is killed.</summary>
    public required TimeSpan KillAfter { get; init; }
    public required RetryPolicy Retry { get; init; }
    public required int ConsecutiveFailTimesAlertThreshold { get; init; }
    /// <summary>The job's own rules, else its app's.</summary>
    public ImmutableArray<AlertRule> Alerts { get; init; } = [];
    /// <summary>What the YAML says of on and off; an override through the API may differ.</summary>
    public required bool State { get; init; }
    /// <summary>The job's own workers, else its app's. Empty for a local job.</summary>
    public required ImmutableArray<Worker> Workers { get; init; }
    /// <summary>
    /// Hash of everything the YAML says of this job, secrets left out: a change of it moves updatedAt.
    /// </summary>
    public required long DefinitionHash { get => _definitionHash; init => _definitionHash = value; }
    /// <summary>Of the text that is kept of the definition; moves with a secret too. 0: none is kept.</summary>
    public long DefinitionPrint { get => _definitionPrint; init => _definitionPrint = value; }
    /// <summary>Keys whose values came from <c>${...}</c>, the job's own or its app's: they may be secrets.</summary>
    public IReadOnlySet<string>? Hidden { get; init; }

    /// <summary>
    /// Gives it the hashes of what it says. Once, by its builder, before anybody else has it: of a million jobs no second copy is made.
    /// </summary>
    public void Settle(long definitionHash, long definitionPrint) =>
        (_definitionHash, _definitionPrint) = (definitionHash, definitionPrint);

    /// <summary>
    /// What a worker gets for a parameter. Nothing is put into a text of a caller's own: he could have a worker show the secret in a
    /// place that was not made for it.
    /// </summary>
    public string? Sent(string? parameter) =>
        parameter is not null && Secrets is not null && Secrets.TryGetValue(parameter, out string? sent) ? sent : parameter;
}
