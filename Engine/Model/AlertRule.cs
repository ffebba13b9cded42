using System.Collections.Immutable;

namespace Qschedd.Engine.Model;

/// <summary>What an alert says. A set: one end of a task may be several of these at once.</summary>
[Flags]
internal enum AlertKinds
{
    None = 0,
    /// <summary>A task ended badly, after its last attempt.</summary>
    Failed = 1,
    /// <summary>So many tasks in a row have: <c>consecutiveFailTimesAlertThreshold</c>.</summary>
    Threshold = 2,
    /// <summary>A task has run past the job's <c>timeout</c> or <c>killAfter</c>.</summary>
    Timeout = 4,
    /// <summary>All is well again after one of the others.</summary>
    Recovered = 8,
    /// <summary>Nobody was found to run a task: state -200.</summary>
    NoWorker = 16,
    /// <summary>Fires were missed by more than the misfire threshold.</summary>
    Misfire = 32,

    /// <summary>Of a rule that names none.</summary>
    Default = Threshold | Timeout | Recovered | NoWorker | Misfire,
}

/// <summary>What a webhook's receiver takes.</summary>
internal enum AlertFormat
{
    Json,
    DingTalk,
    WeCom,
    Feishu,
    Slack,
}

/// <summary>The words of the configuration and of the JSON format, each in the order of its enum.</summary>
internal static class AlertWords
{
    public static readonly ImmutableArray<string> Kinds = ["failed", "threshold", "timeout", "recovered", "noWorker", "misfire"];
    public static readonly ImmutableArray<string> Formats = ["json", "dingtalk", "wecom", "feishu", "slack"];

    public static string Of(AlertKinds kind) => Kinds[int.Log2((int)kind)];

    public static AlertKinds KindAt(int index) => (AlertKinds)(1 << index);
}

/// <summary>Which alerts of a job go where, and in what form.</summary>
/// <param name="Webhook">Who is told.</param>
/// <param name="Kinds">Of what.</param>
/// <param name="Format">What the receiver takes.</param>
/// <param name="Secret">What alerts are signed with, for DingTalk and Feishu; null: they are not.</param>
internal sealed record AlertRule(WebhookUrl Webhook, AlertKinds Kinds, AlertFormat Format, Secret? Secret = null);

/// <summary>
/// Where alerts go. Its path and query may be all the secret there is: <see cref="ToString"/> shows scheme, host and port alone.
/// </summary>
/// <param name="target">http or https, absolute, without user name.</param>
internal sealed class WebhookUrl(Uri target) : IEquatable<WebhookUrl>
{
    /// <summary>A shorter part of the URL is no secret, and may well be a word of a message.</summary>
    private const int SecretCharactersMin = 6;

    public Uri Target { get; } = target;

    /// <summary>A receiver's own words without what is secret in the URL, should it repeat it.</summary>
    public string Scrub(string text)
    {
        foreach (string part in Target.PathAndQuery.Split('/', '?', '&', '=').OrderByDescending(p => p.Length))
            if (part.Length >= SecretCharactersMin)
                text = text.Replace(part, "***", StringComparison.OrdinalIgnoreCase);
        return text;
    }

    public bool Equals(WebhookUrl? other) => other is not null && Target.AbsoluteUri == other.Target.AbsoluteUri;

    public override bool Equals(object? obj) => Equals(obj as WebhookUrl);

    public override int GetHashCode() => Target.AbsoluteUri.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => $"{Target.Scheme}://{Target.Host}{(Target.IsDefaultPort ? "" : $":{Target.Port}")}";
}
