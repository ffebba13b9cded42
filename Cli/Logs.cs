using System.CommandLine;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace Qschedd.Cli;

internal enum LogFormat
{
    Text,
    Systemd,
    Json,
}

/// <summary>Where log lines go and how they look: for people on a terminal, with <c>&lt;N&gt;</c> priorities under systemd.</summary>
internal static class Logs
{
    private const int CharsAtOnceMax = 16 * 1024;

    public static Option<LogFormat?> FormatOption() => new("--log")
    {
        CustomParser = result => Enum.TryParse<LogFormat>(result.Tokens[0].Value, ignoreCase: true, out var format) ? format : Refuse(result),
        Description = "default: systemd where systemd started the program, else text",
        HelpName = "text|systemd|json",
    };

    public static Option<LogLevel> LevelOption() => new("--log-level")
    {
        Description = "the least important lines to show",
        HelpName = "debug|information|warning|error",
        DefaultValueFactory = _ => LogLevel.Information,
    };

    /// <summary>Put together by hand: a container of services that builds the same takes ten milliseconds of each start.</summary>
    public static ILoggerFactory Create(LogFormat? format, LogLevel level)
    {
        var filter = new LoggerFilterOptions { MinLevel = level };
        filter.AddFilter("Microsoft", level < LogLevel.Information ? LogLevel.Information : LogLevel.Error);
        var console = new ConsoleLoggerOptions
        {
            FormatterName = NameOf(format ?? Detected()),
            // A reader of the log that stalls must not stall the daemon: lines are dropped, and the logger says how often. What the queue
            // holds may be up to LoopLog.LinesMax lines each.
            QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite,
            MaxQueueLength = 4_000,
        };
        // Console's own writer takes lines apart into writes of 256 bytes, each of which wakes who reads.
        Console.SetOut(new StreamWriter(Console.OpenStandardOutput(), Console.OutputEncoding, CharsAtOnceMax) { AutoFlush = true });
        var factory = new LoggerFactory([], filter);
        factory.AddProvider(new ConsoleLoggerProvider(
            new Unchanging(console), [new TextFormatter(), new SystemdFormatter(), new JsonFormatter()]));
        return factory;
    }

    private static LogFormat? Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"'{result.Tokens[0].Value}' is no log format: text, systemd or json");
        return null;
    }

    private static string NameOf(LogFormat format) => format switch
    {
        LogFormat.Systemd => SystemdFormatter.FormatterName,
        LogFormat.Json => JsonFormatter.FormatterName,
        _ => TextFormatter.FormatterName,
    };

    private static LogFormat Detected() =>
        Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null && Console.IsOutputRedirected ? LogFormat.Systemd : LogFormat.Text;

    private sealed class Unchanging(ConsoleLoggerOptions options) : IOptionsMonitor<ConsoleLoggerOptions>
    {
        public ConsoleLoggerOptions CurrentValue => options;

        public ConsoleLoggerOptions Get(string? name) => options;

        public IDisposable? OnChange(Action<ConsoleLoggerOptions, string?> listener) => null;
    }
}
