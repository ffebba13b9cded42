using System.CommandLine;
using Qschedd.Config;
using Qschedd.Http;

namespace Qschedd.Cli.Client;

/// <summary>Takes a host out of every job, and waits until nothing runs there.</summary>
internal static class DrainCommand
{
    private const int SweepsMax = 10;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly Option<string> Wait = new("--wait")
    {
        Description = "for running tasks to end; 0s: only look",
        HelpName = "DURATION",
        DefaultValueFactory = _ => "10m",
    };

    public static Command Create()
    {
        Argument<string> host = RunningCommand.HostArgument();
        return ClientVerb.Create(
            "drain",
            """
            Puts the workers on a host offline in every job that the token opens, and waits until nothing runs there.
            Exit status 0: the host is free, and nothing new goes there. Take it back with: qschedd online --host HOST

            Example:  qschedd drain 192.168.1.1 --wait 10m && deploy && qschedd online --host 192.168.1.1
            """,
            [host, Wait],
            (parsed, run) => RunAsync(run, parsed.GetRequiredValue(host), parsed.GetValue(Wait)!));
    }

    private static Task<int> RunAsync(ClientRun run, string host, string wait)
    {
        if (!HostName.TryNormalize(host, out string? known))
            return Task.FromResult(run.BadUsage($"'{DisplayText.Line(host)}' is no address and no host name"));
        if (DurationText.Parse(wait, out string fault) is not { } patience)
            return Task.FromResult(run.BadUsage($"--wait '{DisplayText.Line(wait)}': {fault}"));
        return ClientRun.UntilStoppedAsync(stop => DrainAsync(run, known, patience, stop));
    }

    /// <summary>A worker may register, or a job come with a reload, while this waits: it is over when a sweep finds nothing to change.</summary>
    private static async Task<int> DrainAsync(ClientRun run, string host, TimeSpan patience, CancellationToken stop)
    {
        long start = run.Time.GetTimestamp();
        ApiAnswer? check = null;
        for (int sweep = 0; ; sweep++)
        {
            SwitchOutcome outcome = await new HostSwitch(run, host, online: false).RunAsync(stop);
            bool isSettled = outcome.Trouble is null && outcome.Jobs.Count > 0 && outcome.Jobs.All(j => j.Became == Switched.WasSo);
            if (check is not null && isSettled)
                return Free(run, host, check);
            if (sweep == SweepsMax)
                return run.Fail($"workers on {host} come online again and again", $"find out who does it (qschedd audit), and repeat the command; undo: {HostSwitchReport.Undo(host, online: false)}");
            int exit = HostSwitchReport.Tell(run, host, online: false, outcome, stop);
            if (exit != ExitStatus.Done)
                return exit;
            check = await UntilFreeAsync(run, host, start, patience, stop);
            run.Screen.ClearProgress();
            if (!check.IsDone || check.Rows.Count > 0)
                return NotFree(run, host, check, patience, stop);
        }
    }

    /// <summary>The last answer of check.</summary>
    private static async Task<ApiAnswer> UntilFreeAsync(ClientRun run, string host, long start, TimeSpan patience, CancellationToken stop)
    {
        for (TimeSpan pause = FirstPause; ; pause = ClientRun.Longer(pause))
        {
            ApiAnswer check = await run.PersistAsync(() => RunningCommand.AskAsync(run, host, stop), stop);
            TimeSpan elapsed = run.Time.GetElapsedTime(start);
            if (!check.IsDone || check.Rows.Count == 0 || elapsed >= patience || stop.IsCancellationRequested)
                return check;
            run.Screen.Progress($"{host}: {Wording.Count(check.Rows.Count, "job")} still running", elapsed);
            await run.PauseAsync(pause < patience - elapsed ? pause : patience - elapsed, stop);
        }
    }

    private static int Free(ClientRun run, string host, ApiAnswer check)
    {
        run.PrintRaw(check);
        if (!run.Json)
            run.Screen.Say($"{host}: nothing runs there; take it back with {HostSwitchReport.Undo(host, online: false)}");
        return ExitStatus.Done;
    }

    private static int NotFree(ClientRun run, string host, ApiAnswer check, TimeSpan patience, CancellationToken stop)
    {
        run.PrintRaw(check);
        if (!check.IsDone && !stop.IsCancellationRequested)
            run.Fail(check);
        else
            run.Screen.Warn(stop.IsCancellationRequested
                ? $"qschedd: no longer waiting; {host} stays offline"
                : $"qschedd: {host} is not free after {DurationText.Format(patience)}: {Wording.Count(check.Rows.Count, "job")} still running");
        RunningCommand.TableOf(check.Rows, run.Screen).Write(run.Screen.Errors, colour: false, "  ");
        run.Screen.Warn("  to do:   repeat the command to go on waiting, or end a task with qschedd kill; a local job is turned off with qschedd off");
        run.Screen.Warn($"  undo:    {HostSwitchReport.Undo(host, online: false)}");
        return ExitStatus.Failed;
    }
}
