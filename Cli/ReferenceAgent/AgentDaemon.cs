using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qschedd.Engine.Model;
using Qschedd.Workers.Native;

namespace Qschedd.Cli.ReferenceAgent;

/// <summary>The agent's calls to the daemon. The token goes in the body and, if it can, in the header: both generations take it.</summary>
internal sealed class AgentDaemon(Secret token, TimeSpan callTimeout) : IDisposable
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _token = Encoding.UTF8.GetString(token.Utf8);
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(3),
        MaxConnectionsPerServer = 16,
        MaxResponseHeadersLength = 16,
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
    });

    /// <summary>Null: the daemon has it. Else why not.</summary>
    public Task<string?> ReportAsync(AgentRequest task, TaskState state, string? message, string? output, CancellationToken stop) =>
        PostAsync(task.Callback, json =>
        {
            json.WriteNumber("attempt"u8, task.Attempt);
            WriteUnlessNull(json, "message", message);
            WriteUnlessNull(json, "output", output);
            json.WriteNumber("state"u8, (int)state);
            json.WriteString("taskId"u8, task.TaskId);
        }, stop);

    public Task<string?> RegisterAsync(Uri endpoint, string address, string hostname, string app, IEnumerable<string> jobs, CancellationToken stop) =>
        PostAsync(endpoint, json =>
        {
            json.WriteString("address"u8, address);
            json.WriteString("app"u8, app);
            json.WriteString("hostname"u8, hostname);
            WriteList(json, "jobs", jobs);
        }, stop);

    public void Dispose() => _http.Dispose();

    private async Task<string?> PostAsync(Uri url, Action<Utf8JsonWriter> write, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(callTimeout);
        var content = new OnceContent(BodyOf(write), static () => { });
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(MessageTo(url, content), patience.Token);
            return ReadAnswer((int)response.StatusCode, (await AnswerBody.ReadAsync(response, patience.Token)).Bytes.Span);
        }
        catch (Exception error) when (SendFault.IsExpected(error))
        {
            return SendFault.Words(error, content.WasSent, callTimeout);
        }
    }

    private ReadOnlyMemory<byte> BodyOf(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        write(json);
        json.WriteString("token"u8, _token);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private HttpRequestMessage MessageTo(Uri url, OnceContent content)
    {
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=utf-8");
        var message = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        if (_token.All(static c => c is > ' ' and < '\x7f'))
        {
            message.Headers.TryAddWithoutValidation("Q-Server-Token", _token);
        }
        return message;
    }

    private static string? ReadAnswer(int status, ReadOnlySpan<byte> body)
    {
        bool done = false;
        string? message = null;
        try
        {
            var json = new Utf8JsonReader(body);
            using JsonDocument document = JsonDocument.ParseValue(ref json);
            JsonElement root = document.RootElement;
            done = root.TryGetProperty("ret", out JsonElement ret) && ret.ValueKind == JsonValueKind.True;
            message = root.TryGetProperty("message", out JsonElement text) && text.ValueKind == JsonValueKind.String ? text.GetString() : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            message = "not the JSON of a daemon";
        }
        return status == 200 && done ? null : $"the daemon answered {status}: {message ?? "no message"}";
    }

    private static void WriteUnlessNull(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteList(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
        {
            json.WriteStringValue(value);
        }
        json.WriteEndArray();
    }
}
