using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;

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

    public static ILoggerFactory Create(LogFormat? format, LogLevel level) => LoggerFactory.Create(builder =>
    {
        builder.SetMinimumLevel(level);
        builder.AddFilter("Microsoft", level < LogLevel.Information ? LogLevel.Information : LogLevel.Error);
        builder.Services.AddSingleton<ILoggerProvider>(
            _ => new LineLoggerProvider(FormatterOf(format ?? Detected()), new LineWriter(Console.OpenStandardOutput())));
    });

    private static LogFormat? Refuse(System.CommandLine.Parsing.ArgumentResult result)
    {
        result.AddError($"'{result.Tokens[0].Value}' is no log format: text, systemd or json");
        return null;
    }

    private static ConsoleFormatter FormatterOf(LogFormat format) => format switch
    {
        LogFormat.Systemd => new SystemdFormatter(),
        LogFormat.Json => new JsonFormatter(),
        _ => new TextFormatter(),
    };

    private static LogFormat Detected() =>
        Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null && Console.IsOutputRedirected ? LogFormat.Systemd : LogFormat.Text;
}
