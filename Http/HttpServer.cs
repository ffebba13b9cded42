using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
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

    private HttpServer(ServiceProvider services, IServer server, IReadOnlyList<string> addresses, TimeProvider clock)
    {
        _services = services;
        _server = server;
        _clock = clock;
        Addresses = addresses;
    }

    /// <summary>What it listens on, in the order of the settings; of port 0 with the port that the system picked.</summary>
    public IReadOnlyList<string> Addresses { get; }

    /// <summary>
    /// Returns when all addresses are bound. What cannot be bound, read or resolved is an <see cref="IOException"/> in an operator's
    /// words, and nothing stays bound.
    /// </summary>
    public static async Task<HttpServer> StartAsync(ServerSettings settings, ISchedulerApi api, ILoggerFactory loggers, TimeProvider clock)
    {
        List<Listener> listeners = await Listeners.ResolveAsync(settings.Listen);
        HttpsConnectionAdapterOptions? https = settings.Tls is null ? null : Listeners.LoadTls(settings.Tls);
        var endpoints = new List<ListenOptions>();
        ServiceProvider services = KestrelServices.Build(
            new QuietLoggers(loggers), options => Configure(options, listeners, https, endpoints), Transport);
        try
        {
            var server = services.GetRequiredService<IServer>();
            await server.StartAsync(new HttpApplication(api, loggers.CreateLogger("Qschedd.Http"), clock), CancellationToken.None);
            return new HttpServer(services, server, [.. endpoints.Zip(listeners, (e, l) => Listeners.Describe(e, l.Https))], clock);
        }
        catch (Exception e)
        {
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
    }

    private static void Configure(
        KestrelServerOptions options, List<Listener> listeners, HttpsConnectionAdapterOptions? https, List<ListenOptions> endpoints)
    {
        HttpLimits.Apply(options, listeners.Count);
        foreach (Listener listener in listeners)
            endpoints.Add(Listeners.Listen(options, listener, https));
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
