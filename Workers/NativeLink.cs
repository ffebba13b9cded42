using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers.Native;

namespace Qschedd.Workers;

/// <summary>Bounds of <see cref="NativeLink"/>; the defaults are the daemon's, tests shorten them.</summary>
internal sealed record NativeLimits
{
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(3);
    public TimeSpan KillTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Below the keep-alive of common worker servers (5 s is the least in use), for a request that meets a closing connection
    /// ends as "unknown" although no worker ever saw it.
    /// </summary>
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>More requests than this to one worker wait for a connection, at most the connect time-out and the answer time-out together.</summary>
    public int ConnectionsPerWorkerMax { get; init; } = 64;

    /// <summary>Where workers may be; asked at each connection, so that a reload counts at once.</summary>
    public Func<WorkerNetworks> Networks { get; init; } = static () => WorkerNetworks.Private;

    /// <summary>Kills have connections of their own, for runs may fill theirs; more kills than this wait.</summary>
    public int KillConnectionsPerWorkerMax { get; init; } = 4;
}

/// <summary>
/// The native worker protocol, version 1: the contract, section 3, row by row.
/// A request is sent once or not at all: see <see cref="OnceContent"/>.
/// </summary>
internal sealed class NativeLink(NativeLimits limits) : IWorkerLink, IDisposable
{
    private readonly HttpMessageInvoker _runs = new(HandlerFor(limits, limits.ConnectionsPerWorkerMax));
    private readonly HttpMessageInvoker _kills = new(HandlerFor(limits, limits.KillConnectionsPerWorkerMax));
    private readonly Targets _targets = new();

    public async Task<RunOutcome> RunAsync(IRunRequest request, Action<string> started, CancellationToken stop)
    {
        App app = request.Job.App;
        if (_targets.Of(request.Worker, app.WorkerPath) is not { } url)
        {
            return new RunOutcome(RunResult.NotDelivered, $"not delivered: '{request.Worker}' is not host:port");
        }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(limits.ConnectTimeout + request.AnswerTimeout);
        // The worker's time counts from when it can have the request: waiting for a connection is not its fault.
        var content = new OnceContent(RunBody.Run(request), () => patience.CancelAfter(request.AnswerTimeout));
        try
        {
            using HttpResponseMessage response = await SendAsync(_runs, url, content, app.Token, patience.Token);
            return await ReadAsync(response, patience.Token);
        }
        catch (Exception error) when (SendFault.IsExpected(error))
        {
            return SendFault.Outcome(error, content.WasSent, request.AnswerTimeout, stop.IsCancellationRequested);
        }
    }

    public async Task<KillOutcome> KillAsync(KillRequest request, CancellationToken stop)
    {
        App app = request.Job.App;
        if (TargetOf(request.Worker, KillPathOf(app.WorkerPath)) is not { } url)
        {
            return new KillOutcome(false, $"'{request.Worker}' is not host:port");
        }
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(limits.KillTimeout);
        var content = new OnceContent(RunBody.Kill(request.TaskId), static () => { });
        try
        {
            using HttpResponseMessage response = await SendAsync(_kills, url, content, app.Token, patience.Token);
            return response.IsSuccessStatusCode
                ? new KillOutcome(true)
                : new KillOutcome(false, $"the worker answered {(int)response.StatusCode}");
        }
        catch (Exception error) when (SendFault.IsExpected(error))
        {
            return new KillOutcome(false, SendFault.Words(error, content.WasSent, limits.KillTimeout));
        }
    }

    public void Dispose()
    {
        _runs.Dispose();
        _kills.Dispose();
    }

    /// <summary>The path's last segment replaced: <c>/qschedule/run</c> gives <c>/qschedule/kill</c>.</summary>
    internal static string KillPathOf(string workerPath) => string.Concat(workerPath.AsSpan(0, workerPath.LastIndexOf('/') + 1), "kill");

    /// <summary>Null: not host:port. Whoever registers an address chooses a host and a port, no path and no credentials.</summary>
    internal static Uri? TargetOf(string address, string path) =>
        address.AsSpan().IndexOfAny("/?#@\\ ") < 0 && Uri.TryCreate($"http://{address}{path}", UriKind.Absolute, out Uri? url)
            ? url
            : null;

    private static Task<HttpResponseMessage> SendAsync(
        HttpMessageInvoker http, Uri url, OnceContent content, Secret token, CancellationToken patience)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = content,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json; charset=utf-8");
        message.Headers.TryAddWithoutValidation(Signature.Header, Signature.Of(content.Body.Span, token));
        return http.SendAsync(message, patience);
    }

    /// <summary>The status decides; a body that fails or drags matters only where the answer is in it.</summary>
    private static async Task<RunOutcome> ReadAsync(HttpResponseMessage response, CancellationToken patience)
    {
        int status = (int)response.StatusCode;
        if (status == 202)
        {
            return RunAnswer.Read(status, default);
        }
        try
        {
            return RunAnswer.Read(status, await AnswerBody.ReadAsync(response, patience));
        }
        catch (Exception error) when (status != 200 && SendFault.IsExpected(error))
        {
            return RunAnswer.Read(status, default);
        }
    }

    /// <summary>The connections to workers, of whatever protocol: short-lived when idle, and nothing is followed or added.</summary>
    internal static SocketsHttpHandler HandlerFor(NativeLimits limits, int connectionsMax) => new()
    {
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = limits.ConnectTimeout,
        SslOptions = OutwardTls.Options(),
        ConnectCallback = new WorkerConnector(limits.Networks).ConnectAsync,
        MaxConnectionsPerServer = connectionsMax,
        PooledConnectionIdleTimeout = limits.IdleTimeout,
        // So that a name whose address has changed is asked for again, under steady load too.
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        MaxResponseHeadersLength = 16,
        // An unread body of an answer that is decided: small and soon, or the connection is closed.
        MaxResponseDrainSize = 4 * 1024,
        ResponseDrainTimeout = TimeSpan.FromSeconds(1),
    };
}
