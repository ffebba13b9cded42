using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Qschedd.Engine;

namespace Qschedd.Cli;

/// <summary>One line an event, also of those that come several at a time.</summary>
internal abstract class LineFormatter(string name) : ConsoleFormatter(name)
{
    /// <summary>Time, level and the end of the line; in JSON, whose lines are longer, the builder grows as ever.</summary>
    private const int CharsAroundText = 40;

    public sealed override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        if (entry.State is LogBatch lines)
            Write(lines, output);
        else
            Write(LogLine.Now(entry.LogLevel, entry.Formatter(entry.State, entry.Exception), entry.Exception, entry.State), output);
    }

    protected abstract void Write(LogLine line, TextWriter output);

    /// <summary>
    /// The logger's own builder, which it shortens after each entry: grown bit by bit it took a kilobyte of memory for a line, a seventh of
    /// all that a task leaves to the collector.
    /// </summary>
    private void Write(LogBatch lines, TextWriter output)
    {
        if (output is StringWriter text && text.GetStringBuilder() is { } builder)
            builder.EnsureCapacity(builder.Length + lines.Chars + lines.All.Count * CharsAroundText);
        foreach (var line in lines.All)
            Write(line, output);
    }

    /// <summary>The message in one line; line breaks that came in with somebody's text cannot forge another line.</summary>
    protected static string TextOf(LogLine line)
    {
        string text = line.Whole;
        return text.AsSpan().IndexOfAnyInRange('\0', '\u001F') < 0 ? text : Escaped(text);
    }

    private static string Escaped(string text)
    {
        var line = new StringBuilder(text.Length + 16);
        foreach (char c in text)
            line = c switch
            {
                '\n' => line.Append("\\n"),
                '\r' => line.Append("\\r"),
                '\t' => line.Append(' '),
                < ' ' => line.Append('?'),
                _ => line.Append(c),
            };
        return line.ToString();
    }
}

/// <summary>One line an event, for people: time, level, message.</summary>
internal sealed class TextFormatter() : LineFormatter(FormatterName)
{
    public const string FormatterName = "qschedd-text";

    [ThreadStatic]
    private static long _second;

    [ThreadStatic]
    private static string? _time;

    protected override void Write(LogLine line, TextWriter output)
    {
        Write(output, line.Utc);
        output.Write(Level(line.Level));
        output.WriteLine(TextOf(line));
    }

    /// <summary>Local time, of which all but the milliseconds is made once a second.</summary>
    private static void Write(TextWriter output, DateTime utc)
    {
        long second = utc.Ticks / TimeSpan.TicksPerSecond;
        if (second != _second || _time is null)
            (_second, _time) = (second, utc.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.", CultureInfo.InvariantCulture));
        output.Write(_time);
        Span<char> ms = stackalloc char[4];
        utc.Millisecond.TryFormat(ms, out _, "000", CultureInfo.InvariantCulture);
        ms[3] = ' ';
        output.Write(ms);
    }

    private static string Level(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug ",
        LogLevel.Information => "info  ",
        LogLevel.Warning => "warn  ",
        _ => "error ",
    };
}

/// <summary>One line an event, with the priority that journald reads from its head; journald has the time itself.</summary>
internal sealed class SystemdFormatter() : LineFormatter(FormatterName)
{
    public const string FormatterName = "qschedd-systemd";

    protected override void Write(LogLine line, TextWriter output)
    {
        output.Write(Priority(line.Level));
        output.WriteLine(TextOf(line));
    }

    private static string Priority(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "<7>",
        LogLevel.Information => "<6>",
        LogLevel.Warning => "<4>",
        LogLevel.Error => "<3>",
        _ => "<2>",
    };
}

/// <summary>One JSON object an event: time, level, message, and each named part of the message.</summary>
internal sealed class JsonFormatter() : LineFormatter(FormatterName)
{
    public const string FormatterName = "qschedd-json";

    protected override void Write(LogLine line, TextWriter output)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", new DateTimeOffset(line.Utc).ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("level", line.Level.ToString().ToLowerInvariant());
            json.WriteString("message", TextOf(line));
            if (line.State is IReadOnlyList<KeyValuePair<string, object?>> parts)
                WriteParts(json, parts);
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void WriteParts(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> parts)
    {
        foreach (var (name, value) in parts)
        {
            if (name == "{OriginalFormat}" || value is null)
                continue;
            json.WritePropertyName(JsonNamingPolicy.CamelCase.ConvertName(name == "Message" ? "detail" : name));
            WriteValue(json, value);
        }
    }

    private static void WriteValue(Utf8JsonWriter json, object value)
    {
        if (value is int or long)
            json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
        else if (value is bool truth)
            json.WriteBooleanValue(truth);
        else
            json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture));
    }
}
