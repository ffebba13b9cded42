using System.Globalization;
using System.Text;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Alerts;

/// <summary>
/// What people read in a chat: Chinese for DingTalk, WeCom and Feishu, English for Slack. The first line says it all; each
/// further line is one fact.
/// </summary>
/// <remarks>
/// A worker's words must not call anybody: what these services take for markup in plain text is taken from it.
/// </remarks>
internal static class AlertText
{
    private const int MessageBytesMax = 1024;

    /// <summary>WeCom takes 2048 bytes of text, and the others more.</summary>
    private const int TextBytesMax = 2048;

    public static string Of(Alert alert)
    {
        string text = alert.Format == AlertFormat.Slack ? English(alert) : Chinese(alert);
        return Head(Plain(text, alert.Format), TextBytesMax);
    }

    /// <summary>The task's message: one text of at most 1 KiB, without control characters but line breaks and tabs.</summary>
    public static string? MessageOf(AlertEvent happened)
    {
        if (string.IsNullOrWhiteSpace(happened.Task?.Message))
            return null;
        string message = happened.Task.Message.Trim();
        return Head(string.Create(message.Length, message, static (to, from) =>
        {
            for (int i = 0; i < to.Length; i++)
                to[i] = char.IsControl(from[i]) && from[i] is not ('\n' or '\t') ? ' ' : from[i];
        }), MessageBytesMax);
    }

    private static string English(Alert alert)
    {
        var happened = alert.Event;
        return Lines(
            $"qschedd: job {alert.JobName} {EnglishTitle(alert)}",
            ("app: ", happened.Job.App.Name),
            ("task: ", TaskText(happened, "attempt")),
            ("state: ", happened.Task is { } task ? $"{(int)task.State} {EnglishState(task.State)}" : null),
            ("worker: ", happened.Task?.Worker),
            ("scheduled: ", ScheduledText(happened)),
            ("time: ", TimeText(happened.AtMs, happened.UtcOffset)),
            ("message: ", MessageOf(happened)));
    }

    private static string Chinese(Alert alert)
    {
        var happened = alert.Event;
        string what = alert.Kind == AlertKinds.Recovered ? "恢复" : "告警";
        return Lines(
            $"qschedd {what}：作业 {alert.JobName} {ChineseTitle(alert)}",
            ("应用：", happened.Job.App.Name),
            ("任务：", TaskText(happened, "尝试")),
            ("状态：", happened.Task is { } task ? $"{(int)task.State} {ChineseState(task.State)}" : null),
            ("机器：", happened.Task?.Worker),
            ("计划时间：", ScheduledText(happened)),
            ("时间：", TimeText(happened.AtMs, happened.UtcOffset)),
            ("信息：", MessageOf(happened)));
    }

    private static string EnglishTitle(Alert alert)
    {
        var happened = alert.Event;
        return alert.Kind switch
        {
            AlertKinds.Failed => "failed",
            AlertKinds.Threshold when happened.FailuresInRow > 1 => $"failed {happened.FailuresInRow} times in a row",
            AlertKinds.Threshold => "failed",
            AlertKinds.NoWorker => "found no worker to run it",
            AlertKinds.Timeout => $"has run for more than {Seconds(happened)} s; " + (happened.IsKilled ? "it is killed" : "it goes on"),
            AlertKinds.Misfire => $"missed {Missed(happened)} of its fires; "
                + (happened.IsMadeUp ? "it runs once now, for the latest" : "they are not made up for"),
            _ => "has recovered" + Before(happened, " after ", "failures", ", ", "runs past their limit"),
        };
    }

    private static string ChineseTitle(Alert alert)
    {
        var happened = alert.Event;
        return alert.Kind switch
        {
            AlertKinds.Failed => "执行失败",
            AlertKinds.Threshold when happened.FailuresInRow > 1 => $"连续失败 {happened.FailuresInRow} 次",
            AlertKinds.Threshold => "执行失败",
            AlertKinds.NoWorker => "没有可用的机器执行",
            AlertKinds.Timeout => $"执行超过 {Seconds(happened)} 秒，" + (happened.IsKilled ? "将被终止" : "仍在继续"),
            AlertKinds.Misfire => $"错过触发 {Missed(happened)} 次，" + (happened.IsMadeUp ? "现在为最近一次补执行" : "不再补执行"),
            _ => "已恢复正常" + Before(happened, "，此前 ", "次失败", "，", "次超时"),
        };
    }

    private static string EnglishState(TaskState state) => state switch
    {
        TaskState.Starting => "starting",
        TaskState.Started => "started",
        TaskState.Finished => "finished",
        TaskState.Failed => "failed",
        TaskState.NoWorker => "no worker",
        TaskState.QueueFull => "the worker's queue is full",
        _ => "unknown",
    };

    private static string ChineseState(TaskState state) => state switch
    {
        TaskState.Starting => "启动中",
        TaskState.Started => "已启动",
        TaskState.Finished => "已完成",
        TaskState.Failed => "失败",
        TaskState.NoWorker => "没有可用机器",
        TaskState.QueueFull => "机器队列已满",
        _ => "未知",
    };

    /// <summary>Of a recovery: what there was before it, introduced by a word; empty when an earlier daemon saw it.</summary>
    private static string Before(AlertEvent happened, string after, string failures, string and, string timeouts) =>
        (happened.Failures, happened.Timeouts) switch
        {
            (0, 0) => "",
            (_, 0) => $"{after}{happened.Failures} {failures}",
            (0, _) => $"{after}{happened.Timeouts} {timeouts}",
            _ => $"{after}{happened.Failures} {failures}{and}{happened.Timeouts} {timeouts}",
        };

    private static string Seconds(AlertEvent happened) =>
        (happened.Limit ?? TimeSpan.Zero).TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    private static string Missed(AlertEvent happened) =>
        happened.Missed.ToString(CultureInfo.InvariantCulture) + (happened.MissedMore ? "+" : "");

    private static string? TaskText(AlertEvent happened, string attempt) => happened.Task switch
    {
        null => null,
        { Attempt: > 1 } task => string.Create(CultureInfo.InvariantCulture, $"{task.Id} ({attempt} {task.Attempt})"),
        var task => task.Id,
    };

    private static string? ScheduledText(AlertEvent happened) =>
        (happened.Task?.ScheduledMs ?? happened.MissedMs) is { } ms ? TimeText(ms, happened.UtcOffset) : null;

    private static string TimeText(long ms, TimeSpan utcOffset) =>
        DateTimeOffset.FromUnixTimeMilliseconds(ms).ToOffset(utcOffset).ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    private static string Lines(string title, params ReadOnlySpan<(string Label, string? Value)> facts)
    {
        var text = new StringBuilder(title);
        foreach (var (label, value) in facts)
            if (value is not null)
                text.Append('\n').Append(label).Append(value);
        return text.ToString();
    }

    private static string Plain(string text, AlertFormat format) => format switch
    {
        AlertFormat.Slack => text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;"),
        AlertFormat.Feishu or AlertFormat.WeCom => text.Replace('<', '＜'),
        _ => text,
    };

    /// <summary>The beginning of a text, at most so many bytes of UTF-8, cut between characters.</summary>
    private static string Head(string text, int bytesMax)
    {
        int chars = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytesMax -= rune.Utf8SequenceLength;
            if (bytesMax < 0)
                return text[..chars];
            chars += rune.Utf16SequenceLength;
        }
        return text;
    }
}
