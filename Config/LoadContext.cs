using Qschedd.Engine.Definitions;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>What one load shares over all its files: equal things are kept once, and looked at once.</summary>
internal sealed class LoadContext(ConfigEnvironment environment)
{
    private readonly Dictionary<Worker, Worker> _workers = [];
    private readonly Dictionary<RetryPolicy, RetryPolicy> _retries = [];
    private readonly Dictionary<AlertRule, AlertRule> _alerts = [];
    private References? _references;

    public ConfigEnvironment Environment { get; } = environment;
    public TrustCheck Trust { get; } = new(environment);
    public References References => _references ??= new(Environment.GetVariable, Trust);
    public StringPool Strings { get; } = new();
    public JsonBuffer Json { get; } = new();
    /// <summary>Parameters that hold references, as written, with what workers get for them.</summary>
    public Dictionary<string, string> Sent { get; } = new(StringComparer.Ordinal);
    public CronCheck Crons { get; } = new(environment.NowMs);
    public ZoneCheck Zones { get; } = new();
    public NetworkCheck Networks { get; } = new();
    public DefinitionText Definitions { get; } = new();
    public JobsInForce InForce { get; } = new(environment.InForce);

    /// <summary>Known once a file with a server section has been read that far.</summary>
    public ServerSettings? Server { get; set; }

    public Worker Share(Worker worker) => Share(_workers, worker);

    public RetryPolicy Share(RetryPolicy retry) => Share(_retries, retry);

    public AlertRule Share(AlertRule alert) => Share(_alerts, alert);

    private static T Share<T>(Dictionary<T, T> known, T value) where T : notnull
    {
        if (known.TryGetValue(value, out T? first))
            return first;
        known.Add(value, value);
        return value;
    }
}

/// <summary>Keeps one of equal strings. Bounded: texts that never repeat are not worth a table.</summary>
internal sealed class StringPool
{
    private const int CountMax = 65_536;

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>
    /// A copy, made by the thread that makes the jobs: it lies beside them in memory. The parser's own lies alone among what else the
    /// parser left, and to move it costs the collector as much as to move a job.
    /// </summary>
    public static string Apart(string text) => new(text.AsSpan());

    public string Share(string text)
    {
        if (_known.TryGetValue(text, out string? first))
            return first;
        if (_known.Count < CountMax)
            _known.Add(text);
        return text;
    }
}
