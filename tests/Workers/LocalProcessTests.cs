using Qschedd.Engine.Ports;
using Qschedd.Workers;
using Qschedd.Workers.Local;

namespace Qschedd.Tests.Workers;

/// <summary>Many commands, what they leave behind, and how they are ended.</summary>
public sealed class LocalProcessTests : LocalLinkFixture
{
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
        // It finds its pipe closed, and SIGPIPE has its default action again.
        int child = int.Parse(await File.ReadAllTextAsync(Path.Combine(_directory, "child")), System.Globalization.CultureInfo.InvariantCulture);
        Assert.True(Native.EndsWithin(child, Limit));
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
