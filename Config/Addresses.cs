using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace Qschedd.Config;

/// <summary>A listen address. Host is null for a unix socket; a wildcard is <c>0.0.0.0</c>, <c>::</c> or <c>*</c>.</summary>
internal sealed record ListenUrl(string Url, string Scheme, string? Host, int Port, Position At)
{
    private const int SocketPathBytesMax = 107;

    public bool IsWildcard => Host is "0.0.0.0" or "[::]" or "*";

    /// <summary>Null with what is wrong, and what would be right, in <paramref name="fault"/>.</summary>
    public static ListenUrl? Parse(string text, Position at, out string fault)
    {
        fault = "";
        if (text.StartsWith("unix:", StringComparison.Ordinal))
            return Unix(text, at, out fault);
        string[] parts = text.Split("://", 2);
        if (parts.Length < 2 || parts[0] is not ("http" or "https"))
        {
            fault = "must be http://host:port, https://host:port or unix:/path";
            return null;
        }
        string place = parts[1].EndsWith('/') ? parts[1][..^1] : parts[1];
        fault = Addresses.FindFault(place, allowWildcard: true) ?? "";
        if (fault.Length > 0)
            return null;
        (string host, int port) = Addresses.Split(place);
        return new ListenUrl($"{parts[0]}://{host}:{port}", parts[0], host, port, at);
    }

    private static ListenUrl? Unix(string text, Position at, out string fault)
    {
        string path = text["unix:".Length..];
        fault = !path.StartsWith('/')
            ? "needs an absolute path: unix:/run/qschedd/qschedd.sock"
            : Encoding.UTF8.GetByteCount(path) > SocketPathBytesMax
            ? $"is longer than {SocketPathBytesMax} bytes, the most a socket's path may have"
            : "";
        return fault.Length > 0 ? null : new ListenUrl(text, "unix", null, 0, at);
    }
}

/// <summary>The form of addresses. A fault reads on after the quoted value; null: right.</summary>
internal static partial class Addresses
{
    public static (string Host, int Port) Split(string hostPort)
    {
        int colon = hostPort.LastIndexOf(':');
        return (hostPort[..colon], int.Parse(hostPort.AsSpan(colon + 1), CultureInfo.InvariantCulture));
    }

    /// <summary>Of a <c>host:port</c>; an IPv6 address stands in brackets.</summary>
    public static string? FindFault(string hostPort, bool allowWildcard = false)
    {
        int colon = hostPort.LastIndexOf(':');
        if (hostPort.AsSpan().ContainsAny("/?#@"))
            return "must be just host:port there, without a path or a user";
        if (hostPort.IndexOf(':') < colon && !hostPort.StartsWith('['))
            return "needs brackets around an IPv6 address, and a port, as in [::1]:20010";
        if (colon < 0 || hostPort.EndsWith(']'))
            return "needs a port, as in 192.168.1.1:20010";
        string port = hostPort[(colon + 1)..];
        if (!Port().IsMatch(port) || int.Parse(port, CultureInfo.InvariantCulture) > 65535)
            return $"has no right port: {Shown.Quote(port)} must be a number from 1 to 65535";
        return allowWildcard && hostPort[..colon] == "*" ? null : HostFault(hostPort[..colon]);
    }

    /// <summary>Of a worker: host:port; executors of XXL-JOB may also be base URLs.</summary>
    public static string? WorkerFault(string address)
    {
        string[] parts = address.Split("://", 2);
        if (parts.Length == 1)
            return FindFault(address);
        return parts[0] is "http" or "https" ? FindFault(parts[1].Split('/')[0]) : "must be host:port, as in 192.168.1.1:20010";
    }

    public static string? WorkerPathFault(string path) => path switch
    {
        not ['/', ..] => "must begin with '/', as in /qschedule/run",
        _ when path.EndsWith('/') => "must not end with '/': it is the run endpoint itself, as in /qschedule/run",
        _ when path.AsSpan().ContainsAny(" ?#\\") => "must be a plain path, without space, '?' and '#', as in /qschedule/run",
        _ => null,
    };

    public static string? AdvertiseFault(string url)
    {
        string[] parts = url.Split("://", 2);
        if (parts.Length < 2 || parts[0] is not ("http" or "https") || parts[1].AsSpan().ContainsAny(" ?#@\\"))
            return "must be a base URL, as in http://10.0.0.5:8080/";
        string place = parts[1].Split('/')[0];
        string? fault = FindFault(HasPort(place) ? place : $"{place}:80");
        bool isWildcard = fault is null && place.StartsWith("0.0.0.0", StringComparison.Ordinal);
        return isWildcard ? "is no address a worker can reach: name this host" : fault;
    }

    public static string? DatabaseFault(string path) => path switch
    {
        _ when path.StartsWith("postgres", StringComparison.Ordinal) && path.Contains("://", StringComparison.Ordinal) =>
            "is not supported yet; use a file path, as in qschedd.db",
        _ when path.Contains("://", StringComparison.Ordinal) => "must be a file path, as in qschedd.db",
        _ when path.EndsWith('/') => "must be a file, not a directory, as in qschedd.db",
        _ => null,
    };

    private static bool HasPort(string place) => place.LastIndexOf(':') > place.LastIndexOf(']');

    private static string? HostFault(string host) => host switch
    {
        "" => "needs a host before the port, as in 192.168.1.1:20010",
        ['[', .., ']'] => IPAddress.TryParse(host[1..^1], out IPAddress? v6) && v6.AddressFamily == AddressFamily.InterNetworkV6
            ? null : "holds no IPv6 address in its brackets, as in [::1]:20010",
        _ when NumbersOnly().IsMatch(host) => host.Split('.') is { Length: 4 } parts && parts.All(part => byte.TryParse(part, out _))
            ? null : "is no IPv4 address: four numbers from 0 to 255, as in 192.168.1.1:20010",
        _ => host.Length <= 253 && HostName().IsMatch(host)
            ? null : "holds no host name: letters, digits, '-' and '.', as in worker1.example:20010",
    };

    [GeneratedRegex(@"^[1-9][0-9]{0,4}\z")]
    private static partial Regex Port();

    [GeneratedRegex(@"^[0-9.]+\z")]
    private static partial Regex NumbersOnly();

    [GeneratedRegex(@"^[A-Za-z0-9_]([A-Za-z0-9_-]{0,62})(\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62})*\.?\z")]
    private static partial Regex HostName();
}
