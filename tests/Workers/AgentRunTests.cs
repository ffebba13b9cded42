using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Cli.ReferenceAgent;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Workers;

public sealed class AgentRunTests
{
    private static AgentCommands? Read(string yaml, out IReadOnlyList<string> errors) => AgentCommandsYaml.Read(yaml, "agent.yaml", out errors);

    [Fact]
    public void Commands_AreRead_AsWritten()
    {
        AgentCommands commands = Read(
            """
            # what this host runs
            my.job: [/usr/bin/backup, --all, 3, "a b"]
            "任务":
              - sh
              - -c
              - |
                echo hi
            """,
            out IReadOnlyList<string> errors)!;
        Assert.Empty(errors);
        Assert.Equal(["/usr/bin/backup", "--all", "3", "a b"], [.. commands.ByJob["my.job"].Arguments]);
        Assert.Equal(["sh", "-c", "echo hi"], [.. commands.ByJob["任务"].Arguments]);
    }

    [Fact]
    public void NoCommands_AreNone() => Assert.Empty(Read("# nothing yet\n", out _)!.ByJob);

    [Theory]
    [InlineData("- a", "agent.yaml:1:1: error: expected a map of job names to commands, such as  my.job: [/usr/bin/backup, --all]")]
    [InlineData("a: echo hi", "agent.yaml:1:4: error: job 'a': expected a list, such as [/usr/bin/backup, --all]; a shell line is [sh, -c, \"...\"]")]
    [InlineData("a: []", "agent.yaml:1:4: error: job 'a': no program; expected [/path/of/program, argument, ...]")]
    [InlineData("a: [x]\n\na: [y]", "agent.yaml:3:1: error: job 'a' stands here a second time")]
    [InlineData("a: [x, [y]]", "agent.yaml:1:8: error: job 'a': expected a text, not a list, map or alias")]
    [InlineData("a: &x [x]\nb: [*x]", "agent.yaml:2:5: error: job 'b': expected a text, not a list, map or alias")]
    [InlineData("[a]: [x]", "agent.yaml:1:1: error: expected the name of a job")]
    [InlineData("'': [x]", "agent.yaml:1:1: error: the name of a job is empty")]
    [InlineData("a: [x]\n---\nb: [x]", "agent.yaml:2:1: error: a second document; one map is all")]
    public void BadCommands_AreReported_WithTheirPlace(string yaml, string error)
    {
        Assert.Null(Read(yaml, out IReadOnlyList<string> errors));
        Assert.Equal([error], errors);
    }

    [Fact]
    public void BadCommands_AreReported_AllAtOnce()
    {
        Read("a: 1\nb: {c: d}\ne: [f]\n", out IReadOnlyList<string> errors);
        Assert.Equal(["agent.yaml:1:4", "agent.yaml:2:4"], errors.Select(static error => error[..14]));
    }

    [Theory]
    [InlineData("a: [x")]
    [InlineData("a: \"x")]
    [InlineData("a:\n\t- x")]
    [InlineData("a: [x]\n b: [y]")]
    public void TextThatIsNoYaml_IsReported_WithItsPlace(string yaml)
    {
        Assert.Null(Read(yaml, out IReadOnlyList<string> errors));
        Assert.Matches("^agent.yaml:[0-9]+:[0-9]+: error: .", Assert.Single(errors));
    }

    [Fact]
    public void DeepYaml_IsRefused_AtOnce()
    {
        Assert.Null(Read("a: " + new string('[', 100_000), out IReadOnlyList<string> errors));
        Assert.Equal("agent.yaml:1:21: error: nested deeper than 16", errors[^1]);
    }

    [Theory]
    [InlineData("nonsense", "t", 2)]
    [InlineData("http://127.0.0.1:0/path", "t", 2)]
    [InlineData("https://127.0.0.1:0", "t", 2)]
    [InlineData("no-such-host.invalid:80", "t", 2)]
    [InlineData("127.0.0.1:0", "", 2)]
    [InlineData("192.0.2.1:0", "t", 1)]
    public async Task Agent_ThatCannotRun_Exits_WithAStatus(string listen, string token, int status) => Assert.Equal(
        status, await Agent.RunAsync(new AgentOptions(listen, new Secret(token)), CancellationToken.None, NullLoggerFactory.Instance));

    [Fact]
    public async Task Agent_WithoutItsFile_Exits2() => Assert.Equal(2, await Agent.RunAsync(
        new AgentOptions("127.0.0.1:0", new Secret("t")) { CommandsFile = "/no/such/file" }, CancellationToken.None, NullLoggerFactory.Instance));

    [Fact]
    public async Task Agent_ThatIsStopped_Exits0() => Assert.Equal(0, await Agent.RunAsync(
        new AgentOptions("127.0.0.1:0", new Secret("t")), new CancellationToken(canceled: true), NullLoggerFactory.Instance));
}
