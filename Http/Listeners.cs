using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Qschedd.Http;

/// <summary>One thing to listen on.</summary>
/// <param name="EndPoint">Where; null: every address of the host.</param>
/// <param name="Port">Zero: the system picks one.</param>
/// <param name="Inherited">A socket that is bound and listens already, instead of both.</param>
internal sealed record Listener(EndPoint? EndPoint, int Port, bool Https, InheritedSocket? Inherited = null);

/// <summary>Turns the addresses of <c>server.listen</c> into Kestrel's endpoints.</summary>
internal static class Listeners
{
    private const string Unix = "unix:";
    private const int UnixPathBytesMax = 107;

    /// <summary>A host name stands for all of its addresses. What cannot be listened on is an <see cref="IOException"/>.</summary>
    public static async Task<List<Listener>> ResolveAsync(IEnumerable<string> listen)
    {
        var listeners = new List<Listener>();
        foreach (string address in listen)
            listeners.AddRange(await ResolveAsync(address));
        return listeners;
    }

    public static ListenOptions Listen(KestrelServerOptions options, Listener listener, TlsCertificate? tls)
    {
        ListenOptions? made = null;
        void Configure(ListenOptions endpoint)
        {
            made = endpoint;
            endpoint.Protocols = HttpProtocols.Http1;
            if (listener.Https)
                endpoint.UseHttps(tls!.Handshake());
        }

        if (listener.Inherited is { } inherited)
            options.ListenHandle((ulong)inherited.Descriptor, Configure);
        else if (listener.EndPoint is null)
            options.ListenAnyIP(listener.Port, Configure);
        else
            options.Listen(listener.EndPoint, Configure);
        return made!;
    }

    /// <summary>As an operator writes it; of port 0, the port that the system picked.</summary>
    public static string Describe(ListenOptions endpoint, Listener listener) => endpoint switch
    {
        _ when listener.Inherited is { } inherited => inherited.Address,
        { SocketPath: { } path } => Unix + path,
        { IPEndPoint: { } ip } => $"{(listener.Https ? "https" : "http")}://{ip}",
        _ => $"{endpoint}",
    };

    private static async Task<IEnumerable<Listener>> ResolveAsync(string address)
    {
        if (address.StartsWith(Unix, StringComparison.Ordinal))
            return [new Listener(UnixEndPoint(address[Unix.Length..]), 0, Https: false)];
        if (!TrySplit(address, out string host, out int port, out bool https))
            throw new IOException($"cannot listen on '{address}': give http://host:port, https://host:port or unix:/path");
        if (host is "*" or "+")
            return [new Listener(null, port, https)];
        IPAddress[] addresses = IPAddress.TryParse(host, out IPAddress? ip) ? [ip] : await LookUpAsync(host, address);
        return addresses.Select(a => new Listener(new IPEndPoint(a, port), port, https));
    }

    private static UnixDomainSocketEndPoint UnixEndPoint(string path) =>
        path.StartsWith('/') && Encoding.UTF8.GetByteCount(path) <= UnixPathBytesMax
            ? new UnixDomainSocketEndPoint(path)
            : throw new IOException($"cannot listen on 'unix:{path}': give an absolute path of at most {UnixPathBytesMax} bytes");

    private static async Task<IPAddress[]> LookUpAsync(string host, string address)
    {
        try
        {
            // The name would give ::1 too, which many containers lack; an operator who wants that writes http://[::1]:port.
            return host == "localhost" ? [IPAddress.Loopback] : await Dns.GetHostAddressesAsync(host);
        }
        catch (SocketException e)
        {
            throw new IOException($"cannot listen on '{address}': the host '{host}' has no address here ({e.Message})", e);
        }
    }

    private static bool TrySplit(string address, out string host, out int port, out bool https)
    {
        https = address.StartsWith("https://", StringComparison.OrdinalIgnoreCase);
        host = "";
        port = 0;
        if (!https && !address.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
            return false;

        string authority = address[(address.IndexOf("//", StringComparison.Ordinal) + 2)..].TrimEnd('/');
        int colon = authority.LastIndexOf(':');
        bool hasPort = colon > authority.LastIndexOf(']');
        host = hasPort ? authority[..colon] : authority;
        port = https ? 443 : 80;
        return host.Length > 0 && host.AsSpan().IndexOfAny("/?#@ ") < 0
            && (!hasPort || ushort.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort given)
                && (port = given) >= 0);
    }
}
