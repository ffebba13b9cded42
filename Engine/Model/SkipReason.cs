namespace Qschedd.Engine.Model;

/// <summary>Why a run that was due, or asked for, did not come about.</summary>
internal enum SkipReason
{
    /// <summary>The job is off. Worked out when somebody asks, never counted.</summary>
    Off,
    /// <summary>An earlier task still runs, and <c>overlap</c> is <c>skip</c>.</summary>
    Overlap,
    NoWorker,
    QueueFull,
    /// <summary>Late by more than the misfire threshold.</summary>
    Misfire,
    /// <summary>The fire is on record already: it has run, or is running.</summary>
    Duplicate,
    /// <summary>The worker took it and would not run it: it has rules of its own.</summary>
    WorkerIgnored,
    /// <summary>Killed, or replaced, before any worker had it.</summary>
    Killed,
    /// <summary>Who started it by hand had given up before it was on record.</summary>
    CallerGone,
    /// <summary>The store could not keep it, so its caller was told that it failed.</summary>
    StoreRefused,
    /// <summary>Asked for by hand while the daemon was stopping.</summary>
    Stopping,
    /// <summary>A defect of ours.</summary>
    Fault,
}

internal static class SkipReasons
{
    public static readonly SkipReason[] All = Enum.GetValues<SkipReason>();

    /// <summary>As answers, metrics and log lines have it.</summary>
    public static string Word(this SkipReason reason) => reason switch
    {
        SkipReason.Off => "off",
        SkipReason.Overlap => "overlap",
        SkipReason.NoWorker => "noWorker",
        SkipReason.QueueFull => "queueFull",
        SkipReason.Misfire => "misfire",
        SkipReason.Duplicate => "duplicate",
        SkipReason.WorkerIgnored => "workerIgnored",
        SkipReason.Killed => "killed",
        SkipReason.CallerGone => "callerGone",
        SkipReason.StoreRefused => "storeRefused",
        SkipReason.Stopping => "stopping",
        SkipReason.Fault => "fault",
        _ => throw new InvalidOperationException($"no word for {reason}"),
    };

    /// <summary>What the state alone says of a task that ended in it; null: it ran, or may have.</summary>
    public static SkipReason? Of(TaskState state) => state switch
    {
        TaskState.NoWorker => SkipReason.NoWorker,
        TaskState.QueueFull => SkipReason.QueueFull,
        TaskState.Ignored => SkipReason.WorkerIgnored,
        _ => null,
    };
}
