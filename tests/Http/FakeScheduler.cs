using System.Collections.Concurrent;
using System.Collections.Immutable;
using Qschedd.Engine.Figures;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Http;

/// <summary>An engine that knows the jobs of <see cref="Samples"/>, answers as told, and writes down what it was asked to do.</summary>
internal sealed class FakeScheduler : ISchedulerApi
{
    private Catalog? _catalog;

    public ImmutableArray<App> Apps { get; set; } = Samples.Apps;
    public List<JobView> Jobs { get; init; } = [.. Samples.Jobs];
    public List<TaskRow> Tasks { get; init; } = [.. Samples.Tasks];
    public List<DriftView> Drift { get; init; } = [.. Samples.Drift];
    public string? Environment { get; init; }
    public string? Trouble { get; set; }

    public string? Notice { get; set; }
    public CommandResult Result { get; set; } = CommandResult.Done;
    public TriggerResult Started { get; set; } = new(CommandResult.Done, Samples.TaskId);
    /// <summary>Every call but Catalog throws it.</summary>
    public Exception? Fault { get; set; }
    /// <summary>Of every task; null: what its row has.</summary>
    public LogOutcome? Log { get; set; }
    /// <summary>When set, commands wait for it.</summary>
    public Task? Gate { get; set; }
    public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    public ConcurrentQueue<string> Commands { get; } = new();
    public TaskQuery? LastQuery { get; private set; }
    public TaskReport? LastReport => Reports.LastOrDefault();
    public ConcurrentQueue<TaskReport> Reports { get; } = new();
    public RegistrationRow? LastRegistration { get; private set; }
    public string? LastHost { get; private set; }

    public Catalog Catalog => _catalog ??= new Catalog(
        Samples.Server with { Environment = Environment }, Apps, ByName.Of(Jobs.Select(j => j.Job)));

    /// <summary>As a reload does.</summary>
    public void Reload(ImmutableArray<App> apps)
    {
        Apps = apps;
        _catalog = null;
    }

    public JobView? FindJob(string name) => Known().Find(j => j.Job.Name == name);

    public IEnumerable<JobView> ListJobs() => Known().OrderBy(j => j.Job.Name, StringComparer.Ordinal);

    public IEnumerable<DriftView> ListDrift() => ListJobs().SelectMany(j => Drift.Where(d => d.Job.Name == j.Job.Name));

    public IReadOnlyList<WorkerView>? ListWorkers(string job) =>
        FindJob(job)?.Job.Workers.Select((w, i) => new WorkerView(w.Address, w.Hostname, i % 2 == 0, true)).ToList();

    public WhyView? Explain(string job) => FindJob(job) is { } view
        ? new WhyView
        {
            Job = view,
            LastRuns = ListTasks(new TaskQuery(job, null, null, null, null, 10)),
            NextRunsMs = view.Status.NextRunMs is { } next ? [next, next + 86_400_000] : [],
            Off = view.Status.Enabled ? null : new OffView(1402545960000, "admin from 10.0.0.1", 1000, true),
            Skips = [new SkipCount(SkipReason.Overlap, 3, 1402545970000, "task 1 of this job still runs, and overlap is 'skip'")],
            Trouble = Trouble,
            Workers = [.. ListWorkers(job)!.Select((w, i) => new WorkerStanding(w with { Alive = i == 0 }, i == 0 ? null : 1402545980000, 1 - i))],
        }
        : null;

    public IReadOnlyList<JobView> RunningOn(string host)
    {
        LastHost = host;
        return [.. ListJobs().Where(j => j.Status.Running > 0 && j.Job.Workers.Any(w => w.Host == host || $"{w.Hostname}.".StartsWith($"{host}.", StringComparison.Ordinal)))];
    }

    public ValueTask<CommandResult> SetEnabledAsync(IReadOnlyList<string> jobs, bool enabled, string actor) =>
        Do($"{(enabled ? "on" : "off")} {string.Join(' ', jobs)} by {actor}");

    public async ValueTask<TriggerResult> TriggerAsync(string job, string? parameter, string actor)
    {
        await Do($"start {job} {parameter ?? "-"} by {actor}");
        return Started;
    }

    public ValueTask<CommandResult> SetWorkersAsync(string job, IReadOnlyList<KeyValuePair<string, bool>> online, string actor) =>
        Do($"workers {job} {string.Join(' ', online.Select(w => $"{w.Key}={w.Value}"))} by {actor}");

    public App? FindTaskApp(string taskId)
    {
        Known();
        return Tasks.Find(t => t.Id == taskId) is { } row ? Apps.FirstOrDefault(a => a.Name == row.App) : null;
    }

    public RunningTask? FindRunning(long taskSeq)
    {
        Known();
        return Tasks.Find(t => t.Seq == taskSeq && t.State.IsRunning()) is { } row ? new RunningTask(row.Id, FindJob(row.Job)!.Job) : null;
    }

    public ValueTask<CommandResult> ReportAsync(TaskReport report)
    {
        Reports.Enqueue(report);
        return Do($"report {report.TaskId} {(int)report.State}");
    }

    public TaskRow? FindTask(string taskId)
    {
        Known();
        return Tasks.Find(t => t.Id == taskId);
    }

    public IReadOnlyList<AttemptRow> ListAttempts(TaskRow task) => [.. Samples.Attempts.Where(a => a.TaskSeq == task.Seq)];

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query)
    {
        LastQuery = query;
        Known();
        return [.. Tasks.Where(t => t.Job == query.Job).OrderByDescending(t => t.ScheduledMs).Take(query.Limit)];
    }

    public ValueTask<LogOutcome> ReadLogAsync(TaskRow task, int fromLine)
    {
        Known();
        return new(Log ?? new LogOutcome(new LogPage(fromLine, 2, task.Output ?? "", true)));
    }

    public IReadOnlyList<AuditEntry> ListAudit(AuditQuery query)
    {
        Known();
        return [.. Samples.Audit.Where(e => (query.Target is null || e.Row.Target == query.Target) && e.Id < (query.AfterId ?? long.MaxValue)).Take(query.Limit)];
    }

    public void WriteMetrics(MetricsText text)
    {
        Known();
        text.Gauge("qschedd_ready", "1 while the daemon does its work.", 1);
    }

    public ValueTask<CommandResult> KillAsync(string taskId, string actor) => Do($"kill {taskId} by {actor}");

    public ValueTask<CommandResult> RegisterAsync(RegistrationRow registration)
    {
        LastRegistration = registration;
        return Do($"register {registration.App} {registration.Address} {registration.Hostname} "
            + $"{(registration.Jobs is { } jobs ? string.Join(' ', jobs) : "-")} at {registration.LastSeenMs}");
    }

    public ValueTask<CommandResult> UnregisterAsync(string app, string address) => Do($"unregister {app} {address}");

    private List<JobView> Known() => Fault is null ? Jobs : throw Fault;

    private async ValueTask<CommandResult> Do(string command)
    {
        Known();
        Commands.Enqueue(command);
        Entered.TrySetResult();
        await (Gate ?? Task.CompletedTask);
        return Result;
    }
}
