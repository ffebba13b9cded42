using System.Net;

namespace Qschedd.Cli.Client;

/// <summary>Where the daemon answers: <c>http://host:port</c>, <c>https://...</c> or <c>unix:/path</c>.</summary>
/// <param name="Base">With a slash at its end; what a proxy put before the paths stays.</param>
/// <param name="SocketPath">Null: over TCP.</param>
internal sealed record ServerAddress(string Base, string? SocketPath)
{
    public const string Default = "http://127.0.0.1:8080";
    private const string Unix = "unix:";
    private const int SocketPathBytesMax = 107;

    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>A proxy has no business with what never leaves this host.</summary>
    public bool IsLoopback => SocketPath is not null || UrlOf("").Host is var host
        && (host == "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal)
            || IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? ip) && IPAddress.IsLoopback(ip));

    public bool IsTls => Base.StartsWith("https:", StringComparison.Ordinal);

    /// <summary>Null, with the reason in <paramref name="fault"/>: no address of a server.</summary>
    public static ServerAddress? Parse(string text, out string fault)
    {
        fault = "";
        if (text.StartsWith(Unix, StringComparison.Ordinal))
            return OfSocket(text[Unix.Length..], out fault);
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Scheme is not ("http" or "https") || url.Host.Length == 0)
            fault = $"'{DisplayText.Line(text)}' is no address of a server: write http://host:port, https://host:port or unix:/path";
        else if (url.UserInfo.Length > 0)
            fault = "the server's address holds a user or password, which qschedd does not take: the token goes into QSCHEDD_TOKEN";
        else if (url.Query.Length > 0 || url.Fragment.Length > 0)
            fault = "the server's address ends before '?' and '#': write http://host:port";
        return fault.Length > 0 ? null : new ServerAddress(url!.AbsoluteUri.TrimEnd('/') + "/", null);
    }

    /// <summary>The path is not touched again: a name in it may read <c>..</c>, percent-encoded or not.</summary>
    public Uri UrlOf(string path) => new(Base + path, AsWritten);

    /// <summary>As an operator would write it.</summary>
    public string Shown(string path) => SocketPath is null ? Base + path : $"{Unix}{SocketPath} /{path}";

    private static ServerAddress? OfSocket(string path, out string fault)
    {
        string plain = path.StartsWith("///", StringComparison.Ordinal) ? path[2..] : path;
        bool good = plain.StartsWith('/') && System.Text.Encoding.UTF8.GetByteCount(plain) <= SocketPathBytesMax;
        fault = good ? "" : $"'{Unix}{DisplayText.Line(path)}' is no socket: write unix:/path, absolute and at most {SocketPathBytesMax} bytes long";
        return good ? new ServerAddress("http://localhost/", plain) : null;
    }
}
