using System.CommandLine;
using System.Text.Json;
using Qschedd.Http;

namespace Qschedd.Cli.Client;

/// <summary><c>online</c> and <c>offline</c>: some workers of a job, or all workers on a host.</summary>
internal static class WorkerStateCommand
{
    public static Command Create(bool online)
    {
        var name = new Argument<string?>("NAME") { Description = "the job", Arity = ArgumentArity.ZeroOrOne };
        var addresses = new Argument<string[]>("ADDRESS") { Description = "its workers, as host:port", Arity = ArgumentArity.ZeroOrMore };
        var host = new Option<string?>("--host") { Description = "in place of NAME and ADDRESS: all workers on this host, in every job that the token opens", HelpName = "HOST" };
        return ClientVerb.Create(
            online ? "online" : "offline",
            online
                ? """
                  Puts workers of a job online again; with --host: takes back a drain.

                  Example:  qschedd online qschedule.demo.report 192.168.1.1:20010
                            qschedd online --host 192.168.1.1
                  """
                : """
                  Puts workers of a job offline: nothing new is sent to them. What runs there goes on. Never the last one of a job.

                  Example:  qschedd offline qschedule.demo.report 192.168.1.1:20010
                  """,
            [name, addresses, host],
            (parsed, run) => RunAsync(run, parsed.GetValue(name), parsed.GetValue(addresses) ?? [], parsed.GetValue(host), online));
    }

    public static Task<ApiAnswer> SetAsync(ClientRun run, string job, IEnumerable<string> addresses, bool online, CancellationToken stop = default) =>
        run.Api.PostAsync("workers/state.do", json => WriteStates(json, job, addresses, online), stop);

    private static Task<int> RunAsync(ClientRun run, string? name, string[] addresses, string? host, bool online)
    {
        string verb = online ? "online" : "offline";
        if (host is not null)
        {
            if (name is not null)
                return Task.FromResult(run.BadUsage($"--host stands for all jobs: {verb} --host HOST, or {verb} NAME ADDRESS..."));
            return HostName.TryNormalize(host, out string? known)
                ? HostSwitchReport.RunAsync(run, known, online)
                : Task.FromResult(run.BadUsage($"'{DisplayText.Line(host)}' is no address and no host name"));
        }

        if (name is null || addresses.Length == 0)
            return Task.FromResult(run.BadUsage($"which workers? {verb} NAME ADDRESS..., or {verb} --host HOST"));
        return SwitchAsync(run, name, addresses, online, verb);
    }

    private static async Task<int> SwitchAsync(ClientRun run, string name, string[] addresses, bool online, string verb)
    {
        ApiAnswer answer = await SetAsync(run, name, addresses, online);
        return run.Show(answer, () =>
        {
            foreach (string address in addresses)
                run.Screen.Say(DisplayText.Line($"{name}: {address} is {verb}"));
        }, Wish.SwitchWorkers);
    }

    private static void WriteStates(Utf8JsonWriter json, string job, IEnumerable<string> addresses, bool online)
    {
        json.WriteString("jobName", job);
        json.WriteStartObject("workers");
        foreach (string address in addresses.Distinct())
            json.WriteBoolean(address, online);
        json.WriteEndObject();
    }
}
