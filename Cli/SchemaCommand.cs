using System.CommandLine;
using Qschedd.Config;

namespace Qschedd.Cli;

internal static class SchemaCommand
{
    public static Command Create()
    {
        var command = new Command(
            "schema",
            """
            Prints the JSON Schema (draft 2020-12) of the YAML, for editors. It knows every key; 'check' knows more.

            Example:  qschedd schema > qschedd.schema.json
                      then, as a job file's first line:  # yaml-language-server: $schema=qschedd.schema.json
            """);
        command.SetAction(_ =>
        {
            using Stream output = Console.OpenStandardOutput();
            SchemaWriter.Write(output);
            output.Write("\n"u8);
            return ExitStatus.Done;
        });
        return command;
    }
}
