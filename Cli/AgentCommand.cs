using System.CommandLine;
using Microsoft.Extensions.Logging;
using Qschedd.Cli.ReferenceAgent;
using Qschedd.Cli.Run;
using Qschedd.Engine.Model;

namespace Qschedd.Cli;

internal static class AgentCommand
{
    private static readonly Option<string> Listen = new("--listen") { Description = "where the daemon reaches it", HelpName = "HOST:PORT", Required = true };
    private static readonly Option<string?> Token = new("--token") { Description = "the app's token; default: $QSCHEDD_TOKEN", HelpName = "T" };
    private static readonly Option<string?> CommandsFile = new("--commands") { Description = "YAML map of job name to command list", HelpName = "FILE" };
    private static readonly Option<string?> Server = new("--server") { Description = "the daemon to register with", HelpName = "URL" };
    private static readonly Option<string?> App = new("--app") { Description = "the app whose jobs it serves; with --server", HelpName = "NAME" };
    private static readonly Option<string?> Address = new("--address") { Description = "the address to register; default: where it listens", HelpName = "HOST:PORT" };
    private static readonly Option<int> Slots = new("--slots") { Description = "commands at once", HelpName = "N", DefaultValueFactory = _ => 16 };
    private static readonly Option<int> Heartbeat = new("--heartbeat")
    {
        Description = "seconds between two reports of a running task",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => 10,
    };

    public static Command Create()
    {
        var log = Logs.FormatOption();
        var level = Logs.LevelOption();
        var command = new Command(
            "agent",
            """
            The reference worker: runs a command for each job that the daemon sends, and reports its end.

            Example:  QSCHEDD_TOKEN=... qschedd agent --listen 127.0.0.1:20070 --commands agent.yaml
            """)
        {
            Listen, Token, CommandsFile, Server, App, Address, Slots, Heartbeat, log, level,
        };
        command.SetAction(parsed => RunAsync(parsed, parsed.GetValue(log), parsed.GetValue(level)));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, LogFormat? format, LogLevel level)
    {
        string? token = parsed.GetValue(Token) ?? Environment.GetEnvironmentVariable("QSCHEDD_TOKEN");
        if (string.IsNullOrWhiteSpace(token))
            return BadUsage("the agent needs the app's token: set QSCHEDD_TOKEN (or --token, which other users of this host can see)");
        if (parsed.GetValue(Server) is { } url && !Uri.TryCreate(url, UriKind.Absolute, out _))
            return BadUsage($"--server '{url}' is no URL such as http://10.0.0.5:8080");
        if ((parsed.GetValue(Server) is null) != (parsed.GetValue(App) is null))
            return BadUsage("--server and --app go together: the agent registers for an app");
        if (parsed.GetValue(Slots) is < 1 or > 1_000)
            return BadUsage("--slots is outside 1-1000");
        if (parsed.GetValue(Heartbeat) is < 1 or > 3_600)
            return BadUsage("--heartbeat is outside 1-3600 seconds");
        ClosedProcess.Close();
        using var loggers = Logs.Create(format, level);
        using var signals = new StopSignals();
        using var stop = new CancellationTokenSource();
        _ = signals.Stop.ContinueWith(_ => stop.Cancel(), TaskScheduler.Default);
        return await Agent.RunAsync(OptionsFrom(parsed, token), stop.Token, loggers);
    }

    private static AgentOptions OptionsFrom(ParseResult parsed, string token) => new(parsed.GetRequiredValue(Listen), new Secret(token))
    {
        CommandsFile = parsed.GetValue(CommandsFile),
        Server = parsed.GetValue(Server) is { } url ? new Uri(url) : null,
        App = parsed.GetValue(App),
        Address = parsed.GetValue(Address),
        Slots = parsed.GetValue(Slots),
        Heartbeat = TimeSpan.FromSeconds(parsed.GetValue(Heartbeat)),
    };

    private static int BadUsage(string message)
    {
        Console.Error.WriteLine($"qschedd: {message}");
        return ExitStatus.BadUsage;
    }
}
