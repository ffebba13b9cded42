using System.Net.Sockets;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Workers.Native;

/// <summary>Why no answer came, in an operator's words, and whether the worker may have the request.</summary>
internal static class SendFault
{
    /// <summary>What the handler may throw for the network's or the worker's faults. Anything else is a fault of ours.</summary>
    public static bool IsExpected(Exception error) =>
        error is HttpRequestException or IOException or OperationCanceledException or SocketException or ObjectDisposedException;

    public static RunOutcome Outcome(Exception error, bool wasSent, TimeSpan answerTimeout, bool stopping) => (wasSent, error) switch
    {
        (true, OperationCanceledException) when stopping => Unknown("the daemon stopped before the worker answered"),
        (true, OperationCanceledException) => Unknown($"no answer within {Seconds(answerTimeout)}"),
        (true, _) => Unknown(SentWords(error)),
        (false, OperationCanceledException) when stopping => NotDelivered("the daemon stopped before the task was sent"),
        // The connect time-out is an OperationCanceledException too, with this inside; ours is not.
        (false, OperationCanceledException { InnerException: TimeoutException }) => NotDelivered("no connection in time"),
        (false, OperationCanceledException) => new RunOutcome(
            RunResult.QueueFull, $"no connection to the worker became free within {Seconds(answerTimeout)}"),
        (false, _) => NotDelivered(ConnectWords(error)),
    };

    private static RunOutcome Unknown(string why) => new(
        RunResult.Unknown, BoundedText.Head($"sent, but {why}: the task may or may not run", BoundedText.MessageBytesMax));

    private static RunOutcome NotDelivered(string why) => new(
        RunResult.NotDelivered, BoundedText.Head($"not delivered: {why}", BoundedText.MessageBytesMax));

    /// <summary>Why a call had no answer, for calls that may be repeated.</summary>
    public static string Words(Exception error, bool wasSent, TimeSpan timeout) => (wasSent, error) switch
    {
        (_, OperationCanceledException) => wasSent ? $"no answer within {Seconds(timeout)}" : "no connection in time",
        (true, _) => SentWords(error),
        (false, _) => ConnectWords(error),
    };

    /// <summary>Of an error before the request was sent.</summary>
    private static string ConnectWords(Exception error) => (error as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => "the name has no address (DNS)",
        _ when ErrorChain.Find<OutsideNetworksException>(error) is { } outside => outside.Message,
        _ => ErrorChain.Find<SocketException>(error)?.SocketErrorCode switch
        {
            SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "the name has no address (DNS)",
            SocketError.ConnectionRefused => "connection refused",
            SocketError.HostUnreachable or SocketError.NetworkUnreachable => "no route to the worker",
            SocketError.TimedOut => "no connection in time",
            SocketError.TooManyOpenSockets => "the daemon has too many files open",
            _ => error.Message,
        },
    };

    /// <summary>Of an error after the request was sent, or while it was.</summary>
    private static string SentWords(Exception error) =>
        ErrorChain.Find<SocketException>(error)?.SocketErrorCode switch
        {
            SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted => "the connection was reset",
            _ => ErrorChain.HttpErrorOf(error) switch
            {
                HttpRequestError.ResponseEnded => "the connection was closed before the answer was whole",
                HttpRequestError.InvalidResponse => "the answer is not HTTP",
                HttpRequestError.ConfigurationLimitExceeded => "the head of the answer is too long",
                _ => error.Message,
            },
        };

    private static string Seconds(TimeSpan span) =>
        string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.###} s");
}
