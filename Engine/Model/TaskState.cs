namespace Qschedd.Engine.Model;

/// <summary>State of a task; the numbers are the QSchedule interface's (contract, section 1).</summary>
internal enum TaskState
{
    /// <summary>Of a job only: it has never run.</summary>
    NeverRun = 0,
    Starting = 100,
    Started = 200,
    Finished = 300,
    /// <summary>Not run, because the overlap policy refused it.</summary>
    Ignored = 400,
    Failed = -100,
    NoWorker = -200,
    QueueFull = -300,
    /// <summary>Whether it ran, or how it ended, is not known.</summary>
    Unknown = -9999,
}

internal static class TaskStates
{
    /// <summary>The states in which a task may end.</summary>
    public static readonly TaskState[] Ends =
        [TaskState.Finished, TaskState.Ignored, TaskState.Failed, TaskState.NoWorker, TaskState.QueueFull, TaskState.Unknown];

    /// <summary>Its place among <see cref="Ends"/>.</summary>
    public static int IndexOfEnd(TaskState state) =>
        state == TaskState.Finished ? 0 : Array.IndexOf(Ends, state); // as nearly all end, at each fire

    /// <summary>Of a state in which a task may end, as metrics have it.</summary>
    public static string EndWord(TaskState state) => state switch
    {
        TaskState.Finished => "finished",
        TaskState.Ignored => "ignored",
        TaskState.Failed => "failed",
        TaskState.NoWorker => "noWorker",
        TaskState.QueueFull => "queueFull",
        TaskState.Unknown => "unknown",
        _ => throw new InvalidOperationException($"no task ends in {state}"),
    };

    /// <summary>A task in one of these occupies its worker: it counts for overlap and for <c>check</c>.</summary>
    public static bool IsRunning(this TaskState state) => state is TaskState.Starting or TaskState.Started;

    /// <summary>Ends that count towards <c>consecutiveFailTimesAlertThreshold</c>.</summary>
    public static bool IsFailure(this TaskState state) => (int)state < 0;
}
