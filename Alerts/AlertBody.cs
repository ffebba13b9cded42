using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Alerts;

/// <summary>The bodies of all formats: JSON in UTF-8, members in alphabetical order, those without a value left out.</summary>
internal static class AlertBody
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="alert">What is told.</param>
    /// <param name="now">When: Feishu wants a signature of this moment.</param>
    public static byte[] Of(Alert alert, DateTimeOffset now)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        WriteMembers(json, alert, now);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteMembers(Utf8JsonWriter json, Alert alert, DateTimeOffset now)
    {
        switch (alert.Format)
        {
            case AlertFormat.DingTalk or AlertFormat.WeCom:
                json.WriteString("msgtype"u8, "text"u8);
                WriteNested(json, "text"u8, "content"u8, AlertText.Of(alert));
                break;
            case AlertFormat.Feishu:
                WriteNested(json, "content"u8, "text"u8, AlertText.Of(alert));
                json.WriteString("msg_type"u8, "text"u8);
                WriteSignature(json, alert.Secret, now);
                break;
            case AlertFormat.Slack:
                json.WriteString("text"u8, AlertText.Of(alert));
                break;
            default:
                WriteOwn(json, alert);
                break;
        }
    }

    private static void WriteNested(Utf8JsonWriter json, ReadOnlySpan<byte> outer, ReadOnlySpan<byte> inner, string text)
    {
        json.WriteStartObject(outer);
        json.WriteString(inner, text);
        json.WriteEndObject();
    }

    private static void WriteSignature(Utf8JsonWriter json, Secret? secret, DateTimeOffset now)
    {
        if (secret is null)
            return;
        var (timestamp, sign) = AlertSigning.ForFeishu(secret, now);
        json.WriteString("sign"u8, sign);
        json.WriteString("timestamp"u8, timestamp);
    }

    private static void WriteOwn(Utf8JsonWriter json, Alert alert)
    {
        var (happened, task) = (alert.Event, alert.Event.Task);
        json.WriteString("alertId"u8, alert.Id);
        json.WriteString("app"u8, happened.Job.App.Name);
        Write(json, "attempt"u8, task?.Attempt);
        json.WriteString("event"u8, AlertWords.Of(alert.Kind));
        Write(json, "failures"u8, happened.Failures);
        Write(json, "failuresInRow"u8, happened.FailuresInRow);
        Write(json, "fireTime"u8, task?.FireMs);
        json.WriteString("job"u8, alert.JobName);
        if (alert.Kind == AlertKinds.Timeout)
            json.WriteBoolean("killed"u8, happened.IsKilled);
        if (alert.Kind == AlertKinds.Misfire)
            json.WriteBoolean("madeUp"u8, happened.IsMadeUp);
        if (AlertText.MessageOf(happened) is { } message)
            json.WriteString("message"u8, message);
        if (happened.Missed > 0)
            Write(json, "missed"u8, happened.Missed);
        Write(json, "scheduledTime"u8, task?.ScheduledMs ?? happened.MissedMs);
        json.WriteString("server"u8, happened.Server.Advertise);
        Write(json, "since"u8, happened.SinceMs);
        Write(json, "state"u8, (int?)task?.State);
        if (task is not null)
            json.WriteString("taskId"u8, task.Id);
        Write(json, "threshold"u8, happened.Job.ConsecutiveFailTimesAlertThreshold);
        Write(json, "time"u8, happened.AtMs);
        Write(json, "timeout"u8, (long?)happened.Limit?.TotalMilliseconds);
        Write(json, "timeouts"u8, happened.Timeouts);
        if (task?.Worker is { } worker)
            json.WriteString("worker"u8, worker);
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }
}
