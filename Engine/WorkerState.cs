namespace Qschedd.Engine;

/// <summary>A worker as the loop knows it, one for each address however many jobs it serves. Owner: the loop.</summary>
internal sealed class WorkerState(string address, string hostname)
{
    private const long FirstPauseMs = 1_000;
    private const long LongestPauseMs = 60_000;

    private int _failures;
    private long _pausedUntilMs = long.MinValue;

    public string Address { get; } = address;
    public string Host { get; } = Model.Worker.HostOf(address);
    public string Hostname { get; set; } = hostname;

    /// <summary>Tasks in state 100 or 200 that are given to it.</summary>
    public int Running { get; set; }
    /// <summary>Requests under way.</summary>
    public int Sends { get; set; }
    /// <summary>Recorded tasks that wait for a place among the requests.</summary>
    public Queue<TaskRun> Waiting { get; } = new(0);
    public bool IsReady { get; set; }

    /// <summary>A connection has failed lately: it is tried last until a pause, which grows with each failure, is over.</summary>
    public bool IsPaused(long monotonicMs) => monotonicMs < _pausedUntilMs;

    public void OnUnreachable(long monotonicMs)
    {
        long pauseMs = Math.Min(LongestPauseMs, FirstPauseMs << Math.Min(_failures, 10));
        _failures++;
        _pausedUntilMs = monotonicMs + pauseMs;
    }

    public void OnAnswer()
    {
        _failures = 0;
        _pausedUntilMs = long.MinValue;
    }
}
