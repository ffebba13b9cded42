using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;

namespace Qschedd.Http;

/// <summary>
/// The certificate in use, and the watch over its files: a new pair that is at rest and good replaces it for connections to come; a
/// bad one changes nothing and is told. Two looks must agree first: tools write certificate and key one after the other.
/// </summary>
/// <param name="settings">Where the files are, by the configuration in force; null: as before.</param>
/// <param name="notice">Told what an operator should see, or null.</param>
/// <param name="clock">For expiry.</param>
/// <param name="logger">For operators.</param>
internal sealed partial class TlsCertificate(Func<TlsSettings?> settings, Action<string?> notice, TimeProvider clock, ILogger logger) : IDisposable
{
    public static readonly TimeSpan HandshakeTimeout = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan WarnBefore = TimeSpan.FromDays(14);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WarnEvery = TimeSpan.FromDays(1);

    private readonly CancellationTokenSource _stop = new();
    private volatile TlsPair? _pair;
    private TlsSettings? _files;
    private string _tried = "";
    private string _before = "";
    private string? _refusal;
    private DateTimeOffset _nextWarning;

    /// <exception cref="IOException">The first pair cannot be used.</exception>
    public void Start()
    {
        _files = settings() ?? throw new IOException("https needs server.tls: {certificate, key}");
        _tried = _before = TlsFiles.Fingerprint(_files);
        Take(TlsPair.Load(_files));
        WarnOfExpiry();
        _ = WatchAsync();
    }

    public TlsHandshakeCallbackOptions Handshake() => new()
    {
        HandshakeTimeout = HandshakeTimeout,
        OnConnection = _ => new(_pair!.Options),
    };

    /// <summary>One look at the files. Called by the watch alone.</summary>
    public void Look()
    {
        _files = settings() ?? _files!;
        string now = TlsFiles.Fingerprint(_files);
        bool isAtRest = now == _before;
        _before = now;
        if (isAtRest && now != _tried)
        {
            _tried = now;
            Replace();
        }
        WarnOfExpiry();
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private void Replace()
    {
        try
        {
            TlsPair pair = TlsPair.Load(_files!);
            _refusal = null;
            Take(pair);
        }
        catch (Exception fault) when (fault is IOException)
        {
            _refusal = $"the TLS certificate on disk is refused, the one before it is in use until {Day(_pair!.NotAfter)}: {fault.Message}";
            LogRefused(fault.Message, _pair.Subject, Day(_pair.NotAfter));
        }
        _nextWarning = default; // what is in use has changed, or stays longer than was meant: look at its dates now
        Notify();
    }

    private void Take(TlsPair pair)
    {
        _pair = pair;
        LogInUse(pair.Subject, Day(pair.NotAfter));
    }

    private void WarnOfExpiry()
    {
        if (clock.GetUtcNow() < _nextWarning)
            return;
        _nextWarning = clock.GetUtcNow() + WarnEvery;
        if (DateTrouble() is { } trouble)
            LogDates(trouble);
        Notify();
    }

    private void Notify()
    {
        string text = string.Join("; ", ((string?[])[_refusal, DateTrouble()]).Where(part => part is not null));
        notice(text.Length == 0 ? null : text);
    }

    private string? DateTrouble()
    {
        TlsPair pair = _pair!;
        var now = clock.GetUtcNow();
        return now > pair.NotAfter ? $"the TLS certificate of {pair.Subject} has expired on {Day(pair.NotAfter)}: clients refuse it"
            : now < pair.NotBefore ? $"the TLS certificate of {pair.Subject} is valid only from {Day(pair.NotBefore)}: clients refuse it"
            : now > pair.NotAfter - WarnBefore ? $"the TLS certificate of {pair.Subject} expires on {Day(pair.NotAfter)}"
            : null;
    }

    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(LookEvery, clock);
        var stop = _stop.Token;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                while (await timer.WaitForNextTickAsync(stop))
                    Look();
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                // The edge of the watch: the certificate in use stays, and the next look comes.
                LogLookFailed(fault);
            }
        }
    }

    private static string Day(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";

    [LoggerMessage(LogLevel.Information, "TLS certificate of {Subject}, valid until {NotAfter}, is in use for new connections")]
    private partial void LogInUse(string subject, string notAfter);

    [LoggerMessage(LogLevel.Error, "{Reason}; the certificate of {Subject} (until {NotAfter}) stays in use")]
    private partial void LogRefused(string reason, string subject, string notAfter);

    [LoggerMessage(LogLevel.Warning, "{Trouble}; put a new pair into the files of server.tls, it is taken up without a restart")]
    private partial void LogDates(string trouble);

    [LoggerMessage(LogLevel.Error, "the files of server.tls could not be looked at; the certificate in use stays")]
    private partial void LogLookFailed(Exception fault);
}
