using System.CommandLine;
using System.Globalization;
using Qschedd.Engine.Model;

namespace Qschedd.Cli.Client;

internal static class LogCommand
{
    private static readonly Argument<string> Id = ClientCommands.TaskArgument();
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "goes on while the task runs" };
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    public static Command Create() => ClientVerb.Create(
        "log",
        """
        Prints what a task wrote, from where its worker keeps it.

        Example:  qschedd log -f 260131.093000.10.0.0.5.4711.42
        """,
        [Id, Follow],
        RunAsync);

    private static Task<int> RunAsync(ParseResult parsed, ClientRun run)
    {
        string id = parsed.GetRequiredValue(Id);
        if (!TaskId.HasShape(id))
            return Task.FromResult(run.BadUsage($"'{DisplayText.Line(id)}' is no task id; qschedd tasks JOB lists them"));
        return ClientRun.UntilStoppedAsync(stop => PrintAsync(run, id, parsed.GetValue(Follow), stop));
    }

    private static async Task<int> PrintAsync(ClientRun run, string id, bool follow, CancellationToken stop)
    {
        bool isNothing = true;
        for (long line = 1; ;)
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"tasks/{ApiClient.Segment(id)}/log.do?from={line}");
            ApiAnswer page = follow
                ? await run.PersistAsync(() => run.Api.GetAsync(path, stop), stop)
                : await run.Api.GetAsync(path, stop);
            run.Screen.ClearProgress();
            if (stop.IsCancellationRequested)
                return ExitStatus.Failed;
            run.PrintRaw(page);
            if (!page.IsDone)
                return run.Fail(page);
            isNothing &= !Print(run, page);
            long next = (page.Data.Number("to") ?? 0) + 1;
            bool moved = next > line;
            line = Math.Max(line, next);
            if (page.Data.Flag("end") != false || !moved && !follow)
                return Done(run, isNothing);
            if (run.Json)
                run.Screen.Output.Write("\n");
            if (!moved)
                await run.PauseAsync(Pause, stop);
        }
    }

    private static int Done(ClientRun run, bool isNothing)
    {
        if (isNothing && !run.Json)
            run.Screen.Warn("the task has written nothing so far");
        return ExitStatus.Done;
    }

    /// <summary>False: there was nothing in it.</summary>
    private static bool Print(ClientRun run, ApiAnswer page)
    {
        string content = page.Data.Text("content") ?? "";
        if (!run.Json && content.Length > 0)
            run.Screen.Output.Write(DisplayText.Lines(content) + (content.EndsWith('\n') ? "" : "\n"));
        return content.Length > 0;
    }
}
