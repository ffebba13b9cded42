using System.Collections.Frozen;
using System.Collections.Immutable;
using Qschedd.Engine.Model;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Qschedd.Cli.ReferenceAgent;

/// <summary>
/// Reads the agent's commands, <c>job name: [program, argument...]</c>, from the events of the YAML parser. All errors at once, each
/// as <c>FILE:LINE:COLUMN: error: ...</c>; where the text is no YAML, up to there.
/// </summary>
internal sealed class AgentCommandsYaml(string file)
{
    private const long FileBytesMax = 4 * 1024 * 1024;
    private const int DepthMax = 16;

    private readonly Dictionary<string, LocalCommand> _commands = [];
    private readonly List<string> _errors = [];

    public static AgentCommands? Load(string file, out IReadOnlyList<string> errors)
    {
        try
        {
            if (new FileInfo(file).Length > FileBytesMax)
            {
                errors = [$"{file}: error: longer than 4 MiB"];
                return null;
            }
            return Read(File.ReadAllText(file), file, out errors);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            errors = [$"{file}: error: {error.Message}"];
            return null;
        }
    }

    /// <summary>Null: <paramref name="errors"/> says why.</summary>
    public static AgentCommands? Read(string text, string file, out IReadOnlyList<string> errors)
    {
        var yaml = new AgentCommandsYaml(file);
        try
        {
            yaml.ReadStream(new Parser(new StringReader(text)));
        }
        catch (YamlException error)
        {
            yaml.Fault(error.Start, error.Message);
        }
        errors = yaml._errors;
        return yaml._errors.Count == 0 ? new AgentCommands(yaml._commands.ToFrozenDictionary()) : null;
    }

    private void ReadStream(Parser parser)
    {
        parser.Consume<StreamStart>();
        if (parser.Accept<StreamEnd>(out _))
        {
            return;
        }
        parser.Consume<DocumentStart>();
        if (parser.TryConsume<MappingStart>(out _))
        {
            ReadMap(parser);
        }
        else
        {
            Fault(parser.Current!.Start, "expected a map of job names to commands, such as  my.job: [/usr/bin/backup, --all]");
            Skip(parser);
        }
        parser.Consume<DocumentEnd>();
        if (!parser.Accept<StreamEnd>(out _))
        {
            Fault(parser.Current!.Start, "a second document; one map is all");
        }
    }

    private void ReadMap(Parser parser)
    {
        while (!parser.TryConsume<MappingEnd>(out _))
        {
            if (!parser.TryConsume<Scalar>(out Scalar? key))
            {
                Fault(parser.Current!.Start, "expected the name of a job");
                Skip(parser);
                Skip(parser);
                continue;
            }
            ImmutableArray<string> arguments = ReadCommand(parser, key.Value);
            if (key.Value.Length == 0)
            {
                Fault(key.Start, "the name of a job is empty");
            }
            else if (!_commands.TryAdd(key.Value, new LocalCommand(arguments, [], null)))
            {
                Fault(key.Start, $"job '{key.Value}' stands here a second time");
            }
        }
    }

    private ImmutableArray<string> ReadCommand(Parser parser, string job)
    {
        if (!parser.TryConsume<SequenceStart>(out SequenceStart? start))
        {
            Fault(parser.Current!.Start, $"job '{job}': expected a list, such as [/usr/bin/backup, --all]; a shell line is [sh, -c, \"...\"]");
            Skip(parser);
            return [];
        }
        var arguments = ImmutableArray.CreateBuilder<string>();
        bool skipped = false;
        while (!parser.TryConsume<SequenceEnd>(out _))
        {
            if (parser.TryConsume<Scalar>(out Scalar? argument))
            {
                arguments.Add(argument.Value);
                continue;
            }
            Fault(parser.Current!.Start, $"job '{job}': expected a text, not a list, map or alias");
            Skip(parser);
            skipped = true;
        }
        if (!skipped && (arguments.Count == 0 || arguments[0].Length == 0))
        {
            Fault(start.Start, $"job '{job}': no program; expected [/path/of/program, argument, ...]");
        }
        return arguments.ToImmutable();
    }

    /// <summary>Passes over one node. Bounded: the scanner's time grows with the square of the depth.</summary>
    private static void Skip(Parser parser)
    {
        int depth = 0;
        do
        {
            ParsingEvent passed = parser.Consume<ParsingEvent>();
            depth += passed.NestingIncrease;
            if (depth > DepthMax)
            {
                throw new YamlException(passed.Start, passed.End, $"nested deeper than {DepthMax}");
            }
        }
        while (depth > 0);
    }

    private void Fault(Mark at, string what) => _errors.Add($"{file}:{at.Line}:{at.Column}: error: {what}");
}
