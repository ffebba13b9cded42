using System.Globalization;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Engine.Definitions;

/// <summary>
/// A job's definition in force as one JSON object, under the names of its keys, defaults applied. What the job does not say and
/// what its app says for it (workers) is left out, so that a text is short.
/// </summary>
internal static class JobDefinition
{
    public static void Write(Utf8JsonWriter json, Job job)
    {
        var keys = new KeyWriter(json, job.Hidden);
        json.WriteStartObject();
        keys.Text("app", job.App.Name);
        WriteAlerts(json, keys, job);
        WriteCommand(keys, job.Command);
        if (job.ConsecutiveFailTimesAlertThreshold != 1)
            keys.Number("consecutiveFailTimesAlertThreshold", job.ConsecutiveFailTimesAlertThreshold);
        WriteTriggers(json, keys, job);
        keys.Text("desc", job.Desc);
        if (job.Protocol == WorkerProtocol.XxlJob && job.Handler != job.Name)
            keys.Text("handler", job.Handler);
        WritePolicies(keys, job);
        keys.Json("parameter", job.Parameter, job.Sent(job.Parameter));
        if (job.Protocol != job.App.Protocol)
            keys.Text("protocol", Words.Of(job.Protocol));
        WriteRetry(keys, job.Retry);
        if (!job.State)
            keys.Flag("state", job.State);
        if (job.Type == JobType.Remote && job.Workers != job.App.Workers)
            keys.Workers("workers", job.Workers);
        json.WriteEndObject();
    }

    private static void WritePolicies(KeyWriter keys, Job job)
    {
        if (job.KillAfter != TimeSpan.Zero)
            keys.Span("killAfter", job.KillAfter);
        if (job.LoadBalance != LoadBalance.Random)
            keys.Text("loadBalance", Words.Of(job.LoadBalance));
        if (job.Overlap != OverlapPolicy.Skip)
            keys.Text("overlap", Words.Of(job.Overlap));
        if (job.Recover != RecoverPolicy.Discard)
            keys.Text("recover", Words.Of(job.Recover));
        if (job.Timeout != TimeSpan.Zero)
            keys.Span("timeout", job.Timeout);
        if (job.Type != JobType.Remote)
            keys.Text("type", Words.Of(job.Type));
    }

    private static void WriteTriggers(Utf8JsonWriter json, KeyWriter keys, Job job)
    {
        if (job.Triggers.IsEmpty)
            return;
        keys.Text("timeZone", job.Triggers[0].TimeZone);
        if (!job.HasCronList)
        {
            keys.Text("cron", job.Triggers[0].Cron);
            return;
        }
        bool isHidden = job.Hidden?.Contains("crons") == true;
        if (isHidden)
            keys.Secret("crons", SecretPrint.Of(job.Triggers.Select(t => $"{t.Cron} {job.Sent(t.Param)}")));
        json.WriteStartArray("crons");
        foreach (Trigger trigger in job.Triggers)
        {
            json.WriteStartObject();
            json.WriteString("cron", trigger.Cron);
            if (!isHidden)
                new KeyWriter(json, null).Json("param", trigger.Param);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    /// <summary>Values of env may be passwords, whether or not they stand in the file: only the names are told.</summary>
    private static void WriteCommand(KeyWriter keys, LocalCommand? command)
    {
        if (command is null)
            return;
        keys.Texts("command", command.Arguments);
        if (!command.Env.IsEmpty)
        {
            new KeyWriter(keys.Writer, null).Texts("env", command.Env.Select(v => v.Key));
            keys.Secret("env", SecretPrint.Of(command.Env.Select(v => v.Value)));
        }
        keys.Text("workingDirectory", command.WorkingDirectory);
    }

    /// <summary>A webhook's path and query may be a secret: its host is told.</summary>
    private static void WriteAlerts(Utf8JsonWriter json, KeyWriter keys, Job job)
    {
        if (job.Alerts.IsEmpty)
            return;
        json.WriteStartArray("alerts");
        foreach (AlertRule rule in job.Alerts)
        {
            json.WriteStartObject();
            json.WriteStartArray("events");
            for (int i = 0; i < AlertWords.Kinds.Length; i++)
                if (rule.Kinds.HasFlag(AlertWords.KindAt(i)))
                    json.WriteStringValue(AlertWords.Kinds[i]);
            json.WriteEndArray();
            json.WriteString("format", AlertWords.Formats[(int)rule.Format]);
            if (job.Hidden?.Contains("alerts") != true)
                json.WriteString("webhook", $"{rule.Webhook}/...");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        keys.Secret("alerts", SecretPrint.Of(job.Alerts.SelectMany(rule => (string[])
        [
            rule.Webhook.Target.AbsoluteUri, Convert.ToHexString(rule.Secret?.Utf8 ?? []),
        ])));
    }

    private static void WriteRetry(KeyWriter keys, RetryPolicy retry)
    {
        if (retry != RetryPolicy.None)
            keys.Json("retry", string.Create(CultureInfo.InvariantCulture,
                $$"""{"attempts":{{retry.AttemptsMax}},"delay":"{{SpanText.Format(retry.Delay)}}","backoff":{{retry.Backoff}},"maxDelay":"{{SpanText.Format(retry.MaxDelay)}}"}"""));
    }
}
