using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Qschedd.Engine.Model;

namespace Qschedd.Alerts;

/// <summary>
/// Sends one alert once. Each request has a connection of its own: alerts are rare, and one that meets a connection which its
/// server just closes would leave open whether it arrived.
/// </summary>
internal sealed class WebhookClient(WebhookLimits limits, TimeProvider time) : IDisposable
{
    public const string IdHeader = "X-QSchedd-Alert-Id";

    private const int AnswerBytesMax = 4 * 1024;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = limits.AnswerTimeout,
        // No connection is kept; a "Connection: close" in the request alone does not hinder the handler from using it again.
        PooledConnectionLifetime = TimeSpan.Zero,
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = 0,
        SslOptions = OutwardTls.Options(),
    });

    /// <summary>A receiver's faults are verdicts, never exceptions.</summary>
    public async Task<Verdict> PostAsync(WebhookUrl webhook, Alert alert, CancellationToken cut)
    {
        using var timeout = new CancellationTokenSource(limits.AnswerTimeout, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cut);
        try
        {
            using var response = await _http.SendAsync(RequestFor(webhook, alert, time.GetUtcNow()), patience.Token);
            var body = await ReadAsync(response, alert.Format, patience.Token);
            return Verdict.Of(alert.Format, (int)response.StatusCode, body) with { After = RetryAfter(response) };
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException or SocketException)
        {
            return new Verdict(VerdictResult.Again, Words(fault));
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage RequestFor(WebhookUrl webhook, Alert alert, DateTimeOffset now)
    {
        var content = new ByteArrayContent(AlertBody.Of(alert, now));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        var target = alert is { Format: AlertFormat.DingTalk, Secret: { } secret }
            ? AlertSigning.ForDingTalk(webhook.Target, secret, now)
            : webhook.Target;
        var request = new HttpRequestMessage(HttpMethod.Post, target)
        {
            Content = content,
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Headers.ConnectionClose = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "qschedd");
        request.Headers.TryAddWithoutValidation(IdHeader, alert.Id);
        return request;
    }

    /// <summary>The head has said that the alert is taken: a body that fails or drags changes nothing.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpResponseMessage response, AlertFormat format, CancellationToken patience)
    {
        if (!Verdict.NeedsBody(format, (int)response.StatusCode))
            return default;
        var body = new byte[AnswerBytesMax];
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(patience);
            int length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, patience);
            return body.AsMemory(0, length);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException or SocketException)
        {
            return default;
        }
    }

    /// <summary>In seconds, or as a date.</summary>
    private TimeSpan RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var asked = header?.Delta ?? (header?.Date - time.GetUtcNow()) ?? TimeSpan.Zero;
        return asked < limits.LongestPause ? asked : limits.LongestPause;
    }

    private string Words(Exception fault) => fault switch
    {
        OperationCanceledException => $"no answer within {limits.AnswerTimeout.TotalSeconds:0.###} s",
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "its name has no address (DNS)",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
            $"no secure connection: {fault.InnerException?.Message ?? fault.Message}",
        _ => ErrorChain.Find<SocketException>(fault)?.SocketErrorCode switch
        {
            SocketError.ConnectionRefused => "connection refused",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route to it",
            SocketError.TimedOut => "no connection in time",
            SocketError.TooManyOpenSockets => "the daemon has too many files open",
            SocketError.ConnectionReset or SocketError.Shutdown => "the connection was reset",
            _ => "the connection failed before the answer was whole",
        },
    };
}
