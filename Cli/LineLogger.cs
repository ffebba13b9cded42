using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Qschedd.Cli;

/// <summary>Log lines in one of our formats. The runtime's own console logger makes a string and a system call for each line.</summary>
internal sealed class LineLoggerProvider(ConsoleFormatter formatter, LineWriter writer) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(categoryName, formatter, writer);

    public void Dispose() => writer.Dispose();
}

internal sealed class LineLogger(string category, ConsoleFormatter formatter, LineWriter writer) : ILogger
{
    private const int KeptCharsMax = 4 * 1024;

    [ThreadStatic]
    private static StringWriter? _line;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> toText)
    {
        StringWriter line = _line ??= new StringWriter { NewLine = "\n" };
        formatter.Write(new LogEntry<TState>(logLevel, category, eventId, state, exception, toText), null, line);
        StringBuilder text = line.GetStringBuilder();
        writer.Write(text);
        text.Clear();
        if (text.Capacity > KeptCharsMax)
            text.Capacity = KeptCharsMax;
    }
}
