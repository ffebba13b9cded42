using System.CommandLine;
using Microsoft.Extensions.Logging;
using Qschedd.Cli.Run;
using Qschedd.Config;
using Qschedd.Storage;

namespace Qschedd.Cli;

internal static class RunCommand
{
    public static Command Create()
    {
        var config = CommandLine.ConfigOption();
        var log = Logs.FormatOption();
        var level = Logs.LevelOption();
        var command = new Command(
            "run",
            """
            Runs the daemon in the foreground until SIGTERM or SIGINT.

            Example:  qschedd run -c /etc/qschedd/jobs.yaml
            """)
        {
            config, log, level,
        };
        command.SetAction(parsed => RunAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(log), parsed.GetValue(level)));
        return command;
    }

    private static async Task<int> RunAsync(string path, LogFormat? format, LogLevel level)
    {
        var secretNames = new HashSet<string>();
        var result = ConfigLoader.Load(path, HostEnvironment.ForConfig(secretNames));
        if (result.Catalog is not { } catalog)
            return CheckCommand.PrintErrors(result);
        using var loggers = Logs.Create(format, level);
        try
        {
            await using var daemon = await Daemon.StartAsync(catalog, secretNames, loggers);
            await daemon.RunUntilStoppedAsync();
            return ExitStatus.Done;
        }
        catch (Exception fault) when (fault is StoreOpenException or IOException or System.Net.Sockets.SocketException)
        {
            await Console.Error.WriteLineAsync($"qschedd: {fault.Message}");
            return ExitStatus.Failed;
        }
    }
}
