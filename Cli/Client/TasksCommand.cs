using System.CommandLine;
using System.Globalization;
using Qschedd.Engine.Model;
using Qschedd.Http;

namespace Qschedd.Cli.Client;

internal static class TasksCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "a job, or the id of a task: that one is shown in full" };
    private static readonly Option<string?> State = new("--state") { Description = "words or numbers with commas, such as failed,-200", HelpName = "STATES" };
    private static readonly Option<string?> From = new("--from") { Description = "scheduled then or later: ISO 8601", HelpName = "TIME" };
    private static readonly Option<string?> To = new("--to") { Description = "scheduled then or earlier", HelpName = "TIME" };
    private static readonly Option<int> Limit = new("--limit") { Description = "at most so many, the newest first", HelpName = "N", DefaultValueFactory = _ => 20 };

    public static Command Create() => ClientVerb.Create(
        "tasks",
        """
        Lists a job's tasks, the newest first; of a task id: all about that task, its attempts and its output.

        Example:  qschedd tasks qschedule.demo.report --state failed --from 2026-01-31T09:00
        """,
        [Name, State, From, To, Limit],
        RunAsync);

    private static Task<int> RunAsync(ParseResult parsed, ClientRun run)
    {
        string name = parsed.GetRequiredValue(Name);
        if (TaskId.HasShape(name))
            return ShowAsync(run, name);
        if (!TryStates(parsed.GetValue(State), out string states))
            return Bad($"--state '{states}' is no state: one of {string.Join(", ", Wording.States.Select(s => $"{s.Word} ({(int)s.State})"))}");
        foreach (Option<string?> option in (Option<string?>[])[From, To])
        {
            if (!ClientVerb.TryTime(parsed.GetValue(option), run.Screen, out _))
                return Bad($"{option.Name} '{parsed.GetValue(option)}' is no ISO 8601 time such as 2026-01-31T09:30 or 2026-01-31T09:30:00+08:00");
        }

        if (parsed.GetValue(Limit) is < 1 or > HttpLimits.RowsMax)
            return Bad($"--limit is outside 1-{HttpLimits.RowsMax}");
        return ListAsync(run, name, Query(parsed, run.Screen, states));

        Task<int> Bad(string message) => Task.FromResult(run.BadUsage(DisplayText.Line(message)));
    }

    private static string Query(ParseResult parsed, Screen screen, string states)
    {
        ClientVerb.TryTime(parsed.GetValue(From), screen, out long? fromMs);
        ClientVerb.TryTime(parsed.GetValue(To), screen, out long? toMs);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"limit={parsed.GetValue(Limit)}{(states.Length == 0 ? "" : "&state=")}{states}{(fromMs is null ? "" : "&from=")}{fromMs}{(toMs is null ? "" : "&to=")}{toMs}");
    }

    private static async Task<int> ListAsync(ClientRun run, string job, string query)
    {
        ApiAnswer answer = await run.Api.GetAsync($"tasks.do?job={ApiClient.Segment(job)}&{query}");
        return run.Show(answer, () =>
        {
            Table table = TaskView.TableOf(answer.Rows, run.Screen, run.NowMs);
            if (table.IsEmpty)
                run.Screen.Say($"{DisplayText.Line(job)}: no tasks on record that match");
            else
                run.Screen.Print(table);
        });
    }

    private static async Task<int> ShowAsync(ClientRun run, string id)
    {
        ApiAnswer answer = await run.Api.GetAsync($"tasks/{ApiClient.Segment(id)}.do");
        return run.Show(answer, () => TaskView.Show(answer.Data, run.Screen, run.NowMs));
    }

    /// <summary>As numbers. False: <paramref name="numbers"/> is the word that is none.</summary>
    private static bool TryStates(string? text, out string numbers)
    {
        var known = new List<string>();
        foreach (string word in text?.Split(',', StringSplitOptions.TrimEntries) ?? [])
        {
            numbers = word;
            StateWord? state = Array.Find(Wording.States, s => s.Word == word || ((int)s.State).ToString(CultureInfo.InvariantCulture) == word);
            if (state is null or { State: TaskState.NeverRun })
                return false;
            known.Add(((int)state.State).ToString(CultureInfo.InvariantCulture));
        }

        numbers = string.Join(',', known);
        return true;
    }
}
