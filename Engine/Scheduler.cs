using Qschedd.Engine.Figures;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// The engine's face: any thread may call it. Reads answer from what the loop last published; commands are posted to the loop
/// and answered when their effect is durable.
/// </summary>
internal sealed class Scheduler(EngineCore core, EngineLoop loop, IStore store, EngineOptions options) : ISchedulerApi
{
    /// <summary>Past it a caller is told that it failed; a task that he wanted to start is then not started either.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>How much longer he waits when his task is being written at that moment: the disk says what became of it.</summary>
    private static readonly TimeSpan PatienceWithTheDisk = TimeSpan.FromMinutes(1);

    public Catalog Catalog => Snapshot.Catalog;

    public Counters Counters => core.Counters;

    public string? Trouble => core.Firing.IsClosed ? "the daemon is stopping"
        : Starting ?? store.Trouble ?? core.Journal.Trouble ?? core.Firing.Stall;

    /// <summary>What a start still waits for: whoever asks on the first address may do so before the last one is bound. Null: it is done.</summary>
    public string? Starting { get => _starting; set => _starting = value; }

    public ReloadFigures Reloads { get; } = new(core.StartedMs);

    public Notices Notices { get; } = new();

    public string? Notice => Notices.Text;

    private readonly EngineMetrics _metrics = new(core, loop, store, options);
    private readonly WhyNot _whyNot = new(core, store);

    private volatile string? _starting;

    private EngineSnapshot Snapshot => core.Jobs.Published;

    public JobView? FindJob(string name) => Snapshot.Jobs.TryGetValue(name, out var job) ? ViewOf(job) : null;

    public IEnumerable<JobView> ListJobs() => Snapshot.ByName.Select(ViewOf);

    public IEnumerable<DriftView> ListDrift() => Snapshot.ByName.SelectMany(job => Drift.Of(job, core.Workers));

    public IReadOnlyList<WorkerView>? ListWorkers(string job) => Snapshot.Jobs.TryGetValue(job, out var state)
        ? [.. core.Workers.Of(state).Select(w => new WorkerView(w.State.Address, w.Hostname, w.Online, core.Workers.IsAlive(w)))]
        : null;

    public WhyView? Explain(string job) => Snapshot.Jobs.TryGetValue(job, out var state) ? _whyNot.Of(state, Trouble) : null;

    public IReadOnlyList<JobView> RunningOn(string host)
    {
        var name = new HostName(host, options.HostNames);
        var jobs = core.Tasks.JobsOn(worker => worker == core.Workers.Local ? name.IsOwn : name.Fits(worker));
        return jobs.Count == 0 ? [] : [.. jobs.OrderBy(j => j.Job.Name, StringComparer.Ordinal).Select(ViewOf)];
    }

    public ValueTask<CommandResult> SetEnabledAsync(IReadOnlyList<string> jobs, bool enabled, string actor) =>
        Ask(answer => core.Commands.SetEnabled(jobs, enabled, actor, answer), CommandResult.Unavailable);

    public ValueTask<TriggerResult> TriggerAsync(string job, string? parameter, string actor)
    {
        var answer = NewAnswer<TriggerResult>();
        var caller = new StartCall(answer);
        return Ask(
            answer, () => core.Commands.Trigger(job, parameter, actor, caller), new TriggerResult(CommandResult.Unavailable, null), caller.TryGiveUp);
    }

    public ValueTask<CommandResult> SetWorkersAsync(string job, IReadOnlyList<KeyValuePair<string, bool>> online, string actor) =>
        Ask(answer => core.Commands.SetWorkers(job, online, actor, answer), CommandResult.Unavailable);

    public App? FindTaskApp(string taskId)
    {
        if (core.Tasks.Find(taskId) is { } running)
            return running.Job.Job.App;
        return store.FindTask(taskId) is { } row ? Catalog.Apps.FirstOrDefault(a => a.Name == row.App) : null;
    }

    public RunningTask? FindRunning(long taskSeq) => core.Tasks.Find(taskSeq) is { } task ? new RunningTask(task.Id, task.Job.Job) : null;

    public ValueTask<CommandResult> ReportAsync(TaskReport report)
    {
        // One that has ended and is on record as running is about to be kept: done is said when it is, and not before.
        if (core.Tasks.Find(report.TaskId) is not null || store.FindTask(report.TaskId) is { State: TaskState.Starting or TaskState.Started })
            return Ask(answer => core.Commands.Report(report, answer), CommandResult.Unavailable);
        return new(store.FindTask(report.TaskId) is null ? CommandResult.NotFound : CommandResult.Done);
    }

