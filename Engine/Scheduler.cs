using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// The engine's face: any thread may call it. Reads answer from what the loop last published; commands are posted to the loop
/// and answered when their effect is durable.
/// </summary>
internal sealed class Scheduler
{
    public Catalog Catalog => throw new NotImplementedException();

    public JobView? FindJob(string name) => throw new NotImplementedException();

    /// <summary>All jobs in the order of their names (ordinal).</summary>
    public IEnumerable<JobView> ListJobs() => throw new NotImplementedException();

    /// <summary>The job's workers by address; null when the job is unknown.</summary>
    public IReadOnlyList<WorkerView>? ListWorkers(string job) => throw new NotImplementedException();

    /// <summary>
    /// The jobs, by name, that have a task in state 100 or 200 on a host: an address, a host name, or the leading labels of one.
    /// Cost grows with what runs there, not with the number of jobs.
    /// </summary>
    public IReadOnlyList<JobView> RunningOn(string host) => throw new NotImplementedException();

    /// <summary>All or nothing. NotFound when one is unknown.</summary>
    public ValueTask<CommandResult> SetEnabledAsync(IReadOnlyList<string> jobs, bool enabled, string actor) =>
        throw new NotImplementedException();

    /// <summary>Starts the job now. <paramref name="parameter"/>: JSON text that replaces the job's own, or null.</summary>
    public ValueTask<TriggerResult> TriggerAsync(string job, string? parameter, string actor) => throw new NotImplementedException();

    /// <summary>
    /// Puts workers of a job online or offline. Refused: it would leave none online. NotFound: no such job, or no address is known.
    /// Partly: some addresses are unknown, the others changed.
    /// </summary>
    public ValueTask<CommandResult> SetWorkersAsync(string job, IReadOnlyList<KeyValuePair<string, bool>> online, string actor) =>
        throw new NotImplementedException();

    /// <summary>The app whose job the task belongs to, or null when no such task is known (running or in the history).</summary>
    public App? FindTaskApp(string taskId) => throw new NotImplementedException();

    /// <summary>Takes a worker's report; a late or repeated one is Done and changes nothing. NotFound: no such task.</summary>
    public ValueTask<CommandResult> ReportAsync(TaskReport report) => throw new NotImplementedException();

    public TaskRow? FindTask(string taskId) => throw new NotImplementedException();

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query) => throw new NotImplementedException();

    /// <summary>Null when the daemon does its work, else why not, in an operator's words: the answer of readyz.</summary>
    public string? Trouble => throw new NotImplementedException();
}
