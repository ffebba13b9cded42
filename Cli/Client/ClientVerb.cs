using System.CommandLine;
using Qschedd.Config;

namespace Qschedd.Cli.Client;

/// <summary>What all client verbs share: the options that name the daemon, and how they become a run.</summary>
internal static class ClientVerb
{
    private static readonly Option<string?> Server = new("--server") { Description = $"the daemon: http://, https:// or unix:/path; default: $QSCHEDD_SERVER, else {ServerAddress.Default}", HelpName = "URL" };
    private static readonly Option<string?> Token = new("--token") { Description = "an app's token, or the admin's; default: $QSCHEDD_TOKEN, which others on this host cannot see", HelpName = "T" };
    private static readonly Option<bool> Json = new("--json") { Description = "print the daemon's answer as it came" };
    private static readonly Option<string> Timeout = new("--timeout") { Description = "for each answer", HelpName = "DURATION", DefaultValueFactory = _ => "40s" };

    /// <param name="name">The verb.</param>
    /// <param name="description">What it does, and an example.</param>
    /// <param name="symbols">Its own arguments and options.</param>
    /// <param name="run">What it does; gives the exit status.</param>
    /// <param name="needsToken">The daemon asks for one.</param>
    public static Command Create(
        string name, string description, Symbol[] symbols, Func<ParseResult, ClientRun, Task<int>> run, bool needsToken = true)
    {
        var command = new Command(name, description);
        foreach (Symbol symbol in (Symbol[])[.. symbols, Server, Token, Json, Timeout])
        {
            if (symbol is Argument argument)
                command.Arguments.Add(argument);
            else
                command.Options.Add((Option)symbol);
        }

        command.SetAction(parsed => RunAsync(parsed, run, needsToken, Screen.OfProcess()));
        return command;
    }

    /// <summary>A time as typed, in the caller's zone. False: given, and none.</summary>
    public static bool TryTime(string? text, Screen screen, out long? ms)
    {
        ms = null;
        if (text is null)
            return true;
        ms = IsoTime.MsIn(screen.Zone, text);
        return ms is not null;
    }

    private static async Task<int> RunAsync(ParseResult parsed, Func<ParseResult, ClientRun, Task<int>> run, bool needsToken, Screen screen)
    {
        string? token = Given(parsed.GetValue(Token), "QSCHEDD_TOKEN");
        string address = Given(parsed.GetValue(Server), "QSCHEDD_SERVER") ?? ServerAddress.Default;
        string? fault = token is null
            ? needsToken ? "this needs a token: set QSCHEDD_TOKEN (or --token, which other users of this host can see)" : null
            : token.All(static c => c is > ' ' and < '\x7f') ? null : "the token holds spaces or characters that no HTTP header can carry: check QSCHEDD_TOKEN";
        TimeSpan? timeout = DurationText.Parse(parsed.GetValue(Timeout)!, out string timeoutFault);
        ServerAddress? server = ServerAddress.Parse(address, out string addressFault);
        if (timeout is not { Ticks: > 0, TotalDays: < 1 })
            fault ??= $"--timeout '{DisplayText.Line(parsed.GetValue(Timeout)!)}': {(timeoutFault.Length > 0 ? timeoutFault : "more than nothing, less than a day")}";
        if ((fault ?? (server is null ? addressFault : null)) is { } message)
        {
            screen.Warn($"qschedd: {message}");
            return ExitStatus.BadUsage;
        }

        using var api = new ApiClient(server!, token, timeout!.Value);
        return await run(parsed, new ClientRun(api, screen, parsed.GetValue(Json), TimeProvider.System));
    }

    private static string? Given(string? option, string variable) =>
        option ?? (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null);
}
