using System.Text.Json;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary>The contract's task object: members in alphabetical order, those without a value left out.</summary>
internal static class TaskJson
{
    /// <param name="writer">Where it goes.</param>
    /// <param name="row">The task.</param>
    /// <param name="shownJob">Its job's name as callers see it.</param>
    /// <param name="attempts">Those before the present one; null in a list.</param>
    /// <param name="withOutput">A list leaves outputs out: a thousand of them would be 64 MiB.</param>
    public static void Write(Utf8JsonWriter writer, TaskRow row, string shownJob, IReadOnlyList<AttemptRow>? attempts, bool withOutput)
    {
        writer.WriteStartObject();
        writer.WriteString("app"u8, row.App);
        writer.WriteNumber("attempt"u8, row.Attempt);
        WriteAttempts(writer, attempts);
        writer.WriteInstant("endedAt"u8, row.EndedMs);
        writer.WriteNumber("fireTime"u8, row.FireMs);
        writer.WriteString("id"u8, row.Id);
        writer.WriteString("job"u8, shownJob);
        writer.WriteText("message"u8, row.Message);
        writer.WriteText("output"u8, withOutput ? row.Output : null);
        writer.WriteText("parameter"u8, row.Parameter);
        writer.WriteNumber("scheduledTime"u8, row.ScheduledMs);
        WriteShard(writer, row);
        writer.WriteInstant("startedAt"u8, row.StartedMs);
        writer.WriteNumber("state"u8, (int)row.State);
        writer.WriteNumber("updatedAt"u8, row.UpdatedMs);
        writer.WriteText("worker"u8, row.Worker);
        writer.WriteEndObject();
    }

    public static void WriteLog(Utf8JsonWriter writer, LogPage page)
    {
        writer.WriteStartObject();
        writer.WriteString("content"u8, page.Content);
        writer.WriteBoolean("end"u8, page.IsEnd);
        writer.WriteNumber("from"u8, page.FromLine);
        writer.WriteNumber("to"u8, page.ToLine);
        writer.WriteEndObject();
    }

    /// <summary>Left out where the present attempt is the only one.</summary>
    private static void WriteAttempts(Utf8JsonWriter writer, IReadOnlyList<AttemptRow>? attempts)
    {
        if (attempts is null or { Count: 0 })
            return;
        writer.WriteStartArray("attempts"u8);
        foreach (var attempt in attempts)
        {
            writer.WriteStartObject();
            writer.WriteNumber("attempt"u8, attempt.Attempt);
            writer.WriteNumber("endedAt"u8, attempt.EndedMs);
            writer.WriteText("message"u8, attempt.Message);
            writer.WriteInstant("startedAt"u8, attempt.StartedMs);
            writer.WriteNumber("state"u8, (int)attempt.State);
            writer.WriteText("worker"u8, attempt.Worker);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Always there, as in what a worker is sent: a task of one shard is shard 0 of 1.</summary>
    private static void WriteShard(Utf8JsonWriter writer, TaskRow row)
    {
        writer.WriteStartObject("shard"u8);
        writer.WriteNumber("index"u8, row.ShardIndex);
        writer.WriteNumber("total"u8, row.ShardTotal);
        writer.WriteEndObject();
    }
}
