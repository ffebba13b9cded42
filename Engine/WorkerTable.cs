using System.Collections.Concurrent;
using System.Collections.Immutable;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>A worker of one job, with what an operator said of it.</summary>
/// <param name="State">The worker.</param>
/// <param name="Hostname">As this job's app names it.</param>
/// <param name="Position">Place in the YAML; registered ones follow in the order of their addresses.</param>
/// <param name="Online">An operator's word; true unless he said otherwise.</param>
/// <param name="Registration">Its heartbeats, or null: it stands in the YAML and never registered.</param>
/// <param name="IsStatic">It stands in the YAML.</param>
internal sealed record JobWorker(
    WorkerState State, string Hostname, int Position, bool Online, RegistrationRow? Registration, bool IsStatic);

/// <summary>
/// Which workers a job has: those of the YAML and those that registered, with the operators' words. Two facts that stand apart:
/// online (an operator's word) and alive (heartbeats and connections).
/// </summary>
/// <remarks>Owner: the loop. Readers use <see cref="Of"/>: the directory is immutable and replaced as a whole.</remarks>
internal sealed class WorkerTable(LoopClock clock, EngineOptions options)
{
    private readonly ConcurrentDictionary<string, WorkerState> _byAddress = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<ImmutableArray<Worker>, JobWorker[]> _shared = [];
    private volatile Directory _directory = new(
        ImmutableDictionary<int, ImmutableDictionary<string, bool>>.Empty,
        ImmutableDictionary<string, ImmutableSortedDictionary<string, RegistrationRow>>.Empty);

    public WorkerState Local { get; } = new("local", options.HostNames.FirstOrDefault("localhost"));

    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>Workers known by address, for figures.</summary>
    public IEnumerable<WorkerState> All => _byAddress.Values;

    public WorkerState At(string address, string hostname = "") =>
        _byAddress.GetOrAdd(address, static (a, h) => new WorkerState(a, h.Length > 0 ? h : a), hostname);

    /// <summary>The job's workers by address. Any thread.</summary>
    public JobWorker[] Of(JobState job)
    {
        var directory = _directory;
        var workers = new SortedDictionary<string, JobWorker>(StringComparer.Ordinal);
        foreach (var worker in job.Job.Workers)
            workers[worker.Address] = NewStatic(worker, workers.Count);
        if (directory.Registrations.TryGetValue(job.Job.App.Name, out var registrations) && job.Job.Type == JobType.Remote)
            foreach (var (address, row) in registrations)
                if (row.Jobs?.Contains(job.Job.Name) ?? job.Job.Protocol == job.Job.App.Protocol)
                    workers[address] = Merge(workers.GetValueOrDefault(address), row, workers.Count);
        if (directory.Overrides.TryGetValue(job.Id, out var overrides))
            foreach (var (address, online) in overrides)
                if (workers.TryGetValue(address, out var worker))
                    workers[address] = worker with { Online = online };
        return [.. workers.Values];
    }

    /// <summary>The same for the loop, which asks at each fire: jobs that share their workers and have no overrides share the list.</summary>
    public JobWorker[] Candidates(JobState job)
    {
        var directory = _directory;
        if (directory.Overrides.ContainsKey(job.Id) || directory.Registrations.ContainsKey(job.Job.App.Name))
            return Of(job);
        if (!_shared.TryGetValue(job.Job.Workers, out var workers))
            _shared[job.Job.Workers] = workers = Of(job);
        return workers;
    }

    /// <summary>A registered worker that has gone silent is no candidate; a worker of the YAML always is.</summary>
    public bool CanTake(JobWorker worker) => worker.Online && (worker.IsStatic || IsHeard(worker));

    /// <summary>Alive: by heartbeats where it ever registered, else until a connection fails.</summary>
    public bool IsAlive(JobWorker worker) =>
        (worker.Registration is null || IsHeard(worker)) && !worker.State.IsPaused(clock.MonotonicMs);

    public void SetOverride(int jobId, string address, bool? online)
    {
        var directory = _directory;
        var ofJob = directory.Overrides.GetValueOrDefault(jobId) ?? ImmutableDictionary<string, bool>.Empty;
        ofJob = online is { } value ? ofJob.SetItem(address, value) : ofJob.Remove(address);
        _directory = directory with
        {
            Overrides = ofJob.IsEmpty ? directory.Overrides.Remove(jobId) : directory.Overrides.SetItem(jobId, ofJob),
        };
    }

    public bool? OverrideOf(int jobId, string address) =>
        _directory.Overrides.TryGetValue(jobId, out var ofJob) && ofJob.TryGetValue(address, out bool online) ? online : null;

    public RegistrationRow? RegistrationOf(string app, string address) =>
        _directory.Registrations.TryGetValue(app, out var ofApp) && ofApp.TryGetValue(address, out var row) ? row : null;

    public void SetRegistration(RegistrationRow row)
    {
        var directory = _directory;
        var ofApp = directory.Registrations.GetValueOrDefault(row.App)
            ?? ImmutableSortedDictionary.Create<string, RegistrationRow>(StringComparer.Ordinal);
        ofApp = row.LastSeenMs is null ? ofApp.Remove(row.Address) : ofApp.SetItem(row.Address, row);
        _directory = directory with
        {
            Registrations = ofApp.IsEmpty ? directory.Registrations.Remove(row.App) : directory.Registrations.SetItem(row.App, ofApp),
        };
    }

    /// <summary>Another catalog: what was composed from the old one is let go.</summary>
    public void OnCatalog(Catalog catalog)
    {
        Ttl = catalog.Server.WorkerTtl;
        _shared.Clear();
    }

    private bool IsHeard(JobWorker worker) =>
        worker.Registration?.LastSeenMs is { } seenMs && clock.WallMs - seenMs <= Ttl.TotalMilliseconds;

    private JobWorker NewStatic(Worker worker, int position) =>
        new(At(worker.Address, worker.Hostname), worker.Hostname, position, Online: true, Registration: null, IsStatic: true);

    private JobWorker Merge(JobWorker? known, RegistrationRow row, int position) => known is null
        ? new JobWorker(At(row.Address, row.Hostname), row.Hostname, position, Online: true, row, IsStatic: false)
        : known with { Registration = row };

    private sealed record Directory(
        ImmutableDictionary<int, ImmutableDictionary<string, bool>> Overrides,
        ImmutableDictionary<string, ImmutableSortedDictionary<string, RegistrationRow>> Registrations);
}
