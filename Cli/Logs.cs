using System.CommandLine;
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
        switch (format ?? Detected())
        {
            case LogFormat.Systemd:
                builder.AddSystemdConsole();
                break;
            case LogFormat.Json:
                builder.AddJsonConsole(o => o.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffzzz");
                break;
            default:
                builder.AddSimpleConsole(o =>
                {
                    o.SingleLine = true;
                    o.TimestampFormat = "yyyy-MM-dd HH:mm:ss.fff ";
                });
                break;
        }
        // A reader of the log that stalls must not stall the daemon: lines are dropped, and the logger says how many.
        builder.Services.ConfigureDropping();
    });

    private static LogFormat Detected() =>
        Environment.GetEnvironmentVariable("JOURNAL_STREAM") is not null && Console.IsOutputRedirected ? LogFormat.Systemd : LogFormat.Text;

    private static void ConfigureDropping(this Microsoft.Extensions.DependencyInjection.IServiceCollection services) =>
        Microsoft.Extensions.DependencyInjection.OptionsServiceCollectionExtensions.Configure<ConsoleLoggerOptions>(services, o =>
        {
            o.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite;
            o.MaxQueueLength = 10_000;
        });
}
