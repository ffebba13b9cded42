using System.Net.Sockets;
using System.Security.Authentication;
using Qschedd.Engine.Model;

namespace Qschedd.Cli.Client;

/// <summary>Why a call had no answer, in the words of who typed it.</summary>
internal static class ApiFaults
{
    private const string Away = "start one (qschedd run -c FILE), or give its address with --server or QSCHEDD_SERVER";

    public static ApiFault Of(Exception error, ServerAddress server, TimeSpan timeout) => error switch
    {
        OperationCanceledException { InnerException: TimeoutException { InnerException: null } } => new(
            "no connection in time", "check the address, and firewalls on the way", MayPass: true),
        OperationCanceledException => new(
            $"no answer within {Wording.Span((long)timeout.TotalMilliseconds)}", "see the daemon's log and /readyz; --timeout waits longer", MayPass: true, MaybeDone: true),
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } => new(
            $"the proxy refused the connection: {error.Message}", "put the server's host into NO_PROXY, or mend HTTPS_PROXY"),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => new(
            "the host name has no address (DNS)", "check the spelling in --server or QSCHEDD_SERVER", MayPass: true),
        _ when ErrorChain.Find<AuthenticationException>(error) is { } tls => OfTls(tls, error),
        _ => ErrorChain.Find<SocketException>(error) is { } socket && IsOfConnecting(error)
            ? OfConnecting(socket, server)
            : OfExchange(error, server),
    };

    private static ApiFault OfTls(AuthenticationException tls, Exception error) => new(
        $"TLS failed: {DisplayText.Line(ErrorChain.Find<AuthenticationException>(tls.InnerException)?.Message ?? tls.Message)}"
        + (error.InnerException is AuthenticationException ? "" : $" ({DisplayText.Line(error.Message)})"),
        tls.Message.Contains("certificate", StringComparison.Ordinal)
            ? "check that the name in the address is the certificate's; have its CA in the system's store, or point SSL_CERT_FILE at it"
            : "check the port; does it want http://?");

    /// <summary>A reset comes later, when the request may have arrived.</summary>
    private static bool IsOfConnecting(Exception error) =>
        (error is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.Unknown } or SocketException)
        && ErrorChain.Find<SocketException>(error)!.SocketErrorCode is not (SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted);

    private static ApiFault OfConnecting(SocketException error, ServerAddress server) => error.SocketErrorCode switch
    {
        _ when server.SocketPath is { } path && !Path.Exists(path) => new("there is no such socket", Away, MayPass: true),
        SocketError.ConnectionRefused => new("connection refused: no daemon listens there", Away, MayPass: true),
        SocketError.AccessDenied => new("permission denied", "run as a user who may use the socket: its owner or a member of its group"),
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => new("no route to the host", "check the address and the network", MayPass: true),
        SocketError.TimedOut => new("no connection in time", "check the address, and firewalls on the way", MayPass: true),
        _ => new(error.Message, Away, MayPass: true),
    };

    /// <summary>The request was under way.</summary>
    private static ApiFault OfExchange(Exception error, ServerAddress server) => ErrorChain.HttpErrorOf(error) switch
    {
        HttpRequestError.InvalidResponse => new(
            "the answer is not HTTP", server.IsTls ? "check the port" : "check the port; does it want https://?", MaybeDone: true),
        HttpRequestError.SecureConnectionError => new("TLS failed: the other side does not speak it", "check the port; does it want http://?"),
        HttpRequestError.ConfigurationLimitExceeded => new("the head of the answer is too long", "what answers there is not qschedd: check the address"),
        _ => new("the connection broke before the answer was whole", server.IsTls || server.SocketPath is not null ? "see the daemon's log; then ask again" : "see the daemon's log; does the port want https://?", MayPass: true, MaybeDone: true),
    };
}
