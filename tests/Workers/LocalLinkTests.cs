using System.Runtime.Versioning;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers.Local;

namespace Qschedd.Tests.Workers;

/// <summary>What a command is given, and what its end means.</summary>
[SupportedOSPlatform("linux")]
public sealed class LocalLinkTests : LocalLinkFixture
{
    [Theory]
    [InlineData("exit 0", RunResult.Finished, null)]
    [InlineData("exit 1", RunResult.Failed, "exit status 1")]
    [InlineData("exit 3", RunResult.Failed, "exit status 3")]
    [InlineData("exit 255", RunResult.Failed, "exit status 255")]
    [InlineData("kill -KILL $$", RunResult.Failed, "killed by signal 9 (SIGKILL)")]
    [InlineData("kill -TERM $$", RunResult.Failed, "killed by signal 15 (SIGTERM)")]
    [InlineData("kill -USR2 $$", RunResult.Failed, "killed by signal 12 (SIGUSR2)")]
    [InlineData("kill -40 $$", RunResult.Failed, "killed by signal 40")]
    public async Task Command_Ends_AsItsExitStatusSays(string line, object result, string? message) =>
        Assert.Equal(new RunOutcome((RunResult)result, message), await RunAsync(Samples.Shell(line)));

    [Fact]
    public async Task Output_Holds_BothStreamsInOrder() => Assert.Equal(
        new RunOutcome(RunResult.Failed, "exit status 2", "one\ntwo\nthree\n"),
        await RunAsync(Samples.Shell("echo one; echo two >&2; echo three > /dev/stdout; exit 2")));

    [Fact]
    public async Task Output_Is_TheLast64KiB()
    {
        RunOutcome outcome = await RunAsync(Samples.Shell("i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"));
        Assert.Equal(OutputTail.BytesMax, outcome.Output!.Length);
        Assert.EndsWith("line 19998\nline 19999\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Parameter_Is_OnStandardInputAndInAVariable()
    {
        RunOutcome outcome = await RunAsync(Samples.Shell("cat; echo; echo \"$QSCHEDD_PARAM\""), """{"city":"北京"}""");
        Assert.Equal("{\"city\":\"北京\"}\n{\"city\":\"北京\"}\n", outcome.Output);
    }

    [Fact]
    public async Task StandardInput_IsEmpty_WithoutAParameter() => Assert.Equal(
        "0 unset\n", (await RunAsync(Samples.Shell("echo $(wc -c) ${QSCHEDD_PARAM-unset}"))).Output);

    [Fact]
    public async Task LongParameter_Is_OnStandardInputOnly()
    {
        string parameter = $"\"{new string('p', 900_000)}\"";
        RunOutcome outcome = await RunAsync(Samples.Shell("echo $(wc -c) ${QSCHEDD_PARAM-unset}"), parameter);
        Assert.Equal(new RunOutcome(RunResult.Finished, null, "900002 unset\n"), outcome);
    }

    [Fact]
    public async Task UnreadParameter_Blocks_Nobody() =>
        Assert.Equal(new RunOutcome(RunResult.Finished), await RunAsync(Samples.Command("true"), $"\"{new string('p', 900_000)}\""));

    [Fact]
    public async Task Arguments_Reach_TheCommandUntouched() => Assert.Equal(
        "<a b><$HOME><*><><'\";>",
        (await RunAsync(Samples.Command("printf", "<%s>", "a b", "$HOME", "*", "", "'\";"))).Output);

    [Fact]
    public async Task Environment_Holds_TheTaskAndTheJobsOwn()
    {
        LocalCommand command = Samples.Shell("env | grep -E '^(QSCHEDD_|COLOUR|PATH=)' | sed 's/^PATH=..*/PATH/' | sort") with
        {
            Env = [new("COLOUR", "grün blau")],
        };
        Assert.Equal(
            """
            COLOUR=grün blau
            PATH
            QSCHEDD_APP=qschedule.demo
            QSCHEDD_ATTEMPT=2
            QSCHEDD_DEADLINE=1423711800000
            QSCHEDD_FIRE_TIME=1423704600007
            QSCHEDD_JOB=qschedule.demo.job1
            QSCHEDD_PARAM={}
            QSCHEDD_SCHEDULED_TIME=1423704600000
            QSCHEDD_SHARD_INDEX=1
            QSCHEDD_SHARD_TOTAL=4
            QSCHEDD_TASK_ID=150212.093000.192.168.0.1.4711.42

            """,
            (await RunAsync(command, "{}")).Output);
    }

    [Fact]
    public async Task WorkingDirectory_Is_TheJobs() =>
        Assert.Equal(_directory + "\n", (await RunAsync(ShellHere("pwd -P"))).Output);

    [Theory]
    [InlineData("no-such-program-qschedd", "cannot start 'no-such-program-qschedd': no such program in PATH (or its interpreter is missing)")]
    [InlineData("/no/such/program", "cannot start '/no/such/program': no such file (or its interpreter is missing)")]
    [InlineData("/etc/passwd", "cannot start '/etc/passwd': not an executable file, or no permission")]
    [InlineData("/", "cannot start '/': not an executable file, or no permission")]
    [InlineData("a\0b", "cannot start 'a\\0b': its command or environment holds a NUL character")]
    [InlineData("", "cannot start: the command is empty")]
    public async Task CommandThatCannotStart_Fails_WithTheReason(string program, string message) =>
        Assert.Equal(new RunOutcome(RunResult.Failed, message), await RunAsync(Samples.Command(program)));

    [Fact]
    public async Task Script_WithoutAFirstLine_IsNot_GivenToAShell()
    {
        string script = Path.Combine(_directory, "script");
        await File.WriteAllTextAsync(script, "echo no\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Equal(
            new RunOutcome(RunResult.Failed, $"cannot start '{script}': not a program: a script needs a first line such as #!/bin/sh"),
            await RunAsync(Samples.Command(script)));
    }

    [Fact]
    public async Task MissingDirectory_Fails_WithTheReason() => Assert.Equal(
        new RunOutcome(RunResult.Failed, "cannot start 'true': there is no directory '/no/such/directory'"),
        await RunAsync(Samples.Command("true") with { WorkingDirectory = "/no/such/directory" }));

    [Fact]
    public async Task Descriptors_AreNot_Inherited()
    {
        // Without close-on-exec, as systemd hands over sockets.
        using FileStream leaked = File.OpenRead("/etc/passwd");
        Assert.Equal(0, Native.ClearCloseOnExec((int)leaked.SafeFileHandle.DangerousGetHandle()));
        // The third is the one with which the directory itself is read.
        Assert.Equal("0\n1\n2\n3\n", (await RunAsync(Samples.Command("ls", "/proc/self/fd"))).Output);
    }

    [Fact]
    public async Task Child_Has_DefaultSignalsAndNoneBlocked()
    {
        string[] sets = (await RunAsync(Samples.Command("sed", "-n", "s/^Sig\\(Blk\\|Ign\\):\\t//p", "/proc/self/status"))).Output!.Split('\n');
        // glibc leaves 32 and 33 ignored: its own signals for threads, which no program uses.
        const ulong OfThreads = 3UL << 31;
        Assert.Equal("0000000000000000", sets[0]);
        Assert.Equal(0UL, Convert.ToUInt64(sets[1], 16) & ~OfThreads);
    }

    [Fact]
    public async Task Child_Leads_ItsOwnProcessGroup()
    {
        string[] fields = (await RunAsync(Samples.Command("cat", "/proc/self/stat"))).Output!.Split(' ');
        Assert.Equal(fields[0], fields[4]);
    }
}
