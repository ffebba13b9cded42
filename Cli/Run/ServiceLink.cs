using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Qschedd.Cli.Run;

/// <summary>
/// Tells the service manager how the daemon is (Type=notify-reload): ready, reloading, stopping, alive, and in a line what it does.
/// Without a manager it does nothing.
/// </summary>
/// <param name="socket">The manager's; owned from now on.</param>
/// <param name="status">What the daemon does, in one line.</param>
/// <param name="logger">For operators.</param>
internal sealed class ServiceLink(NotifySocket? socket, Func<string> status, ILogger logger) : IDisposable
{
    private const int StatusCharsMax = 500;
    private static readonly TimeSpan StatusEvery = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private string? _told;
    private bool _isFaultTold;
    private volatile bool _isStopping;

    public void Ready()
    {
        if (!_isStopping)
            Send("READY=1\n", StatusLine());
    }

    /// <summary>The manager takes it for the answer to a reload that it asked for before this instant of the monotonic clock.</summary>
    public void Reloading()
    {
        if (_isStopping)
            return;
        long microseconds = (long)(Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1e6));
        Send($"RELOADING=1\nMONOTONIC_USEC={microseconds}\n", StatusLine());
    }

    /// <summary>The last word on its state: a reload that ends later is nobody's news any more.</summary>
    public void Stopping()
    {
        _isStopping = true;
        Send("STOPPING=1\n", StatusLine());
    }

    /// <summary>From now on the line is kept true, and signs of life are given.</summary>
    /// <param name="watchdog">Gives them.</param>
    /// <param name="period">Between two; null: nobody wants them.</param>
    public void Keep(Watchdog watchdog, TimeSpan? period)
    {
        if (socket is null)
            return;
        _ = EachAsync(StatusEvery, Refresh);
        if (period is { } each)
            _ = EachAsync(each, watchdog.Beat);
    }

    /// <summary>A word without a line of its own.</summary>
    public void Say(string word) => Send(word, null);

    public void Dispose()
    {
        _stop.Cancel();
        lock (_gate)
            socket?.Dispose();
        _stop.Dispose();
    }

    private void Refresh()
    {
        string line = StatusLine();
        if (line != _told)
            Send("", line);
    }

    private string StatusLine()
    {
        string line = socket is null ? "" : status().ReplaceLineEndings(" ");
        return line.Length <= StatusCharsMax ? line : line[..StatusCharsMax] + "...";
    }

    private void Send(string words, string? line)
    {
        lock (_gate)
        {
            if (socket is null || _stop.IsCancellationRequested)
                return;
            _told = line ?? _told;
            string? fault = socket.Send(line is null ? words : $"{words}STATUS={line}\n");
            if (fault is not null && !_isFaultTold)
                ServiceLog.Deaf(logger, fault);
            _isFaultTold = fault is not null;
        }
    }

    private async Task EachAsync(TimeSpan period, Action action)
    {
        using var timer = new PeriodicTimer(period);
        var stop = _stop.Token;
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
                action();
        }
        catch (OperationCanceledException)
        {
            // The daemon has stopped.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The edge of this loop: without its signs of life the manager starts the daemon anew.
            ServiceLog.Broken(logger, fault);
        }
    }
}

internal static partial class ServiceLog
{
    [LoggerMessage(LogLevel.Warning, "the service manager cannot be told how the daemon is ({Fault}); it is tried again at the next word")]
    public static partial void Deaf(ILogger logger, string fault);

    [LoggerMessage(LogLevel.Critical, "the service manager is told nothing more; if it watches the daemon, it starts it anew")]
    public static partial void Broken(ILogger logger, Exception fault);
}
