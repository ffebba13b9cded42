using System.Globalization;
using Qschedd.Engine.Model;

namespace Qschedd.Cli.Client;

/// <summary>Tasks in lines, and one task in full.</summary>
internal static class TaskView
{
    private const int MessageWidthMax = 60;

    /// <summary>It has ended for good: neither under way nor about to be tried again.</summary>
    public static bool HasEnded(JsonPart task) =>
        task.Number("state") is { } state && !((TaskState)state).IsRunning() && task.Number("endedAt") is not null;

    public static Table TableOf(IEnumerable<JsonPart> tasks, Screen screen, long nowMs)
    {
        var table = new Table("TASK", "STATE", "SCHEDULED", "STARTED", "TOOK", "TRY", "WORKER", "MESSAGE");
        foreach (JsonPart task in tasks)
        {
            table.Add(
                task.Text("id"),
                Wording.State(task.Number("state")),
                screen.At(task.Number("scheduledTime")),
                screen.At(task.Number("startedAt")),
                Wording.Span(Took(task, nowMs)),
                task.Text("attempt"),
                task.Text("worker"),
                task.Text("message") is { } message ? DisplayText.Cut(DisplayText.Line(message), MessageWidthMax) : null);
        }

        return table;
    }

    public static void Show(JsonPart task, Screen screen, long nowMs)
    {
        var facts = new Table(null);
        facts.Add("task", task.Text("id"));
        facts.Add("job", $"{task.Text("job")} of app {task.Text("app")}");
        facts.Add("state", Wording.State(task.Number("state")));
        AddText(facts, "message", task.Text("message"));
        AddText(facts, "worker", task.Text("worker"));
        facts.Add("scheduled", screen.At(task.Number("scheduledTime")));
        facts.Add("fired", screen.At(task.Number("fireTime")));
        AddText(facts, "started", screen.At(task.Number("startedAt")));
        AddText(facts, "ended", screen.At(task.Number("endedAt")));
        AddText(facts, "took", Wording.Span(Took(task, nowMs)));
        AddText(facts, "parameter", task.Text("parameter"));
        AddText(facts, "shard", Shard(task));
        facts.Add("attempt", task.Text("attempt"));
        screen.Print(facts);
        ShowAttempts(task, screen);
        if (task.Text("output") is { Length: > 0 } output)
            screen.Say($"\noutput:\n{DisplayText.Lines(output).TrimEnd('\n')}");
    }

    /// <summary>One line: how it stands.</summary>
    public static string Line(JsonPart task, long nowMs)
    {
        string took = Wording.Span(Took(task, nowMs)) is { } span ? $" in {span}" : "";
        string worker = task.Text("worker") is { } address ? $" on {address}" : "";
        string message = task.Text("message") is { Length: > 0 } words ? $": {words}" : "";
        return DisplayText.Line($"task {task.Text("id")}: {Wording.State(task.Number("state")).Text}{took}{worker}{message}");
    }

    private static void ShowAttempts(JsonPart task, Screen screen)
    {
        var attempts = new Table("ATTEMPT", "STATE", "STARTED", "ENDED", "WORKER", "MESSAGE");
        foreach (JsonPart attempt in task.Rows("attempts"))
        {
            attempts.Add(
                attempt.Text("attempt"),
                Wording.State(attempt.Number("state")),
                screen.At(attempt.Number("startedAt")),
                screen.At(attempt.Number("endedAt")),
                attempt.Text("worker"),
                attempt.Text("message"));
        }

        if (attempts.IsEmpty)
            return;
        screen.Say("\nattempts before:");
        screen.Print(attempts, "  ");
    }

    private static void AddText(Table facts, string name, string? text)
    {
        if (!string.IsNullOrEmpty(text))
            facts.Add(name, text);
    }

    private static long? Took(JsonPart task, long nowMs) =>
        task.Number("startedAt") is { } startedMs ? (task.Number("endedAt") ?? nowMs) - startedMs : null;

    private static string? Shard(JsonPart task) =>
        task.Part("shard").Number("total") is > 1 and var total
            ? string.Create(CultureInfo.InvariantCulture, $"{task.Part("shard").Number("index")} of {total}")
            : null;
}
