using Qschedd.Engine.Figures;
using Qschedd.Engine.Model;

namespace Qschedd.Engine.Ports;

/// <summary>
/// What the HTTP side asks of the engine, and no more. Any thread may call it. Reads answer from the last published snapshot;
/// commands complete when their effect is durable.
/// </summary>
internal interface ISchedulerApi
{
    /// <summary>The one in force: a reload replaces it, so callers take it once for each request.</summary>
    Catalog Catalog { get; }

    /// <summary>Null when the daemon does its work, else why not, in an operator's words: the answer of readyz.</summary>
    string? Trouble { get; }

    /// <summary>Something an operator should see although the daemon does its work: a configuration on disk that is not in force.</summary>
    string? Notice { get; }

    JobView? FindJob(string name);

    /// <summary>All jobs in the order of their names (ordinal).</summary>
    IEnumerable<JobView> ListJobs();

    /// <summary>Where jobs run otherwise than their file says, by job, then key (ordinal).</summary>
    IEnumerable<DriftView> ListDrift();

    /// <summary>The job's workers by address; null when the job is unknown.</summary>
    IReadOnlyList<WorkerView>? ListWorkers(string job);

    /// <summary>Why the job runs or does not; null when it is unknown.</summary>
    WhyView? Explain(string job);

    /// <summary>
    /// The jobs, by name, that have a task in state 100 or 200 on a host: an address (IPv6 without brackets, in its shortest form),
    /// a host name, or the leading labels of one.
    /// </summary>
    IReadOnlyList<JobView> RunningOn(string host);

    /// <summary>All or nothing. NotFound when one is unknown.</summary>
    ValueTask<CommandResult> SetEnabledAsync(IReadOnlyList<string> jobs, bool enabled, string actor);

    /// <summary>Starts the job now. <paramref name="parameter"/>: JSON text that replaces the job's own, or null.</summary>
    ValueTask<TriggerResult> TriggerAsync(string job, string? parameter, string actor);

    /// <summary>
    /// Puts workers of a job online or offline. Refused: it would leave none online. NotFound: no such job, or no address is known.
    /// Partly: some addresses are unknown, the others changed.
    /// </summary>
    ValueTask<CommandResult> SetWorkersAsync(string job, IReadOnlyList<KeyValuePair<string, bool>> online, string actor);

    /// <summary>The app whose job the task belongs to, or null when no such task is known (running or in the history).</summary>
    App? FindTaskApp(string taskId);

    /// <summary>The running task of that number (the last part of its id), or null.</summary>
    RunningTask? FindRunning(long taskSeq);

    /// <summary>Takes a worker's report; a late or repeated one is Done and changes nothing. NotFound: no such task.</summary>
    ValueTask<CommandResult> ReportAsync(TaskReport report);

    TaskRow? FindTask(string taskId);

    /// <summary>The attempts of a task that came before its present one, oldest first.</summary>
    IReadOnlyList<AttemptRow> ListAttempts(TaskRow task);

    IReadOnlyList<TaskRow> ListTasks(TaskQuery query);

    /// <summary>A task's log from a line on: where its worker keeps it, else the output that was kept with the task.</summary>
    ValueTask<LogOutcome> ReadLogAsync(TaskRow task, int fromLine);

    /// <summary>Who changed what, newest first.</summary>
    IReadOnlyList<AuditEntry> ListAudit(AuditQuery query);

    /// <summary>All that is counted and measured, for Prometheus.</summary>
    void WriteMetrics(MetricsText text);

    /// <summary>Asks the task's worker to end it. Refused: the task has ended, or its worker did not take the request.</summary>
    ValueTask<CommandResult> KillAsync(string taskId, string actor);

    /// <summary>A worker is there, and alive from now on. NotFound: no such app.</summary>
    ValueTask<CommandResult> RegisterAsync(RegistrationRow registration);

    /// <summary>A worker leaves. NotFound: no such app, or the address was not registered.</summary>
    ValueTask<CommandResult> UnregisterAsync(string app, string address);
}
