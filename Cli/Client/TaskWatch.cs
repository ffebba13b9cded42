namespace Qschedd.Cli.Client;

/// <summary>Follows a task to its end, over restarts of the daemon.</summary>
internal static class TaskWatch
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);

    /// <summary>The task as it ended; or the refusal that ended the wait.</summary>
    public static async Task<ApiAnswer> UntilEndedAsync(ClientRun run, string id, CancellationToken stop)
    {
        long start = run.Time.GetTimestamp();
        for (TimeSpan pause = FirstPause; ; pause = ClientRun.Longer(pause))
        {
            ApiAnswer answer = await run.PersistAsync(() => run.Api.GetAsync($"tasks/{ApiClient.Segment(id)}.do", stop), stop);
            if (!answer.IsDone || stop.IsCancellationRequested || TaskView.HasEnded(answer.Data))
                return answer;
            run.Screen.Progress(Standing(answer.Data), run.Time.GetElapsedTime(start));
            await run.PauseAsync(pause, stop);
        }
    }

    private static string Standing(JsonPart task)
    {
        string worker = task.Text("worker") is { } address ? $" on {address}" : "";
        string attempt = task.Number("attempt") is > 1 and var n ? $", attempt {n}" : "";
        return DisplayText.Line($"{Wording.State(task.Number("state")).Text}{worker}{attempt}");
    }
}
