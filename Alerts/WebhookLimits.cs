using Qschedd.Engine.Model;

namespace Qschedd.Alerts;

/// <summary>Bounds of <see cref="Webhooks"/>; the defaults are the daemon's.</summary>
internal sealed record WebhookLimits
{
    /// <summary>
    /// Alerts that may wait for one webhook, so that one that is down does not take the place of others, and for all. An app of a
    /// thousand jobs may fail as a whole, and be well again, while its webhook is down; a chat service takes no more in an hour.
    /// </summary>
    public int PerWebhookMax { get; init; } = 2_000;
    public int WaitingMax { get; init; } = 10_000;

    /// <summary>Requests under way at once; to one webhook it is never more than one.</summary>
    public int SendsMax { get; init; } = 64;

    /// <summary>For a whole request, connecting included.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause before the second try; each further one is twice as long, up to the longest.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>An alert older than this is no news any more.</summary>
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(1);

    /// <summary>What waits when the daemon stops gets so long.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The pause after a delivery. Chat services take so many messages a minute (DingTalk and WeCom 20, Feishu 100, Slack 60) and
    /// shut out for minutes who sends more.
    /// </summary>
    public static TimeSpan PaceOf(AlertFormat format) => format switch
    {
        AlertFormat.DingTalk or AlertFormat.WeCom => TimeSpan.FromSeconds(3),
        AlertFormat.Feishu or AlertFormat.Slack => TimeSpan.FromSeconds(1),
        _ => TimeSpan.Zero,
    };
}
