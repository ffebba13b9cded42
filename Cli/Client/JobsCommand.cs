using System.CommandLine;

namespace Qschedd.Cli.Client;

internal static class JobsCommand
{
    private static readonly Option<bool> Drift = new("--drift") { Description = "what runs other than the file says: overrides by operators" };
    private static readonly Option<string?> App = new("--app") { Description = "of this app", HelpName = "NAME" };
    private static readonly Option<string?> State = new("--state") { Description = "on or off", HelpName = "on|off" };
    private static readonly Option<string?> Text = new("--q") { Description = "with this text in the name or description", HelpName = "TEXT" };
    private static readonly Option<int?> Limit = new("--limit") { Description = "at most so many; default: all", HelpName = "N" };

    public static Command Create() => ClientVerb.Create(
        "jobs",
        """
        Lists the jobs that the token opens, with their last and next run.

        Example:  qschedd jobs --state off --q report
        """,
        [Drift, App, State, Text, Limit],
        RunAsync);

    private static Task<int> RunAsync(ParseResult parsed, ClientRun run)
    {
        string? state = parsed.GetValue(State);
        if (state is not (null or "on" or "off"))
            return Task.FromResult(run.BadUsage($"--state '{DisplayText.Line(state)}' is neither on nor off"));
        if (parsed.GetValue(Limit) is <= 0)
            return Task.FromResult(run.BadUsage("--limit is at least 1"));
        string filter = string.Join('&', Filters(parsed));
        if (!parsed.GetValue(Drift))
            return ListAsync(run, filter, parsed.GetValue(Limit) ?? int.MaxValue);
        return filter.Length == 0 && parsed.GetValue(Limit) is null
            ? ShowDriftAsync(run)
            : Task.FromResult(run.BadUsage("--drift lists every difference: it goes with no other filter"));
    }

    private static IEnumerable<string> Filters(ParseResult parsed)
    {
        if (parsed.GetValue(App) is { Length: > 0 } app)
            yield return $"app={ApiClient.Segment(app)}";
        if (parsed.GetValue(State) is { } state)
            yield return $"state={state}";
        if (parsed.GetValue(Text) is { Length: > 0 } text)
            yield return $"q={ApiClient.Segment(text)}";
    }

    private static async Task<int> ListAsync(ClientRun run, string filter, int rowsMax)
    {
        var jobs = new List<JsonPart>();
        int pages = 0;
        ApiAnswer last = await JobList.ReadAsync(run, filter, rowsMax, page =>
        {
            if (run.Json && pages++ > 0)
                run.Screen.Output.Write("\n");
            run.PrintRaw(page);
            jobs.AddRange(page.Rows);
        });
        run.Screen.ClearProgress();
        if (!last.IsDone)
        {
            run.PrintRaw(last);
            return run.Fail(last);
        }

        if (!run.Json)
            Show(run.Screen, jobs, filtered: filter.Length > 0);
        return ExitStatus.Done;
    }

    private static void Show(Screen screen, List<JsonPart> jobs, bool filtered)
    {
        if (jobs.Count == 0)
            screen.Say(filtered ? "no job matches" : "the token's apps have no jobs");
        else
            screen.Print(JobList.TableOf(jobs, screen));
    }

    private static async Task<int> ShowDriftAsync(ClientRun run)
    {
        ApiAnswer answer = await run.Api.GetAsync("drift.do");
        return run.Show(answer, () =>
        {
            var table = new Table("JOB", "KEY", "FILE SAYS", "RUNS WITH", "SINCE", "BY");
            foreach (JsonPart row in answer.Rows)
                table.Add(row.Text("job"), row.Text("key"), row.Text("file"), row.Text("running"), run.Screen.At(row.Number("at")), row.Text("by"));
            if (table.IsEmpty)
                run.Screen.Say("no drift: every job runs as its file says");
            else
                run.Screen.Print(table);
        });
    }
}
