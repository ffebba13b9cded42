using System.CommandLine;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Cli.Client;

internal static class TriggerCommand
{
    private static readonly Argument<string> Name = ClientCommands.JobArgument();
    private static readonly Option<string?> Param = new("--param") { Description = "a JSON object in place of the job's own parameter", HelpName = "JSON" };
    private static readonly Option<bool> Wait = new("--wait") { Description = "until the task has ended; exit status 0 when it finished well" };

    public static Command Create() => ClientVerb.Create(
        "trigger",
        """
        Starts a job now, on or off, and prints the task's id.

        Example:  qschedd trigger qschedule.demo.report --param '{"city":"paris"}' --wait
        """,
        [Name, Param, Wait],
        RunAsync);

    private static async Task<int> RunAsync(ParseResult parsed, ClientRun run)
    {
        string name = parsed.GetRequiredValue(Name);
        using JsonDocument? param = ParseObject(parsed.GetValue(Param));
        if (param is null && parsed.GetValue(Param) is not null)
            return run.BadUsage("--param is no JSON object such as {\"city\":\"paris\"}");
        ApiAnswer started = await run.Api.PostAsync("tasks.do", json =>
        {
            json.WriteString("job", name);
            if (param is null)
                return;
            json.WritePropertyName("param");
            json.WriteRawValue(param.RootElement.GetRawText());
        });
        bool waits = parsed.GetValue(Wait);
        if (!started.IsDone || !waits)
            return Report(run, started, name);
        return await ClientRun.UntilStoppedAsync(stop => WaitAsync(run, started.Message, stop));
    }

    private static int Report(ClientRun run, ApiAnswer started, string name)
    {
        int exit = run.Show(started, () => run.Screen.Say(DisplayText.Line(started.Message)), Wish.Trigger);
        if (started.Fault is { MaybeDone: true })
            run.Screen.Warn($"  beware:  the task may have started all the same: see qschedd tasks {DisplayText.Line(name)} before you repeat this");
        return exit;
    }

    private static async Task<int> WaitAsync(ClientRun run, string id, CancellationToken stop)
    {
        if (!run.Json)
            run.Screen.Say(DisplayText.Line(id));
        ApiAnswer task = await TaskWatch.UntilEndedAsync(run, id, stop);
        run.Screen.ClearProgress();
        if (stop.IsCancellationRequested)
            return Leave(run, id);
        if (!task.IsDone)
            return Lost(run, task, id);
        run.PrintRaw(task);
        if (!run.Json)
            run.Screen.Say(TaskView.Line(task.Data, run.NowMs));
        return task.Data.Number("state") == (int)TaskState.Finished ? ExitStatus.Done : ExitStatus.Failed;
    }

    private static int Lost(ClientRun run, ApiAnswer task, string id)
    {
        int exit = run.Fail(task);
        run.Screen.Warn($"  beware:  task {DisplayText.Line(id)} may still run: qschedd tasks {DisplayText.Line(id)} shows how it stands");
        return exit;
    }

    private static int Leave(ClientRun run, string id)
    {
        string shown = DisplayText.Line(id);
        run.Screen.Warn($"qschedd: no longer waiting; task {shown} goes on");
        run.Screen.Warn($"  to do:   see it with qschedd tasks {shown}, end it with qschedd kill {shown}");
        return ExitStatus.Failed;
    }

    /// <summary>Null: no JSON object.</summary>
    private static JsonDocument? ParseObject(string? text)
    {
        try
        {
            JsonDocument? json = text is null ? null : JsonDocument.Parse(text);
            return json?.RootElement.ValueKind == JsonValueKind.Object ? json : null;
        }
        catch (JsonException)
        {
            return null; // the caller says so
        }
    }
}
