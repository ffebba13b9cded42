using System.Text;
using Microsoft.Extensions.Logging;

namespace Qschedd.Engine;

/// <summary>
/// A logger before another one, to which it gives finished lines. One for all such loggers: each class that takes states of any type costs
/// the binary a method for each type.
/// </summary>
internal abstract class LineLogger(ILogger inner) : ILogger
{
    public virtual bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            Add(LogLine.Now(logLevel, formatter(state, exception), exception, state));
    }

    protected abstract void Add(LogLine line);

    protected void Give(LogBatch lines) => inner.Log(lines.Level, default, lines, exception: null, static (all, _) => all.ToString());
}

/// <summary>Lines that the log gets together, in their order.</summary>
internal sealed class LogBatch
{
    private readonly List<LogLine> _all = [];

    public IReadOnlyList<LogLine> All => _all;

    /// <summary>Of the most important one.</summary>
    public LogLevel Level { get; private set; } = LogLevel.Trace;

    /// <summary>Of all texts together, without faults.</summary>
    public int Chars { get; private set; }

    public void Add(LogLine line)
    {
        _all.Add(line);
        Chars += line.Text.Length;
        Level = line.Level > Level ? line.Level : Level;
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var line in _all)
            text.Append(text.Length > 0 ? Environment.NewLine : "").Append(line.Whole);
        return text.ToString();
    }
}

/// <param name="utc">When it was said.</param>
/// <param name="level">How important it is.</param>
/// <param name="text">The message.</param>
/// <param name="fault">What went wrong, where that is more than the message.</param>
/// <param name="state">What was said: where it has named parts, it lists them.</param>
internal sealed class LogLine(DateTime utc, LogLevel level, string text, Exception? fault, object? state)
{
    public DateTime Utc => utc;

    public LogLevel Level => level;

    public object? State => state;

    public string Text => text;

    /// <summary>Said at this instant.</summary>
    public static LogLine Now(LogLevel level, string text, Exception? fault, object? state) =>
        new(TimeProvider.System.GetUtcNow().UtcDateTime, level, text, fault, state);

    /// <summary>The message and the fault.</summary>
    public string Whole => fault is null ? Text : $"{Text}: {fault}";
}
