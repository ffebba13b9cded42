using System.CommandLine;
using Qschedd.Cli.Plan;
using Qschedd.Config;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Cli;

internal static class PlanCommand
{
    private static readonly Option<string> Config = CommandLine.ConfigOption();
    private static readonly Option<string?> Server = new("--server") { Description = "the daemon to compare with; default: $QSCHEDD_SERVER", HelpName = "URL" };
    private static readonly Option<string?> Token = new("--token") { Description = "its adminToken; default: $QSCHEDD_TOKEN", HelpName = "T" };
    private static readonly Option<string?> DatabasePath = new("--database")
    {
        Description = "the database to compare with; default, without --server: the one that the configuration names",
        HelpName = "FILE",
    };
    private static readonly Option<bool> Json = new("--json") { Description = "one JSON object, for programs" };

    public static Command Create()
    {
        var command = new Command(
            "plan",
            """
            Tells what a reload of the files would change: jobs, apps and server, key by key, the next fires, and which overrides end.
            Exit status: 0 nothing, 3 something, 2 a mistake in the files, 1 the daemon is away or the database cannot be read.

            Example:  qschedd plan -c jobs.yaml --server http://127.0.0.1:8080
            """)
        {
            Config, Server, Token, DatabasePath, Json,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed)
    {
        string? database = parsed.GetValue(DatabasePath);
        string? server = parsed.GetValue(Server) ?? (database is null ? Variable("QSCHEDD_SERVER") : null);
        string? token = parsed.GetValue(Token) ?? Variable("QSCHEDD_TOKEN");
        if (database is not null && server is not null)
            return BadUsage("--server and --database exclude each other: name one of them");
        if (server is not null && string.IsNullOrWhiteSpace(token))
            return BadUsage("the daemon wants its adminToken: set QSCHEDD_TOKEN (or --token, which other users of this host can see)");
        if (server is not null && UrlOf(server) is null)
            return BadUsage($"--server '{server}' is no URL such as http://10.0.0.5:8080");
        var result = ConfigLoader.Load(parsed.GetRequiredValue(Config), HostEnvironment.ForConfig());
        if (result.Catalog is not { } catalog)
            return CheckCommand.PrintErrors(result);
        return await CompareAsync(catalog, () => server is null
            ? DatabaseSource.Open(database ?? catalog.Server.Database)
            : new DaemonSource(UrlOf(server)!, token!), parsed.GetValue(Json));
    }

    private static async Task<int> CompareAsync(Catalog catalog, Func<IDefinitionSource> open, bool isJson)
    {
        try
        {
            await using IDefinitionSource source = open();
            PlanReport plan = await new Comparison(catalog, TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()).WithAsync(source);
            Print(plan, source.Name, catalog.Server.TimeZone, isJson);
            return plan.IsEmpty ? ExitStatus.Done : ExitStatus.WouldChange;
        }
        catch (SourceFault fault)
        {
            await Console.Error.WriteLineAsync($"qschedd: {fault.Message}; name another with --server URL or --database FILE");
            return ExitStatus.Failed;
        }
    }

    private static void Print(PlanReport plan, string source, string zone, bool isJson)
    {
        using Stream output = Console.OpenStandardOutput();
        if (isJson)
            PlanJson.Write(output, plan);
        using var text = new StreamWriter(output);
        if (isJson)
            text.WriteLine();
        else
            new PlanText(text, ZoneTable.Find(zone) ?? ZoneTable.Local).Write(plan, source);
    }

    private static Uri? UrlOf(string server) =>
        Uri.TryCreate(server.TrimEnd('/') + "/", UriKind.Absolute, out Uri? url) && url.Scheme is ("http" or "https") ? url : null;

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static int BadUsage(string message)
    {
        Console.Error.WriteLine($"qschedd: {message}");
        return ExitStatus.BadUsage;
    }
}
