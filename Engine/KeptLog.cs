using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>Logs by lines. Pure.</summary>
internal static class KeptLog
{
    /// <summary>The output that was kept with a task, from a line on.</summary>
    public static LogPage PageOf(TaskRow task, int fromLine)
    {
        string output = task.Output ?? "";
        string[] lines = output.Length == 0 ? [] : (output.EndsWith('\n') ? output[..^1] : output).Split('\n');
        string content = string.Concat(lines.Skip(fromLine - 1).Select(line => line + "\n"));
        return new LogPage(fromLine, Math.Max(lines.Length, fromLine - 1), content, !task.State.IsRunning());
    }

    /// <summary>The first attempt at the worker that a task's last attempt went to: what it was called there.</summary>
    public static int FirstAttempt(TaskRow task, IReadOnlyList<AttemptRow> earlier) =>
        earlier.Where(a => a.State != TaskState.Unknown || a.Worker != task.Worker).Select(a => a.Attempt + 1).DefaultIfEmpty(1).Max();

    /// <summary>A worker may not know that a log is whole: it is, when the task has ended and there is nothing new in it.</summary>
    public static LogOutcome EndWith(TaskRow task, LogOutcome read) =>
        read.Page is { } page && !task.State.IsRunning() && page.ToLine < page.FromLine
            ? read with { Page = page with { IsEnd = true } }
            : read;
}
