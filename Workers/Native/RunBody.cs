using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qschedd.Engine.Ports;

namespace Qschedd.Workers.Native;

/// <summary>The JSON bodies that go to a worker: members in alphabetical order, Chinese text as it is.</summary>
internal static class RunBody
{
    // The parameter was read as JSON when it came in, so it goes out as it stands, unread.
    private static readonly JsonWriterOptions Options = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    public static ReadOnlyMemory<byte> Run(IRunRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(512 + (request.Parameter?.Length ?? 0));
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        json.WriteString("app"u8, request.Job.App.Name);
        json.WriteNumber("attempt"u8, request.Attempt);
        json.WriteString("callback"u8, request.Callback);
        if (request.DeadlineMs is { } deadlineMs)
        {
            json.WriteNumber("deadline"u8, deadlineMs);
        }
        json.WriteNumber("fireTime"u8, request.FireMs);
        json.WriteString("job"u8, request.Job.Name);
        if (request.Parameter is { } parameter)
        {
            json.WritePropertyName("param"u8);
            json.WriteRawValue(parameter, skipInputValidation: true);
        }
        json.WriteNumber("scheduledTime"u8, request.ScheduledMs);
        json.WriteStartObject("shard"u8);
        json.WriteNumber("index"u8, request.ShardIndex);
        json.WriteNumber("total"u8, request.ShardTotal);
        json.WriteEndObject();
        json.WriteString("taskId"u8, request.TaskId);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    public static ReadOnlyMemory<byte> Kill(string taskId)
    {
        var buffer = new ArrayBufferWriter<byte>(128);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        json.WriteString("taskId"u8, taskId);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
