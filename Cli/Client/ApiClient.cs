using System.Buffers;
using System.Net.Sockets;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Qschedd.Workers.Native;

namespace Qschedd.Cli.Client;

/// <summary>
/// Calls below <c>/api2/</c>. The token goes into the header alone, to the server that was named alone: no redirect is followed.
/// </summary>
/// <param name="server">The daemon.</param>
/// <param name="token">Null: of calls that need none.</param>
/// <param name="timeout">For one answer.</param>
internal sealed class ApiClient(ServerAddress server, string? token, TimeSpan timeout) : IDisposable
{
    private const int AnswerBytesMax = 128 * 1024 * 1024;
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(5);
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HttpMessageInvoker _http = new(HandlerFor(server, timeout));

    /// <summary>A daemon is there: when it does not answer now, it is away, and not mistyped.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>One segment of a path.</summary>
    public static string Segment(string name) => Uri.EscapeDataString(name);

    /// <param name="path">Below the generation, with its query: <c>jobs.do?limit=10</c>.</param>
    public Task<ApiAnswer> GetAsync(string path, CancellationToken stop = default) => SendAsync(HttpMethod.Get, path, null, stop);

    /// <param name="path">Below the generation.</param>
    /// <param name="write">The members of the body.</param>
    public Task<ApiAnswer> PostAsync(string path, Action<Utf8JsonWriter> write, CancellationToken stop = default)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, Json))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        var body = new ReadOnlyMemoryContent(buffer.WrittenMemory);
        body.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=utf-8");
        return SendAsync(HttpMethod.Post, path, body, stop);
    }

    public void Dispose() => _http.Dispose();

    private async Task<ApiAnswer> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken stop)
    {
        string request = $"{method} {server.Shown("api2/" + path)}";
        using var message = new HttpRequestMessage(method, server.UrlOf("api2/" + path)) { Content = body };
        if (token is not null)
            message.Headers.TryAddWithoutValidation("Q-Server-Token", token);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(timeout);
        try
        {
            using HttpResponseMessage response = await _http.SendAsync(message, patience.Token);
            AnswerBody answer = await AnswerBody.ReadAsync(response, patience.Token, AnswerBytesMax);
            var came = ApiAnswer.From(request, (int)response.StatusCode, response.Headers.Location?.OriginalString, answer.Bytes);
            HasAnswered |= came.Fault is null;
            return came;
        }
        catch (Exception error) when (SendFault.IsExpected(error))
        {
            return new ApiAnswer(request) { Fault = ApiFaults.Of(error, server, timeout) };
        }
    }

    private static SocketsHttpHandler HandlerFor(ServerAddress server, TimeSpan timeout)
    {
        var handler = new SocketsHttpHandler
        {
            UseCookies = false,
            UseProxy = !server.IsLoopback,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = timeout < ConnectTimeout ? timeout : ConnectTimeout,
            MaxResponseHeadersLength = 16,
            // Text of a header that is no ASCII is shown, not refused.
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        };
        if (server.SocketPath is { } path)
            handler.ConnectCallback = (_, stop) => ConnectAsync(path, stop);
        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken stop)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), stop);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
