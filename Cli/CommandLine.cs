using System.CommandLine;
using Qschedd.Cli.Client;

namespace Qschedd.Cli;

/// <summary>Exit status of every command (contract, section 5).</summary>
internal static class ExitStatus
{
    public const int Done = 0;
    public const int Failed = 1;
    public const int BadUsage = 2;
    /// <summary>Of <c>plan</c>: a reload would change something.</summary>
    public const int WouldChange = 3;
}

internal static class CommandLine
{
    public static async Task<int> InvokeAsync(string[] args)
    {
        var root = new RootCommand(
            """
            qschedd fires cron jobs, written in YAML, to remote workers and local commands.

            Start here:  qschedd check -c jobs.yaml  then  qschedd run -c jobs.yaml
            """)
        {
            RunCommand.Create(),
            CheckCommand.Create(),
            PlanCommand.Create(),
            SchemaCommand.Create(),
            NextCommand.Create(),
            AgentCommand.Create(),
        };
        foreach (Command verb in ClientCommands.All())
            root.Subcommands.Add(verb);
        // A cron may begin with @: no argument is a file to read others from.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Errors.Count == 0)
            return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
        foreach (var error in parsed.Errors)
            await Console.Error.WriteLineAsync($"qschedd: {error.Message}");
        await Console.Error.WriteLineAsync($"try: qschedd {parsed.CommandResult.Command.Name} --help".Replace("qschedd qschedd", "qschedd", StringComparison.Ordinal));
        return ExitStatus.BadUsage;
    }

    /// <summary>The option that names the YAML, the same for all commands.</summary>
    public static Option<string> ConfigOption() => new("--config", "-c")
    {
        Description = "the YAML file, or a directory of *.yaml files",
        HelpName = "FILE|DIR",
        Required = true,
    };
}
