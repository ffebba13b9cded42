using System.CommandLine;
using Qschedd.Http;

namespace Qschedd.Cli.Client;

internal static class RunningCommand
{
    public static Command Create()
    {
        Argument<string> host = HostArgument();
        return ClientVerb.Create(
            "running",
            """
            Lists the jobs that run on a host now. Needs no token.

            Example:  qschedd running l-demo2.dev.cn6
            """,
            [host],
            (parsed, run) => RunAsync(run, parsed.GetRequiredValue(host)),
            needsToken: false);
    }

    public static Argument<string> HostArgument() => new("HOST") { Description = "an address, a host name, or the leading labels of one" };

    public static Task<ApiAnswer> AskAsync(ClientRun run, string host, CancellationToken stop = default) =>
        run.Api.GetAsync($"check/{ApiClient.Segment(host)}.do", stop);

    public static Table TableOf(IEnumerable<JsonPart> jobs, Screen screen)
    {
        var table = new Table("JOB", "APP", "TYPE", "STATE", "RUNS SINCE", "SEEN");
        foreach (JsonPart job in jobs)
        {
            table.Add(
                job.Text("name"), job.Text("appName"), job.Text("type"), Wording.State(job.Number("lastState")),
                screen.At(job.Number("lastRun")), screen.At(job.Number("lastUpdate")));
        }

        return table;
    }

    private static async Task<int> RunAsync(ClientRun run, string host)
    {
        if (!HostName.TryNormalize(host, out string? known))
            return run.BadUsage($"'{DisplayText.Line(host)}' is no address and no host name");
        ApiAnswer answer = await AskAsync(run, known);
        return run.Show(answer, () =>
        {
            Table table = TableOf(answer.Rows, run.Screen);
            if (table.IsEmpty)
                run.Screen.Say($"nothing runs on {known}");
            else
                run.Screen.Print(table);
        });
    }
}
