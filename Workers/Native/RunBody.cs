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

    private const int BufferMax = 64 * 1024;

    // A body is written in one go: the next one of this thread goes into the same place.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _json;

    public static ReadOnlyMemory<byte> Run(IRunRequest request)
    {
        var json = Begin();
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
        return End(json);
    }

    public static ReadOnlyMemory<byte> Kill(string taskId)
    {
        var json = Begin();
        json.WriteStartObject();
        json.WriteString("taskId"u8, taskId);
        json.WriteEndObject();
        return End(json);
    }

    private static Utf8JsonWriter Begin()
    {
        // One that has become large is let go with the next body.
        if (_buffer is not { Capacity: <= BufferMax } buffer)
            _buffer = buffer = new ArrayBufferWriter<byte>(512);
        buffer.ResetWrittenCount();
        var json = _json ??= new Utf8JsonWriter(buffer, Options);
        json.Reset(buffer);
        return json;
    }

    private static byte[] End(Utf8JsonWriter json)
    {
        json.Flush();
        return _buffer!.WrittenSpan.ToArray();
    }
}
