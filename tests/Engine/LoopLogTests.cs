using Microsoft.Extensions.Logging;
using Qschedd.Engine;
using Qschedd.Tests.Engine.Clock;

namespace Qschedd.Tests.Engine;

public class LoopLogTests
{
    private readonly ManualAlarm _alarm = new(EngineWorld.StartMs);
    private readonly Storage.LogLines _log = new();
    private readonly LoopLog _lines;

    public LoopLogTests() => _lines = new LoopLog(_log, _alarm);

    private IReadOnlyList<string> Given =>
        [.. _log.Lines.Select(batch => batch.Replace(Environment.NewLine, "|", StringComparison.Ordinal))];

    [Fact]
    public void Line_GoesAtOnce_WhenItComesAlone()
    {
        _lines.OwnByThisThread();
        Say("one");
        Pass(LoopLog.HeldMs);
        Say("two");
        Assert.Equal(["Information: one", "Information: two"], Given);
        Assert.Null(_lines.GiveDue());
    }

    [Fact]
    public void Lines_GoTogetherAndInOrder_WhenOneHasJustGone()
    {
        _lines.OwnByThisThread();
        Say("one");
        Say("two");
        Pass(2);
        Say("three", LogLevel.Warning);
        Assert.Equal(LoopLog.HeldMs - 2, _lines.GiveDue());
        Assert.Equal(["Information: one"], Given);
        Pass(LoopLog.HeldMs - 2);
        Assert.Null(_lines.GiveDue());
        Assert.Equal(["Information: one", "Warning: two|three"], Given);
    }

    [Fact]
    public void Error_GoesAtOnce_BehindThoseThatAreHeld()
    {
        _lines.OwnByThisThread();
        Say("one");
        Say("two");
        Say("three", LogLevel.Error);
        Assert.Equal(["Information: one", "Error: two|three"], Given);
    }

    [Fact]
    public void LineOfAnotherThread_GoesAtOnce_BehindThoseThatAreHeld()
    {
        _lines.OwnByThisThread();
        Say("one");
        Say("two");
        var other = new Thread(() => Say("three"));
        other.Start();
        other.Join();
        Assert.Equal(["Information: one", "Information: two|three"], Given);
    }

    [Fact]
    public void Lines_AreHeldUpToABound()
    {
        _lines.OwnByThisThread();
        for (int i = 0; i <= LoopLog.LinesMax; i++)
            Say($"{i}");
        Assert.Equal(["Information: 0", "Information: " + string.Join('|', Enumerable.Range(1, LoopLog.LinesMax))], Given);
    }

    [Fact]
    public void Lines_AreNotHeld_WhenNoLoopComesForThem()
    {
        Say("one");
        Say("two");
        _lines.OwnByThisThread();
        Say("three");
        _lines.Disown();
        Say("four");
        Say("five");
        Assert.Equal(["Information: one", "Information: two", "Information: three", "Information: four", "Information: five"], Given);
    }

    [Fact]
    public void Lines_AreLeftOut_WhenTheLogDoesNotWantThem()
    {
        var picky = new LoopLog(new Picky(_log), _alarm);
        Say("one", LogLevel.Information, picky);
        Say("two", LogLevel.Warning, picky);
        Assert.Equal(["Warning: two"], Given);
    }

    [Fact]
    public void Loop_LetsGoOfLines_ThoughNothingElseIsToBeDone()
    {
        var world = new EngineWorld().Start();
        using var loop = new EngineLoop(_alarm, new LoopClock(), _lines, _lines);
        loop.Start(world.Core);
        loop.Post(() =>
        {
            Say("one");
            Say("two");
        });
        _alarm.WaitUntilAsleep();
        Assert.Equal(["Information: one"], Given);
        _alarm.PassTime(TimeSpan.FromMilliseconds(LoopLog.HeldMs));
        Assert.Equal(["Information: one", "Information: two"], Given);
    }

    [Fact]
    public void Loop_LetsGoOfLines_WhenItEnds()
    {
        var world = new EngineWorld().Start();
        using (var loop = new EngineLoop(_alarm, new LoopClock(), _lines, _lines))
        {
            loop.Start(world.Core);
            loop.Post(() =>
            {
                Say("one");
                Say("two");
            });
            _alarm.WaitUntilAsleep();
        }
        Assert.Equal(["Information: one", "Information: two"], Given);
    }

    [Fact]
    public void Loop_GoesOn_WhenTheLogBreaksOverWhatWasHeld()
    {
        var lines = new LoopLog(new Breaking(_log), _alarm);
        var world = new EngineWorld().Start();
        using var loop = new EngineLoop(_alarm, new LoopClock(), lines, lines);
        loop.Start(world.Core);
        loop.Post(() =>
        {
            Say("one", to: lines);
            Say(Breaking.Word, to: lines);
        });
        _alarm.WaitUntilAsleep();
        _alarm.PassTime(TimeSpan.FromMilliseconds(LoopLog.HeldMs));
        Assert.Equal(1, world.Core.Counters.Faults);
        loop.Post(() => Say("three", LogLevel.Error, lines));
        _alarm.WaitUntilAsleep();
        Assert.Equal(("Information: one", "Error: three"), (Given[0], Given[^1]));
    }

    private void Say(string text, LogLevel level = LogLevel.Information, LoopLog? to = null) =>
        (to ?? _lines).Log(level, default, text, exception: null, static (said, _) => said);

    private void Pass(int ms) => _alarm.Advance(TimeSpan.FromMilliseconds(ms));

    private sealed class Breaking(ILogger inner) : ILogger
    {
        public const string Word = "what no log can take";

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (formatter(state, exception) == Word)
                throw new InvalidOperationException("broken");
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
    }

    private sealed class Picky(ILogger inner) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            inner.Log(logLevel, eventId, state, exception, formatter);
    }
}
