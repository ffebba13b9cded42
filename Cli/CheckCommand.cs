using System.CommandLine;
using Qschedd.Config;

namespace Qschedd.Cli;

internal static class CheckCommand
{
    public static Command Create()
    {
        var config = CommandLine.ConfigOption();
        var command = new Command(
            "check",
            """
            Reads the YAML as 'run' would and prints every mistake as FILE:LINE:COLUMN: error: ...; exit status 2 when there is one.

            Example:  qschedd check -c /etc/qschedd/jobs.yaml
            """)
        {
            config,
        };
        command.SetAction(parsed => Check(parsed.GetRequiredValue(config)));
        return command;
    }

    private static int Check(string path)
    {
        var result = ConfigLoader.Load(path, HostEnvironment.ForConfig(isDistrustFatal: false));
        if (result.Catalog is not { } catalog)
            return PrintErrors(result);
        foreach (string warning in result.Warnings)
            Console.Error.WriteLine($"{path}: warning: {warning}");
        Console.WriteLine($"{path}: ok: {catalog.Jobs.Count} jobs in {catalog.Apps.Length} apps");
        return ExitStatus.Done;
    }

    public static int PrintErrors(ConfigResult result)
    {
        foreach (var error in result.Errors)
            Console.Error.WriteLine(error);
        return ExitStatus.BadUsage;
    }
}
