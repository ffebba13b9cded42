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
        var forget = new Option<bool>("--forget-damaged")
        {
            Description = "once, when a start was refused for damaged records: go on without them; the log names each",
        };
        var command = new Command(
            "run",
            """
            Runs the daemon in the foreground until SIGTERM or SIGINT. A changed configuration is taken into force
            within a second, or refused with its mistakes in the log; SIGHUP asks for it at once.

            Example:  qschedd run -c /etc/qschedd/jobs.yaml
            """)
        {
            config, log, level, forget,
        };
        command.SetAction(parsed => RunAsync(
            parsed.GetRequiredValue(config), parsed.GetValue(log), parsed.GetValue(level), parsed.GetValue(forget)));
        return command;
    }

    private static async Task<int> RunAsync(string path, LogFormat? format, LogLevel level, bool forgetDamaged)
    {
        FileSizeSignal.Ignore();
        ClosedProcess.Close();
        SocketThreads.Set();
        HugePages.AdviseForHeap();
        var secretNames = new HashSet<string>();
        using var watch = new ConfigWatch(path); // before reading: a change from now on is seen
        var result = ConfigLoader.Load(path, HostEnvironment.ForConfig(secretNames));
        if (result.Catalog is not { } catalog)
            return CheckCommand.PrintErrors(result);
        using var loggers = Logs.Create(format, level);
        foreach (string warning in result.Warnings)
            ReloadLog.Warned(loggers.CreateLogger("qschedd"), warning);
        try
        {
            using var signals = new StopSignals(watch.Force) { IsStarting = true };
            await using var daemon = await Daemon.StartAsync(catalog, secretNames, signals, loggers, forgetDamaged);
            await daemon.RunUntilStoppedAsync(path, watch, signals);
            return ExitStatus.Done;
        }
        catch (Exception fault) when (fault is StoreOpenException or IOException or System.Net.Sockets.SocketException)
        {
            await Console.Error.WriteLineAsync($"qschedd: {fault.Message}");
            return ExitStatus.Failed;
        }
    }
}
