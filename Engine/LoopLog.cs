using Microsoft.Extensions.Logging;
using Qschedd.Engine.Clock;

namespace Qschedd.Engine;

/// <summary>
/// Gives the loop's lines to the log several at a time: a write for each, and a reader that each wakes, take a twentieth of a task. One
/// that comes alone goes at once; those that follow within <see cref="HeldMs"/> go together. Errors, and what other threads say, go
/// at once, behind those that are held. Any thread.
/// </summary>
internal sealed class LoopLog(ILogger inner, IAlarm alarm) : LineLogger(inner)
{
    /// <summary>Milliseconds that a line waits at most, but for the round in which the loop is.</summary>
    public const int HeldMs = 5;

    /// <summary>The log's queue is bounded by how often something is put into it, whatever the number of lines.</summary>
    public const int LinesMax = 16;

    private readonly Lock _gate = new();
    private LogBatch _held = new();
    private long _givenMs = long.MinValue / 2;
    private int _loopThread;

    private long NowMs => alarm.MonotonicNowMs;

    private long DueMs => _givenMs + HeldMs;

    /// <summary>The calling thread is the loop's from now on: it will come to <see cref="GiveDue"/>.</summary>
    public void OwnByThisThread() => Volatile.Write(ref _loopThread, Environment.CurrentManagedThreadId);

    /// <summary>The loop is over: nothing is held any more.</summary>
    public void Disown()
    {
        Volatile.Write(ref _loopThread, 0);
        lock (_gate)
            Give();
    }

    /// <summary>Lets go of lines that have waited. Owner: the loop, each time it goes round.</summary>
    /// <returns>Milliseconds until the next are due; null: none is held.</returns>
    public int? GiveDue()
    {
        lock (_gate)
        {
            if (_held.All.Count == 0)
                return null;
            long leftMs = DueMs - NowMs;
            if (leftMs > 0)
                return (int)leftMs;
            Give();
            return null;
        }
    }

    protected override void Add(LogLine line)
    {
        lock (_gate)
        {
            _held.Add(line);
            bool isLoop = Environment.CurrentManagedThreadId == Volatile.Read(ref _loopThread);
            bool mayWait = isLoop && line.Level < LogLevel.Error && NowMs < DueMs;
            if (!mayWait || _held.All.Count == LinesMax)
                Give();
        }
    }

    private void Give()
    {
        if (_held.All.Count == 0)
            return;
        var lines = _held;
        _held = new();
        _givenMs = NowMs;
        Give(lines);
    }
}
