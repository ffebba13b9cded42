using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Workers.Xxl;

/// <summary>Where an executor is called, and with which body. Each field is always sent: some executors refuse a body that lacks one.</summary>
internal static class XxlCalls
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Of a beat: all executors take it, and some refuse an empty body or a JSON string.</summary>
    public static ReadOnlyMemory<byte> Nothing { get; } = "{}"u8.ToArray();

    /// <summary>Null: the address is neither host:port nor an http(s) URL.</summary>
    public static Uri? Target(string address, string path)
    {
        string url = address.Contains("://", StringComparison.Ordinal) ? address : $"http://{address}";
        return address.AsSpan().IndexOfAny("?#@\\ ") < 0 && Uri.TryCreate(url + path, UriKind.Absolute, out Uri? target)
            && (target.Scheme == Uri.UriSchemeHttp || target.Scheme == Uri.UriSchemeHttps)
            ? target
            : null;
    }

    public static string RunPath(App app) => app.ProtocolVersion == XxlGeneration.From35 ? "/trigger" : "/run";

    public static ReadOnlyMemory<byte> Run(IRunRequest request) => Write(json =>
    {
        Job job = request.Job;
        json.WriteNumber("jobId"u8, request.JobId);
        json.WriteString("executorHandler"u8, job.Handler);
        json.WriteString("executorParams"u8, Params(request.Parameter));
        json.WriteString("executorBlockStrategy"u8, BlockStrategy(job.Overlap));
        json.WriteNumber("executorTimeout"u8, (int)Math.Min(int.MaxValue, Math.Ceiling(job.KillAfter.TotalSeconds)));
        json.WriteNumber("logId"u8, new XxlLogId(request.TaskSeq, request.FirstAttempt).Value);
        json.WriteNumber("logDateTime"u8, request.FireMs);
        json.WriteString("glueType"u8, "BEAN"u8);
        json.WriteString("glueSource"u8, ""u8);
        json.WriteNumber("glueUpdatetime"u8, 0);
        json.WriteNumber("broadcastIndex"u8, request.ShardIndex);
        json.WriteNumber("broadcastTotal"u8, request.ShardTotal);
    });

    /// <summary>Of a kill and of an idle beat.</summary>
    public static ReadOnlyMemory<byte> OfJob(int jobId) => Write(json => json.WriteNumber("jobId"u8, jobId));

    public static ReadOnlyMemory<byte> Log(LogRequest request) => Write(json =>
    {
        bool isNew = request.Job.App.ProtocolVersion == XxlGeneration.From35;
        json.WriteNumber(isNew ? "logDateTime"u8 : "logDateTim"u8, request.FireMs);
        json.WriteNumber("logId"u8, new XxlLogId(request.TaskSeq, request.FirstAttempt).Value);
        json.WriteNumber("fromLineNum"u8, request.FromLine);
    });

    /// <summary>
    /// What an executor does with a run of a job that it runs already. It never runs two at once, so <c>allow</c> is its queue:
    /// there nothing is refused and nothing is killed.
    /// </summary>
    public static string BlockStrategy(OverlapPolicy overlap) => overlap switch
    {
        OverlapPolicy.Allow => "SERIAL_EXECUTION",
        OverlapPolicy.Replace => "COVER_EARLY",
        _ => "DISCARD_LATER",
    };

    /// <summary>A handler takes one text: the parameter as JSON, or the text itself of <c>{"executorParams": "text"}</c>.</summary>
    public static string Params(string? parameter)
    {
        if (parameter is null)
            return "";
        using JsonDocument document = JsonDocument.Parse(parameter);
        JsonElement root = document.RootElement;
        return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("executorParams", out JsonElement text)
            && text.ValueKind == JsonValueKind.String && root.EnumerateObject().Count() == 1
            ? text.GetString()!
            : parameter;
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }
}
