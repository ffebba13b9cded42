using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;

namespace Qschedd.Alerts;

/// <summary>What the webhooks say to an operator. A webhook is shown by scheme, host and port: the rest of its URL may be a secret.</summary>
internal static partial class AlertsLog
{
    [LoggerMessage(LogLevel.Warning, "alerts to {Webhook} wait: {Reason}; they are tried again, each for up to {Minutes} min")]
    public static partial void Waiting(ILogger logger, WebhookUrl webhook, string reason, double minutes);

    [LoggerMessage(LogLevel.Information, "alerts to {Webhook} are delivered again; {Count} more wait")]
    public static partial void DeliveredAgain(ILogger logger, WebhookUrl webhook, int count);

    [LoggerMessage(LogLevel.Warning, "alert {AlertId} of {Job} is not delivered to {Webhook}: {Reason}")]
    public static partial void GivenUp(ILogger logger, string alertId, string job, WebhookUrl webhook, string reason);

    [LoggerMessage(LogLevel.Warning, "alert {AlertId} of {Job} is dropped: {Count} wait for {Webhook} already, {All} for all webhooks")]
    public static partial void Dropped(ILogger logger, string alertId, string job, int count, WebhookUrl webhook, int all);

    [LoggerMessage(LogLevel.Warning, "{Count} alerts to {Webhook} were not delivered before the stop and are lost")]
    public static partial void LeftAtStop(ILogger logger, int count, WebhookUrl webhook);
}
