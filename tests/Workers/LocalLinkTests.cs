using System.Runtime.Versioning;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers;
using Qschedd.Workers.Local;

namespace Qschedd.Tests.Workers;

[SupportedOSPlatform("linux")]
public sealed class LocalLinkTests : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly LocalProcesses _processes = new(4, ["DEMO_SECRET"]);
    private readonly LocalLink _link;
    private readonly string _directory = Directory.CreateTempSubdirectory("qschedd-local").FullName;

    public LocalLinkTests() => _link = new LocalLink(_processes, Grace, TimeProvider.System);

    public void Dispose()
    {
        _processes.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private Task<RunOutcome> RunAsync(LocalCommand command, string? parameter = null) =>
        _link.RunAsync(Samples.Local(command, parameter), static _ => { }, CancellationToken.None).WaitAsync(Limit);

    /// <summary>Starts a command and waits until it has made the file "ready", by an event rather than by looking again and again.</summary>
    private async Task<(Task<RunOutcome> Run, string Process)> StartAsync(RunRequest request)
    {
        var process = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(_directory, "ready");
        watcher.Created += (_, _) => ready.TrySetResult();
        watcher.EnableRaisingEvents = true;
        Task<RunOutcome> run = _link.RunAsync(request, process.SetResult, CancellationToken.None);
        await ready.Task.WaitAsync(Limit);
        return (run.WaitAsync(Limit), await process.Task);
    }

    private LocalCommand ShellHere(string line) => Samples.Shell(line) with { WorkingDirectory = _directory };

    private Task<KillOutcome> KillAsync(string taskId) =>
        _link.KillAsync(new KillRequest(taskId, Samples.Job(), "local"), CancellationToken.None);

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

    [Fact]
    public async Task Places_AreBounded_AndFreedAtTheEnd()
    {
        using var processes = new LocalProcesses(1, []);
        var link = new LocalLink(processes, Grace, TimeProvider.System);
        var started = new TaskCompletionSource<string>();
        RunRequest first = Samples.Local(Samples.Command("sleep", "60"));
        Task<RunOutcome> run = link.RunAsync(first, started.SetResult, CancellationToken.None);
        await started.Task.WaitAsync(Limit);
        Assert.Equal(
            new RunOutcome(RunResult.QueueFull, "1 commands run on this host already"),
            await link.RunAsync(first with { TaskId = "other" }, static _ => { }, CancellationToken.None));
        await link.KillAsync(new KillRequest(first.TaskId, first.Job, "local"), CancellationToken.None);
        await run.WaitAsync(Limit);
        Assert.Equal(
            RunResult.Finished,
            (await link.RunAsync(Samples.Local(Samples.Command("true")), static _ => { }, CancellationToken.None).WaitAsync(Limit)).Result);
    }

    [Fact]
    public async Task ManyCommands_AreAll_SeenToTheirEnd()
    {
        using var processes = new LocalProcesses(64, []);
        var link = new LocalLink(processes, Grace, TimeProvider.System);
        RunOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => link.RunAsync(
            Samples.Local(Samples.Shell($"echo {i}; exit {i % 3}")) with { TaskId = $"task-{i}" }, static _ => { }, CancellationToken.None)))
            .WaitAsync(Limit);
        Assert.Equal(Enumerable.Range(0, 64).Select(static i => $"{i}\n"), outcomes.Select(static outcome => outcome.Output));
        Assert.Equal(22, outcomes.Count(static outcome => outcome.Result == RunResult.Finished));
    }

    [Fact]
    public async Task BackgroundChild_ThatKeepsThePipe_DoesNot_HoldUpTheEnd()
    {
        RunOutcome outcome = await RunAsync(ShellHere("sleep 60 & echo $! > child; echo done"));
        Assert.Equal(new RunOutcome(RunResult.Finished, null, "done\n"), outcome);
        int child = int.Parse(await File.ReadAllTextAsync(Path.Combine(_directory, "child")), System.Globalization.CultureInfo.InvariantCulture);
        Assert.NotNull(ProcessId.Of(child));
        Native.Kill(child);
    }

    [Fact]
    public async Task BackgroundChild_ThatNeverStopsWriting_DoesNot_HoldUpTheEnd()
    {
        RunOutcome outcome = await RunAsync(ShellHere("yes & echo $! > child; exit 0"));
        Assert.Equal(RunResult.Finished, outcome.Result);
        // It finds its pipe closed: SIGPIPE has its default action again.
    }

    [Fact]
    public async Task Kill_Ends_TheWholeGroup()
    {
        RunRequest request = Samples.Local(ShellHere("sh -c 'sleep 60' & echo $! > child; touch ready; wait"));
        (Task<RunOutcome> run, string process) = await StartAsync(request);
        string child = ProcessId.Of(int.Parse(
            await File.ReadAllTextAsync(Path.Combine(_directory, "child")), System.Globalization.CultureInfo.InvariantCulture))!;
        Assert.True(ProcessId.IsAlive(process));
        Assert.Equal(new KillOutcome(true), await KillAsync(request.TaskId));
        Assert.Equal(new RunOutcome(RunResult.Failed, "killed on request: killed by signal 15 (SIGTERM)"), await run);
        Assert.False(ProcessId.IsAlive(process));
        Assert.False(ProcessId.IsAlive(child));
    }

    [Fact]
    public async Task Kill_Escalates_When_TheCommandIgnoresTheRequest()
    {
        RunRequest request = Samples.Local(ShellHere("trap '' TERM; touch ready; while :; do sleep 60; done"));
        (Task<RunOutcome> run, _) = await StartAsync(request);
        await KillAsync(request.TaskId);
        Assert.Equal(new RunOutcome(RunResult.Failed, "killed on request: killed by signal 9 (SIGKILL)"), await run);
    }

    [Fact]
    public async Task Kill_Waits_ForAChildThatCleansUp()
    {
        RunRequest request = Samples.Local(ShellHere(
            "(trap 'echo cleaned; exit' TERM; touch ready; while :; do sleep 0.01; done) & wait"));
        (Task<RunOutcome> run, _) = await StartAsync(request);
        await KillAsync(request.TaskId);
        Assert.Equal("cleaned\n", (await run).Output!.Replace("Terminated\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Kill_SaysThat_ACleanExitWasAKill()
    {
        RunRequest request = Samples.Local(ShellHere("trap 'exit 0' TERM; touch ready; while :; do sleep 0.01; done"));
        (Task<RunOutcome> run, _) = await StartAsync(request);
        await KillAsync(request.TaskId);
        RunOutcome outcome = await run;
        Assert.Equal((RunResult.Failed, "killed on request: exit status 0"), (outcome.Result, outcome.Message));
    }

    [Fact]
    public async Task Kill_IsNotTaken_When_NothingRuns() =>
        Assert.Equal(new KillOutcome(false, "no command of this task runs here"), await KillAsync("no such task"));

    [Fact]
    public async Task Stop_Leaves_TheCommandRunning()
    {
        using var stop = new CancellationTokenSource();
        var started = new TaskCompletionSource<string>();
        Task<RunOutcome> run = _link.RunAsync(Samples.Local(Samples.Command("sleep", "60")), started.SetResult, stop.Token);
        string process = await started.Task.WaitAsync(Limit);
        await stop.CancelAsync();
        Assert.Equal(RunResult.Unknown, (await run.WaitAsync(Limit)).Result);
        Assert.True(ProcessId.IsAlive(process));
        Assert.True(ProcessId.Signal(process, Libc.SIGKILL));
    }

    [Fact]
    public async Task Dispose_Leaves_TheCommandRunning()
    {
        var processes = new LocalProcesses(1, []);
        var started = new TaskCompletionSource<string>();
        Task<RunOutcome> run = new LocalLink(processes, Grace, TimeProvider.System).RunAsync(
            Samples.Local(Samples.Command("sleep", "60")), started.SetResult, CancellationToken.None);
        string process = await started.Task.WaitAsync(Limit);
        processes.Dispose();
        Assert.Equal(RunResult.Unknown, (await run.WaitAsync(Limit)).Result);
        Assert.True(ProcessId.IsAlive(process));
        Assert.True(ProcessId.Signal(process, Libc.SIGKILL));
    }
}
