using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Qschedd.Cli;

/// <summary>One line an event, for people: time, level, message.</summary>
internal sealed class TextFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "qschedd-text";

    [ThreadStatic]
    private static long _second;

    [ThreadStatic]
    private static string? _time;

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        WriteNow(output, TimeProvider.System.GetUtcNow().UtcDateTime);
        output.Write(Level(entry.LogLevel));
        output.WriteLine(LogText.Of(entry));
    }

    /// <summary>Local time, of which all but the milliseconds is made once a second.</summary>
    private static void WriteNow(TextWriter output, DateTime utc)
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
internal sealed class SystemdFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "qschedd-systemd";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        output.Write(Priority(entry.LogLevel));
        output.WriteLine(LogText.Of(entry));
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
internal sealed class JsonFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "qschedd-json";

    public override void Write<TState>(in LogEntry<TState> entry, IExternalScopeProvider? scopes, TextWriter output)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("time", TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
            json.WriteString("level", entry.LogLevel.ToString().ToLowerInvariant());
            json.WriteString("message", LogText.Of(entry));
            if (entry.State is IReadOnlyList<KeyValuePair<string, object?>> parts)
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

internal static class LogText
{
    /// <summary>The message in one line; line breaks that came in with somebody's text cannot forge another line.</summary>
    public static string Of<TState>(in LogEntry<TState> entry)
    {
        string text = entry.Formatter(entry.State, entry.Exception);
        if (entry.Exception is { } fault)
            text = $"{text}: {fault}";
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
