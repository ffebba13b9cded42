using System.CommandLine;

namespace Qschedd.Cli.Client;

internal static class WorkersCommand
{
    public static Command Create()
    {
        Argument<string> name = ClientCommands.JobArgument();
        return ClientVerb.Create(
            "workers",
            """
            Lists a job's workers, and which of them operators have put offline.

            Example:  qschedd workers qschedule.demo.report
            """,
            [name],
            (parsed, run) => RunAsync(run, parsed.GetRequiredValue(name)));
    }

    private static async Task<int> RunAsync(ClientRun run, string name)
    {
        ApiAnswer answer = await run.Api.GetAsync($"workers/{ApiClient.Segment(name)}.do");
        return run.Show(answer, () =>
        {
            var table = new Table("ADDRESS", "ONLINE", "HOST NAME");
            foreach (JsonPart worker in answer.Rows)
                table.Add(worker.Text("address"), worker.Flag("canSchedule") == true ? "online" : new Cell("offline", Tone.Bad), worker.Text("hostname"));
            if (table.IsEmpty)
                run.Screen.Say($"{DisplayText.Line(name)}: no workers");
            else
                run.Screen.Print(table);
        });
    }
}
