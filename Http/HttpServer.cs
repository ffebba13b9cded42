using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary>The daemon's HTTP side: listens as <c>server.listen</c> says and answers from the engine's face.</summary>
internal sealed class HttpServer
{
    private readonly ServiceProvider _services;
    private readonly IServer _server;
    private readonly TimeProvider _clock;

    private readonly TlsCertificate? _tls;

    private HttpServer(ServiceProvider services, IServer server, TlsCertificate? tls, IReadOnlyList<string> addresses, TimeProvider clock)
    {
        (_services, _server, _tls, _clock) = (services, server, tls, clock);
        Addresses = addresses;
    }

    /// <summary>What it listens on, in the order of the settings; of port 0 with the port that the system picked.</summary>
    public IReadOnlyList<string> Addresses { get; }

    /// <summary>
    /// Returns when all addresses are bound. What cannot be bound, read or resolved is an <see cref="IOException"/> in an operator's
    /// words, and nothing stays bound.
    /// </summary>
    /// <param name="settings">Where to listen.</param>
    /// <param name="api">Answers.</param>
    /// <param name="loggers">For operators.</param>
    /// <param name="clock">For limits and expiry.</param>
    /// <param name="inherited">Sockets that listen already; where there are any, they stand instead of <c>server.listen</c>.</param>
    /// <param name="tlsNotice">Told what an operator should see of the certificate, or null.</param>
    public static async Task<HttpServer> StartAsync(
        ServerSettings settings, ISchedulerApi api, ILoggerFactory loggers, TimeProvider clock,
        IReadOnlyList<InheritedSocket>? inherited = null, Action<string?>? tlsNotice = null)
    {
        List<Listener> listeners = inherited is { Count: > 0 }
            ? [.. inherited.Select(socket => new Listener(null, 0, socket.Https, socket))]
            : await Listeners.ResolveAsync(settings.Listen);
        TlsCertificate? tls = listeners.Exists(l => l.Https)
            ? new TlsCertificate(() => api.Catalog.Server.Tls ?? settings.Tls, tlsNotice ?? (_ => { }), clock, loggers.CreateLogger("Qschedd.Http"))
            : null;
        var endpoints = new List<ListenOptions>();
        ServiceProvider services = KestrelServices.Build(
            new QuietLoggers(loggers), options => Configure(options, listeners, tls, endpoints), Transport);
        try
        {
            tls?.Start();
            var server = services.GetRequiredService<IServer>();
            await server.StartAsync(new HttpApplication(api, loggers.CreateLogger("Qschedd.Http"), clock), CancellationToken.None);
            return new HttpServer(services, server, tls, [.. endpoints.Zip(listeners, Listeners.Describe)], clock);
        }
        catch (Exception e)
        {
            tls?.Dispose();
            await services.DisposeAsync();
            // No permission for the port, an address that is not this host's: Kestrel names only an address in use.
            if (e is SocketException)
                throw new IOException($"cannot listen on {string.Join(", ", settings.Listen)}: {e.Message}", e);
            throw;
        }
    }

    /// <summary>
    /// Closes the doors, lets requests under way end within <see cref="HttpLimits.StopGrace"/> or until
    /// <paramref name="cancellationToken"/>, then cuts what is left.
    /// </summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using var grace = new CancellationTokenSource(HttpLimits.StopGrace, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(grace.Token, cancellationToken);
        await _server.StopAsync(either.Token);
        await _services.DisposeAsync();
        _tls?.Dispose();
    }

    private static void Configure(
        KestrelServerOptions options, List<Listener> listeners, TlsCertificate? tls, List<ListenOptions> endpoints)
    {
        HttpLimits.Apply(options, listeners.Count);
        foreach (Listener listener in listeners)
            endpoints.Add(Listeners.Listen(options, listener, tls));
    }

    private static void Transport(SocketTransportOptions transport)
    {
        transport.MaxReadBufferSize = HttpLimits.ReadBufferBytesMax;
        transport.CreateBoundListenSocket = endpoint =>
        {
            if (endpoint is not UnixDomainSocketEndPoint unix)
                return SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            UnixSocketFile.RemoveStale(unix.ToString());
            Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            UnixSocketFile.Narrow(unix.ToString());
            return socket;
        };
    }
}
