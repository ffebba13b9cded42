using System.Runtime.InteropServices;

namespace Qschedd.Engine;

/// <summary>
/// A count on a line of memory of its own: the threads that begin requests change it while the loop changes what stands beside it, and
/// would take the line from each other at each task.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct ApartCount
{
    [FieldOffset(64)]
    public int Value;
}

/// <summary>A worker as the loop knows it, one for each address however many jobs it serves. Owner: the loop.</summary>
internal sealed class WorkerState(string address)
{
    /// <summary>Names that a worker may go by; of more the oldest are let go.</summary>
    private const int NamesMax = 16;

    private const long FirstPauseMs = 1_000;
    private const long LongestPauseMs = 60_000;

    private int _failures;
    private long _pausedUntilMs = long.MinValue;
    private string[] _names = [];
    private ApartCount _beginning;

    public string Address { get; } = address;
    public string Host { get; } = Model.Worker.HostOf(address);

    /// <summary>What the YAML, of any app, and the worker itself call its host. Any thread.</summary>
    public IReadOnlyList<string> Names => Volatile.Read(ref _names);

    /// <summary>It stands, or stood, in the YAML.</summary>
    public bool IsStatic { get; set; }

    /// <summary>Tasks in state 100 or 200 that are given to it.</summary>
    public int Running { get; set; }
    /// <summary>Requests under way.</summary>
    public int Sends { get; set; }
    /// <summary>Recorded tasks that wait for a place among the requests, each for one hand-over of it.</summary>
    public Queue<(TaskRun Task, int Sends)> Waiting { get; } = new(0);
    public bool IsReady { get; set; }

    /// <summary>Nothing is given to it and nothing under way.</summary>
    public bool IsIdle => Running == 0 && Sends == 0 && Waiting.Count == 0;

    /// <summary>A request to it is between the last look at the operators' words and its beginning. Any thread.</summary>
    public bool IsBeginning => Volatile.Read(ref _beginning.Value) > 0;

    /// <summary>By the monotonic clock; long past: it is not paused. Any thread.</summary>
    public long PausedUntilMs => Volatile.Read(ref _pausedUntilMs);

    public void EnterBeginning() => Interlocked.Increment(ref _beginning.Value);

    public void LeaveBeginning() => Interlocked.Decrement(ref _beginning.Value);

    /// <summary>Any thread: whoever composes a job's workers may come by a name first.</summary>
    public void AddName(string name)
    {
        while (true)
        {
            string[] names = Volatile.Read(ref _names);
            if (names.Contains(name, StringComparer.OrdinalIgnoreCase))
                return;
            string[] more = [.. names.Skip(Math.Max(0, names.Length + 1 - NamesMax)), name];
            if (Interlocked.CompareExchange(ref _names, more, names) == names)
                return;
        }
    }

    /// <summary>A connection has failed lately: it is tried last until a pause, which grows with each failure, is over.</summary>
    public bool IsPaused(long monotonicMs) => monotonicMs < _pausedUntilMs;

    public void OnUnreachable(long monotonicMs)
    {
        if (IsPaused(monotonicMs))
            return; // requests that failed together are one failure
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
