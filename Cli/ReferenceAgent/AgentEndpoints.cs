using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Workers.Native;

namespace Qschedd.Cli.ReferenceAgent;

/// <summary>The worker's side of the native protocol: run and kill, both signed, and a healthz for whoever watches the agent.</summary>
internal sealed class AgentEndpoints(Secret token, AgentRunner runner, ILogger log, TimeProvider time)
{
    public const long BodyBytesMax = 1024 * 1024;
    private static readonly TimeSpan UnsignedLogEvery = TimeSpan.FromSeconds(10);
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private long _unsignedLoggedAt = long.MinValue;
    private int _unsignedNotLogged;

    public async Task HandleAsync(HttpContext context)
    {
        AgentAnswer answer = (context.Request.Path.Value, context.Request.Method) switch
        {
            ("/qschedule/run" or "/qschedule/kill", "POST") => await PostAsync(context),
            ("/healthz", "GET" or "HEAD") => new AgentAnswer(200, null, "ok"),
            ("/qschedule/run" or "/qschedule/kill", _) => NotAllowed(context, "POST"),
            ("/healthz", _) => NotAllowed(context, "GET, HEAD"),
            _ => new AgentAnswer(404, null, "no such path; tasks go to POST /qschedule/run"),
        };
        await WriteAsync(context.Response, answer);
    }

    private async Task<AgentAnswer> PostAsync(HttpContext context)
    {
        var body = new MemoryStream((int)Math.Clamp(context.Request.ContentLength ?? 0, 0, BodyBytesMax));
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (BadHttpRequestException error)
        {
            return new AgentAnswer(error.StatusCode, null, error.StatusCode == 413 ? "the body is longer than 1 MiB" : "the body cannot be read");
        }
        ReadOnlyMemory<byte> bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        if (!Signature.IsValid(context.Request.Headers[Signature.Header], bytes.Span, token))
        {
            LogUnsigned(context.Connection.RemoteIpAddress?.ToString() ?? "?");
            return new AgentAnswer(401, null, $"{Signature.Header} is missing or was not made with this agent's token");
        }
        return context.Request.Path == "/qschedule/run" ? Run(bytes) : Kill(bytes);
    }

    private AgentAnswer Run(ReadOnlyMemory<byte> body) =>
        AgentRequest.Read(body, out string why) is { } request ? runner.Run(request) : new AgentAnswer(400, null, why);

    private AgentAnswer Kill(ReadOnlyMemory<byte> body) =>
        AgentRequest.ReadTaskId(body) is { } taskId ? runner.Kill(taskId) : new AgentAnswer(400, null, "\"taskId\" must be a text");

    private static AgentAnswer NotAllowed(HttpContext context, string allowed)
    {
        context.Response.Headers.Allow = allowed;
        return new AgentAnswer(405, null, $"only {allowed}");
    }

    private static async Task WriteAsync(HttpResponse response, AgentAnswer answer)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            if (answer.Message is { } message)
            {
                json.WriteString("message"u8, message);
            }
            if (answer.State is { } state)
            {
                json.WriteNumber("state"u8, (int)state);
            }
            json.WriteEndObject();
        }
        response.StatusCode = answer.Status;
        response.ContentType = "application/json; charset=utf-8";
        response.ContentLength = buffer.WrittenCount;
        await response.Body.WriteAsync(buffer.WrittenMemory);
    }

    /// <summary>A line in ten seconds at most, so that a stranger cannot fill the disk.</summary>
    private void LogUnsigned(string remote)
    {
        long now = time.GetTimestamp();
        long last = Volatile.Read(ref _unsignedLoggedAt);
        bool due = last == long.MinValue || time.GetElapsedTime(last, now) >= UnsignedLogEvery;
        if (due && Interlocked.CompareExchange(ref _unsignedLoggedAt, now, last) == last)
        {
            AgentLog.Unsigned(log, remote, Interlocked.Exchange(ref _unsignedNotLogged, 0));
        }
        else
        {
            Interlocked.Increment(ref _unsignedNotLogged);
        }
    }
}