    public TaskRow? FindTask(string taskId) => store.FindTask(taskId);

    public IReadOnlyList<AttemptRow> ListAttempts(TaskRow task) => task.Attempt > 1 ? store.ListAttempts(task.Seq) : [];

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query) => store.ListTasks(query);

    public async ValueTask<LogOutcome> ReadLogAsync(TaskRow task, int fromLine)
    {
        if (task.Worker is { } worker && FindJob(task.Job) is { Job: { Type: JobType.Remote } job })
        {
            var request = new LogRequest(job, worker, task.Seq, KeptLog.FirstAttempt(task, ListAttempts(task)), task.FireMs, fromLine);
            // What follows is a caller's, and may take its time: not on the thread that workers' answers come by.
            if (options.RemoteLinks[job.Protocol].ReadLogAsync(request, CancellationToken.None) is { } reading)
                return KeptLog.EndWith(task, await reading.ConfigureAwait(ConfigureAwaitOptions.ForceYielding));
        }
        return new LogOutcome(KeptLog.PageOf(task, fromLine));
    }

    public void WriteMetrics(MetricsText text) => _metrics.Write(text, Reloads, isReady: Trouble is null);

    public IReadOnlyList<AuditEntry> ListAudit(AuditQuery query) => store.ListAudit(query);

    public ValueTask<CommandResult> KillAsync(string taskId, string actor)
    {
        if (core.Tasks.Find(taskId) is not null)
            return Ask(answer => core.Commands.Kill(taskId, actor, answer), CommandResult.Unavailable);
        return new(store.FindTask(taskId) is null ? CommandResult.NotFound : CommandResult.Refused);
    }

    public ValueTask<CommandResult> RegisterAsync(RegistrationRow registration) =>
        Ask(answer => core.Commands.Register(registration, answer), CommandResult.Unavailable);

    public ValueTask<CommandResult> UnregisterAsync(string app, string address) =>
        Ask(answer => core.Commands.Unregister(app, address, answer), CommandResult.Unavailable);

    /// <summary>What another catalog changes: long work, beside the loop. To be followed by <see cref="ApplyAsync"/> before the next.</summary>
    public CatalogChange Compare(Catalog catalog) => core.Jobs.Compare(catalog);

    /// <summary>Swaps the catalog for the compared one; completes when the loop has done so.</summary>
    public async Task ApplyAsync(CatalogChange change)
    {
        var applied = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        loop.Post(() =>
        {
            try
            {
                core.Apply(change);
                applied.SetResult();
            }
            catch (Exception fault) when (fault is not OutOfMemoryException)
            {
                applied.SetException(fault); // whoever reloads says so
            }
        });
        await applied.Task;
    }

    /// <summary>A configuration that was not taken goes on record. <paramref name="reason"/>: its first mistake, and how many there are.</summary>
    public void NoteRefusedConfiguration(string reason) => loop.Post(() => core.NoteConfiguration("refuse", reason));

    private static JobView ViewOf(JobState job) => new(job.Job, job.Status);

    private static TaskCompletionSource<T> NewAnswer<T>() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ValueTask<T> Ask<T>(Action<TaskCompletionSource<T>> command, T unavailable)
    {
        var answer = NewAnswer<T>();
        return Ask(answer, () => command(answer), unavailable, static () => true);
    }

    private async ValueTask<T> Ask<T>(TaskCompletionSource<T> answer, Action command, T unavailable, Func<bool> mayGiveUp)
    {
        if (!loop.TryPost(command, options.CommandsMax))
        {
            Interlocked.Increment(ref core.Counters.CommandsRefused);
            return unavailable;
        }
        if (await IsAnsweredAsync(answer.Task, Patience) || (!mayGiveUp() && await IsAnsweredAsync(answer.Task, PatienceWithTheDisk)))
            return await answer.Task;
        // Whoever is first decides: the loop sees that its caller has given up, or the caller gets the late answer.
        answer.TrySetResult(unavailable);
        return await answer.Task;
    }

    private static async Task<bool> IsAnsweredAsync(Task answer, TimeSpan within)
    {
        try
        {
            await answer.WaitAsync(within);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
