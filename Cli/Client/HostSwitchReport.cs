using System.Globalization;

namespace Qschedd.Cli.Client;

/// <summary>Tells what became of a host's workers: <c>online --host</c>, <c>offline --host</c> and the first half of a drain.</summary>
internal static class HostSwitchReport
{
    public static async Task<int> RunAsync(ClientRun run, string host, bool online) =>
        await ClientRun.UntilStoppedAsync(async stop => Tell(run, host, online, await new HostSwitch(run, host, online).RunAsync(stop), stop));

    /// <summary>The exit status: done when no job stands otherwise than wished.</summary>
    public static int Tell(ClientRun run, string host, bool online, SwitchOutcome outcome, CancellationToken stop)
    {
        string word = online ? "online" : "offline";
        int changed = outcome.Of(Switched.Changed).Count, before = outcome.Of(Switched.WasSo).Count;
        if (changed + before > 0 && !run.Json)
            run.Screen.Say(string.Create(CultureInfo.InvariantCulture, $"{host}: {word} in {Wording.Count(changed + before, "job")}{(before > 0 ? $", {before} of them before" : "")}"));
        if (stop.IsCancellationRequested)
            return run.Fail($"stopped before all jobs were asked; {host} stands {word} in those that were", $"repeat the command, or undo it: {Undo(host, online)}");
        if (outcome.Trouble is { } trouble)
            return TellTrouble(run, host, online, trouble, changed);
        if (outcome.Jobs.Count == 0)
            return run.Fail($"no job that the token opens has a worker on {host}", "check the name: qschedd workers NAME shows addresses and host names");
        string[] not = [.. outcome.Of(Switched.Refused).Select(j => $"{j}: 所有机器不能全部下线: no other worker of it is online"),
            .. outcome.Of(Switched.Unsettled).Select(j => $"{j}: its workers come and go; how they stand is not known")];
        return not.Length == 0 ? ExitStatus.Done : TellRefusals(run, host, online, not);
    }

    private static int TellRefusals(ClientRun run, string host, bool online, string[] not)
    {
        run.Screen.Warn($"qschedd: {Wording.Count(not.Length, "job")} did not go along:");
        foreach (string line in not)
            run.Screen.Warn("  " + DisplayText.Line(line));
        run.Screen.Warn(online
            ? "  to do:   repeat the command; qschedd workers NAME shows how a job stands"
            : "  to do:   give these jobs another worker (or turn them off: off does not end what runs), and repeat the command");
        if (!online)
            run.Screen.Warn($"  undo:    {Undo(host, online)}");
        return ExitStatus.Failed;
    }

    private static int TellTrouble(ClientRun run, string host, bool online, ApiAnswer trouble, int changed)
    {
        int exit = run.Fail(trouble, Wish.SwitchWorkers);
        if (changed > 0)
            run.Screen.Warn($"  undo:    {Undo(host, online)}");
        return exit;
    }

    public static string Undo(string host, bool online) => $"qschedd {(online ? "offline" : "online")} --host {host}";
}
