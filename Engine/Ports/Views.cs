using Qschedd.Engine.Model;

namespace Qschedd.Engine.Ports;

/// <summary>A job as it stands: its definition and its last published state.</summary>
internal sealed record JobView(Job Job, JobStatus Status);

/// <summary>A job at one instant. Times are epoch milliseconds.</summary>
/// <remarks>
/// Each job's own is written in place, under a count that readers look at: by volatile writes, none of which is seen before what was
/// written ahead of it, and no fence is needed.
/// </remarks>
internal record struct JobStatus()
{
    private long _nextRunMs = Instant.None, _lastRunMs = Instant.None, _lastUpdateMs = Instant.None;
    private long _createdMs, _updatedMs;
    private int _lastState, _failuresInRow, _running;
    private bool _enabled;
    private EnabledOverride? _override;

    public required bool Enabled { readonly get => _enabled; init => _enabled = value; }
    public long? NextRunMs { readonly get => Instant.OrNull(_nextRunMs); init => _nextRunMs = value ?? Instant.None; }
    public TaskState LastState { readonly get => (TaskState)_lastState; init => _lastState = (int)value; }
    public long? LastRunMs { readonly get => Instant.OrNull(_lastRunMs); init => _lastRunMs = value ?? Instant.None; }
    public long? LastUpdateMs { readonly get => Instant.OrNull(_lastUpdateMs); init => _lastUpdateMs = value ?? Instant.None; }
    public required long CreatedMs { readonly get => _createdMs; init => _createdMs = value; }
    public required long UpdatedMs { readonly get => _updatedMs; init => _updatedMs = value; }
    public int FailuresInRow { readonly get => _failuresInRow; init => _failuresInRow = value; }
    public int Running { readonly get => _running; init => _running = value; }
    /// <summary>Turned on or off by the API, perhaps to what the YAML says too.</summary>
    public EnabledOverride? Override { readonly get => _override; init => _override = value; }

    /// <summary>As they are kept: what is missing is <see cref="Instant.None"/>.</summary>
    public void SetInstants(long nextRunMs, long lastRunMs, long lastUpdateMs)
    {
        Volatile.Write(ref _nextRunMs, nextRunMs);
        Volatile.Write(ref _lastRunMs, lastRunMs);
        Volatile.Write(ref _lastUpdateMs, lastUpdateMs);
    }

    public void SetDates(long createdMs, long updatedMs)
    {
        Volatile.Write(ref _createdMs, createdMs);
        Volatile.Write(ref _updatedMs, updatedMs);
    }

    public void SetState(bool enabled, EnabledOverride? made, TaskState lastState, int failuresInRow, int running)
    {
        Volatile.Write(ref _enabled, enabled);
        Volatile.Write(ref _lastState, (int)lastState);
        Volatile.Write(ref _failuresInRow, failuresInRow);
        Volatile.Write(ref _running, running);
        if (!ReferenceEquals(made, _override))
            Volatile.Write(ref _override, made);
    }
}

/// <summary>A key of which a job runs with another value than its file says.</summary>
/// <param name="Job">The job.</param>
/// <param name="Key">state, or workers.ADDRESS.</param>
/// <param name="File">The file's value, as it would be written.</param>
/// <param name="Running">The value in force.</param>
/// <param name="By">Who set it.</param>
/// <param name="AtMs">When, epoch milliseconds.</param>
/// <param name="IsRegistered">Of a worker: it registered itself, so the job has it whether or not the file names it.</param>
internal sealed record DriftView(Job Job, string Key, string File, string Running, string By, long AtMs, bool IsRegistered = false);

/// <param name="Address">host:port.</param>
/// <param name="Hostname">As written or registered.</param>
/// <param name="CanSchedule">Online by an operator's word (heartbeats have no say in it).</param>
/// <param name="Alive">By heartbeats and connections.</param>
internal sealed record WorkerView(string Address, string Hostname, bool CanSchedule, bool Alive);

/// <summary>What a command to the engine came to.</summary>
internal enum CommandResult
{
    Done,
    /// <summary>A name in it is not known; nothing changed.</summary>
    NotFound,
    /// <summary>By the rules it may not be; nothing changed.</summary>
    Refused,
    /// <summary>Done for the known names; some are not known.</summary>
    Partly,
    /// <summary>The store cannot keep it, or too many commands wait; nothing changed.</summary>
    Unavailable,
}

/// <param name="Result">Done: started. Refused: on record, but nobody can take it now.</param>
/// <param name="TaskId">Of Done and Refused.</param>
internal sealed record TriggerResult(CommandResult Result, string? TaskId);

/// <summary>A worker's word on a task: state 200 (heartbeat), 300, -100 or -300; of an XXL-JOB executor also 400.</summary>
/// <param name="TaskId">As it was sent.</param>
/// <param name="State">What it has come to.</param>
/// <param name="Message">At most 4 KiB.</param>
/// <param name="Output">At most 64 KiB.</param>
/// <param name="Attempt">Of which attempt, where the worker says so: then a report that comes too late is known for what it is.</param>
internal sealed record TaskReport(string TaskId, TaskState State, string? Message, string? Output, int? Attempt = null);

/// <summary>A task in state 100 or 200.</summary>
internal sealed record RunningTask(string TaskId, Job Job);

/// <param name="Reason">Why.</param>
/// <param name="Count">How often.</param>
/// <param name="LastAtMs">The last time, epoch milliseconds.</param>
/// <param name="Message">What was said of it then, in an operator's words.</param>
internal sealed record SkipCount(SkipReason Reason, long Count, long LastAtMs, string Message);

/// <summary>A job that is off.</summary>
/// <param name="AtMs">Since when.</param>
/// <param name="By">By whose word.</param>
/// <param name="Missed">Fires that its triggers would have had since.</param>
/// <param name="MissedMore">There were more than are counted.</param>
internal sealed record OffView(long AtMs, string By, int Missed, bool MissedMore);

/// <summary>A worker as one job sees it.</summary>
/// <param name="Worker">Its address, its name, and whether it may be chosen.</param>
/// <param name="PausedUntilMs">A connection has failed: until then it is tried last. Epoch milliseconds.</param>
/// <param name="Running">Tasks of this job in state 100 or 200 there.</param>
internal sealed record WorkerStanding(WorkerView Worker, long? PausedUntilMs, int Running);

/// <summary>All that says why a job runs or does not.</summary>
internal sealed record WhyView
{
    public required JobView Job { get; init; }
    /// <summary>Newest first.</summary>
    public required IReadOnlyList<TaskRow> LastRuns { get; init; }
    public required IReadOnlyList<long> NextRunsMs { get; init; }
    public OffView? Off { get; init; }
    public required IReadOnlyList<SkipCount> Skips { get; init; }
    /// <summary>Why the daemon as a whole does not do its work.</summary>
    public string? Trouble { get; init; }
    public required IReadOnlyList<WorkerStanding> Workers { get; init; }
}
