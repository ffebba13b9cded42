using System.CommandLine;

namespace Qschedd.Cli.Client;

internal static class KillCommand
{
    public static Command Create()
    {
        Argument<string> id = ClientCommands.TaskArgument();
        return ClientVerb.Create(
            "kill",
            """
            Asks a task's worker to end it.

            Example:  qschedd kill 260131.093000.10.0.0.5.4711.42
            """,
            [id],
            (parsed, run) => RunAsync(run, parsed.GetRequiredValue(id)));
    }

    private static async Task<int> RunAsync(ClientRun run, string id)
    {
        ApiAnswer answer = await run.Api.PostAsync("tasks/kill.do", json => json.WriteString("taskId", id));
        return run.Show(answer, () => run.Screen.Say(DisplayText.Line($"task {id}: asked to end; qschedd tasks {id} shows how it ended")), Wish.Kill);
    }
}
