using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Qschedd.Engine.Clock;

namespace Qschedd.Engine;

/// <summary>
/// The thread that owns the engine. It sleeps until the next due time, a message, or a second has passed (so that a step of the
/// clock is noticed); then it takes all messages, makes one step, and sleeps again. It never waits for I/O.
/// </summary>
internal sealed class EngineLoop : IMailbox, IDisposable
{
    private static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(1);

    private readonly ConcurrentQueue<object> _messages = new();
    private readonly IAlarm _alarm;
    private readonly LoopClock _clock;
    private readonly ILogger _logger;
    private readonly LoopLog? _lines;
    private readonly RestCollection? _rest;
    private readonly Thread _thread;
    private EngineCore? _core;
    private int _commands;
    private long _rounds;
    private volatile bool _isStopping;

    /// <param name="alarm">The clocks, and what the loop sleeps on.</param>
    /// <param name="clock">Set at each round.</param>
    /// <param name="logger">For operators.</param>
    /// <param name="lines">Whose lines the loop lets go of; null: they are not held.</param>
    /// <param name="rest">Collects while the loop rests; null: the runtime alone says when.</param>
    public EngineLoop(IAlarm alarm, LoopClock clock, ILogger logger, LoopLog? lines = null, RestCollection? rest = null)
    {
        (_alarm, _clock, _logger, _lines, _rest) = (alarm, clock, logger, lines, rest);
        _thread = new Thread(Run) { Name = "engine", IsBackground = false };
        ReadClock();
    }

    /// <summary>Alive: how often it has gone round.</summary>
    public long Rounds => Interlocked.Read(ref _rounds);

    /// <summary>Callers' commands that wait.</summary>
    public int Commands => Volatile.Read(ref _commands);

    public void Start(EngineCore core)
    {
        Own(core);
        _thread.Start();
    }

    /// <summary>Without the thread: the owner goes round himself.</summary>
    public void Own(EngineCore core) => _core = core;

    /// <summary>Reads the clocks, takes the messages that are there, and makes one step.</summary>
    public void Round()
    {
        ReadClock();
        TakeMessages();
        Guarded(_core!.Step, "a step");
        Interlocked.Increment(ref _rounds);
    }

    /// <summary>An event of the engine's own: bounded by what it has under way.</summary>
    public void Post(Action message)
    {
        _messages.Enqueue(message);
        _alarm.Ring();
    }

    public void Post(ILoopMessage message)
    {
        _messages.Enqueue(message);
        _alarm.Ring();
    }

    /// <summary>Lets it go round once more, should it sleep.</summary>
    public void Ring() => _alarm.Ring();

    /// <summary>A caller's command; false: too many wait already.</summary>
    public bool TryPost(Action command, int commandsMax)
    {
        if (Interlocked.Increment(ref _commands) > commandsMax)
        {
            Interlocked.Decrement(ref _commands);
            return false;
        }
        Post(() =>
        {
            Interlocked.Decrement(ref _commands);
            command();
        });
        return true;
    }

    public void Dispose()
    {
        _isStopping = true;
        _alarm.Ring();
        if (_thread.IsAlive)
            _thread.Join();
    }

    private void Run()
    {
        _lines?.OwnByThisThread();
        while (!_isStopping)
        {
            Round();
            Sleep(GiveLines());
        }
        _lines?.Disown();
    }

    private int? GiveLines()
    {
        try
        {
            return _lines?.GiveDue();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            OnFault(fault, "what the log was told");
            return null;
        }
    }

    private void ReadClock()
    {
        _clock.WallMs = _alarm.WallNowMs;
        _clock.MonotonicMs = _alarm.MonotonicNowMs;
    }

    /// <summary>Those that are there now: what they post in turn comes in the next round, so that time moves on.</summary>
    private void TakeMessages()
    {
        for (int left = _messages.Count; left > 0 && _messages.TryDequeue(out var message); left--)
            TakeGuarded(message);
    }

    private void TakeGuarded(object message)
    {
        try
        {
            if (message is ILoopMessage own)
                own.Run();
            else
                ((Action)message)();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            OnFault(fault, "a message");
        }
    }

    private void Guarded(Action action, string what)
    {
        try
        {
            action();
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            OnFault(fault, what);
        }
    }

    /// <summary>The loop's edge: a fault in one job's handling must not stop all the others.</summary>
    private void OnFault(Exception fault, string what)
    {
        _core!.Counters.Faults++;
        EngineLog.LoopFault(_logger, fault, what);
    }

    /// <param name="mostMs">No longer; null: than the longest sleep.</param>
    private void Sleep(int? mostMs)
    {
        if (!_messages.IsEmpty)
            return;
        var (wallMs, monotonicMs) = _core!.NextWake();
        // By the clock as it is now: the round may have been long.
        long sleepMs = Math.Min(mostMs ?? (long)LongestSleep.TotalMilliseconds, monotonicMs - _alarm.MonotonicNowMs);
        if (sleepMs <= 0)
            return;
        if (_rest is { IsDue: true } rest && !_core.Firing.IsHeldUp
            && Math.Min(sleepMs, wallMs - _alarm.WallNowMs) >= RestCollection.QuietMs + rest.RoomMs)
            CollectIfQuiet(rest, wallMs, monotonicMs);
        else
            _alarm.WaitUntil(wallMs, TimeSpan.FromMilliseconds(sleepMs));
    }

    /// <summary>Sleeps a little, and collects if nothing has come meanwhile and nothing is near.</summary>
    private void CollectIfQuiet(RestCollection rest, long wallMs, long monotonicMs)
    {
        long quietMs = _alarm.MonotonicNowMs + RestCollection.QuietMs;
        _alarm.WaitUntil(wallMs, TimeSpan.FromMilliseconds(RestCollection.QuietMs));
        long nowMs = _alarm.MonotonicNowMs;
        bool isQuiet = _messages.IsEmpty && nowMs >= quietMs; // else it was rung, or the clock was set
        if (isQuiet && Math.Min(wallMs - _alarm.WallNowMs, monotonicMs - nowMs) >= rest.RoomMs)
            rest.Collect();
    }
}
