using System.Collections.Concurrent;
using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>A worker of one job, with what an operator said of it.</summary>
/// <param name="State">The worker.</param>
/// <param name="Hostname">As this job's app names it.</param>
/// <param name="Position">Place in the YAML; registered ones follow in the order of their addresses.</param>
/// <param name="Registration">Its heartbeats, or null: it stands in the YAML and never registered.</param>
/// <param name="IsStatic">It stands in the YAML.</param>
/// <param name="Word">What an operator said of it for this job; null: nothing.</param>
internal sealed record JobWorker(
    WorkerState State, string Hostname, int Position, Registration? Registration, bool IsStatic, WorkerWord? Word = null)
{
    /// <summary>True unless an operator said otherwise.</summary>
    public bool Online => Word?.Online ?? true;
}

/// <summary>An operator's word on a worker of one job, who gave it, and when.</summary>
internal sealed record WorkerWord(bool Online, string By, long AtMs);

/// <param name="Known">Addresses in the YAML or registered.</param>
/// <param name="Online">Of these, those that nobody put offline for any job.</param>
/// <param name="Alive">Of these, those that are heard, as far as they ever registered, and whose last connection did not fail.</param>
/// <param name="Registrations">Of workers with apps.</param>
internal sealed record WorkerCounts(int Known, int Online, int Alive, int Registrations);

/// <summary>
/// Which workers a job has: those of the YAML and those that registered, with the operators' words. Two facts that stand apart:
/// online (an operator's word) and alive (heartbeats and connections).
/// </summary>
/// <remarks>Owner: the loop. Readers use <see cref="Of"/>: the directory is immutable and replaced as a whole.</remarks>
internal sealed class WorkerTable(LoopClock clock)
{
    private static readonly StringComparer ByAddress = StringComparer.OrdinalIgnoreCase;

    private static readonly ImmutableDictionary<string, WorkerWord> NoOverrides = ImmutableDictionary.Create<string, WorkerWord>(ByAddress);

    private readonly ConcurrentDictionary<string, WorkerState> _byAddress = new(ByAddress);
    private readonly Dictionary<(ImmutableArray<Worker>, string App, WorkerProtocol), JobWorker[]> _shared = [];
    // The jobs of a burst are neighbours: what the last one asked for saves looking for it by its texts.
    private LastShared? _last;
    private volatile Directory _directory = new(
        ImmutableDictionary<int, ImmutableDictionary<string, WorkerWord>>.Empty,
        ImmutableDictionary<string, AppRegistrations>.Empty);

    public WorkerState Local { get; } = new("local");

    public TimeSpan Ttl { get; set; } = TimeSpan.FromSeconds(90);

    /// <summary>Workers known by address, for figures.</summary>
    public IEnumerable<WorkerState> All => _byAddress.Values;

    /// <summary>The worker of an address, which from now on goes by this name too.</summary>
    public WorkerState At(string address, string hostname = "")
    {
        var worker = _byAddress.GetOrAdd(address, static a => new WorkerState(a));
        if (hostname.Length > 0)
            worker.AddName(hostname);
        return worker;
    }

    /// <summary>The job's workers by address. Any thread.</summary>
    public JobWorker[] Of(JobState job)
    {
        var directory = _directory;
        var workers = new SortedDictionary<string, JobWorker>(ByAddress);
        foreach (var worker in job.Job.Workers)
            workers[worker.Address] = NewStatic(worker, workers.Count);
        if (directory.Registrations.TryGetValue(job.Job.App.Name, out var registrations) && job.Job.Type == JobType.Remote)
            foreach (var (address, registration) in registrations.ByAddress)
                if (registration.Serves(job.Job))
                    workers[address] = Merge(workers.GetValueOrDefault(address), registration, workers.Count);
        if (directory.Overrides.TryGetValue(job.Id, out var overrides))
            foreach (var (address, word) in overrides)
                if (workers.TryGetValue(address, out var worker))
                    workers[address] = worker with { Word = word };
        return [.. workers.Values];
    }

    /// <summary>The same for the loop, which asks at each fire: jobs that share their workers and have no overrides share the list.</summary>
    public JobWorker[] Candidates(JobState job)
    {
        var directory = _directory;
        if (!directory.Overrides.IsEmpty && directory.Overrides.ContainsKey(job.Id))
            return Of(job);
        if (_last is { } last && last.App == job.Job.App && last.Workers == job.Job.Workers && last.Protocol == job.Job.Protocol)
            return last.Shared;
        if (!directory.Registrations.IsEmpty && directory.Registrations.GetValueOrDefault(job.Job.App.Name)?.ForSomeJobs > 0)
            return Of(job);
        var key = (job.Job.Workers, job.Job.App.Name, job.Job.Protocol);
        if (!_shared.TryGetValue(key, out var workers))
            _shared[key] = workers = Of(job);
        _last = new LastShared(job.Job.App, job.Job.Workers, job.Job.Protocol, workers);
        return workers;
    }

    /// <summary>A registered worker that has gone silent is no candidate; a worker of the YAML always is.</summary>
    public bool CanTake(JobWorker worker) => worker.Online && (worker.IsStatic || IsHeard(worker));

    /// <summary>Alive: by heartbeats where it ever registered, else until a connection fails.</summary>
    public bool IsAlive(JobWorker worker) =>
        (worker.Registration is null || IsHeard(worker)) && !worker.State.IsPaused(clock.MonotonicMs);

    /// <summary>It registered once and is not heard any more.</summary>
    public bool IsSilent(JobWorker worker) => worker.Registration is not null && !IsHeard(worker);

    public void SetOverride(int jobId, string address, WorkerWord? word)
    {
        var directory = _directory;
        var ofJob = directory.Overrides.GetValueOrDefault(jobId) ?? NoOverrides;
        ofJob = word is not null ? ofJob.SetItem(address, word) : ofJob.Remove(address);
        _directory = directory with
        {
            Overrides = ofJob.IsEmpty ? directory.Overrides.Remove(jobId) : directory.Overrides.SetItem(jobId, ofJob),
        };
    }

    /// <summary>Any thread.</summary>
    public WorkerWord? OverrideOf(int jobId, string address) =>
        _directory.Overrides.TryGetValue(jobId, out var ofJob) ? ofJob.GetValueOrDefault(address) : null;

    /// <summary>Any thread; looks at each worker once.</summary>
    public WorkerCounts Count()
    {
        var directory = _directory;
        var registrations = directory.Registrations.Values.SelectMany(r => r.ByAddress.Values).ToLookup(r => r.Row.Address, ByAddress);
        var offline = OfflineForSomeJob(directory);
        int known = 0, online = 0, alive = 0;
        foreach (var worker in _byAddress.Values)
        {
            known++;
            online += offline.Contains(worker.Address) ? 0 : 1;
            bool isHeard = !registrations.Contains(worker.Address) || registrations[worker.Address].Any(IsHeard);
            alive += isHeard && !worker.IsPaused(clock.MonotonicMs) ? 1 : 0;
        }
        return new WorkerCounts(known, online, alive, directory.Registrations.Values.Sum(r => r.ByAddress.Count));
    }

    /// <summary>Any thread.</summary>
    public bool HasOverrides(int jobId) => _directory.Overrides.ContainsKey(jobId);

    /// <summary>Addresses that an operator's word is kept of and that are no workers of the job: the YAML names them no more.</summary>
    public IReadOnlyList<string> WordsOnOthers(JobState job) => _directory.Overrides.TryGetValue(job.Id, out var words)
        ? [.. words.Keys.Except(Of(job).Select(w => w.State.Address), ByAddress)]
        : [];

    private static HashSet<string> OfflineForSomeJob(Directory directory)
    {
        var offline = new HashSet<string>(ByAddress);
        foreach (var words in directory.Overrides.Values)
        {
            foreach (var (address, word) in words)
            {
                if (!word.Online)
                    offline.Add(address);
            }
        }
        return offline;
    }

    public Registration? RegistrationOf(string app, string address) =>
        _directory.Registrations.GetValueOrDefault(app)?.ByAddress.GetValueOrDefault(address);

    public IReadOnlyDictionary<string, Registration> RegistrationsOf(string app) =>
        (_directory.Registrations.GetValueOrDefault(app) ?? AppRegistrations.None).ByAddress;

    /// <summary>Adds a registration, or puts it in the place of that of the same app and address.</summary>
    public void Set(Registration registration)
    {
        var row = registration.Row;
        At(row.Address, row.Hostname);
        var ofApp = _directory.Registrations.GetValueOrDefault(row.App) ?? AppRegistrations.None;
        Put(row.App, ofApp.Without(row.Address).With(registration));
    }

    public void Remove(Registration registration)
    {
        var row = registration.Row;
        Put(row.App, (_directory.Registrations.GetValueOrDefault(row.App) ?? AppRegistrations.None).Without(row.Address));
    }

    /// <summary>Lets go of workers that stand neither in the YAML nor in a registration, and have nothing to do. They are returned.</summary>
    public IReadOnlyList<WorkerState> Prune()
    {
        var registered = _directory.Registrations.Values.SelectMany(r => r.ByAddress.Keys).ToHashSet(ByAddress);
        var gone = _byAddress.Values.Where(w => !w.IsStatic && w.IsIdle && !registered.Contains(w.Address)).ToList();
        foreach (var worker in gone)
            _byAddress.TryRemove(KeyValuePair.Create(worker.Address, worker));
        return gone;
    }

    /// <summary>
    /// Another catalog: what was composed from the old one is let go. All its workers are known at once, with their names, for
    /// <c>check</c> may ask for a task of the last process before anybody asks for its job.
    /// </summary>
    public void OnCatalog(Catalog catalog)
    {
        Ttl = catalog.Server.WorkerTtl;
        _shared.Clear();
        _last = null;
        var seen = new HashSet<ImmutableArray<Worker>>();
        foreach (var app in catalog.Apps)
            AtStatic(app.Workers, seen);
        foreach (var job in catalog.Jobs.Values)
            AtStatic(job.Workers, seen);
    }

    private void Put(string app, AppRegistrations ofApp)
    {
        var directory = _directory;
        _shared.Clear();
        _last = null;
        _directory = directory with
        {
            Registrations = ofApp.ByAddress.IsEmpty ? directory.Registrations.Remove(app) : directory.Registrations.SetItem(app, ofApp),
        };
    }

    private bool IsHeard(JobWorker worker) => worker.Registration is { } registration && IsHeard(registration);

    private bool IsHeard(Registration registration) =>
        !registration.Row.HasLeft && clock.MonotonicMs - registration.HeardMs <= Ttl.TotalMilliseconds;

    private void AtStatic(ImmutableArray<Worker> workers, HashSet<ImmutableArray<Worker>> seen)
    {
        if (!seen.Add(workers))
            return;
        foreach (var worker in workers)
            AtStatic(worker);
    }

    private WorkerState AtStatic(Worker worker)
    {
        var state = At(worker.Address, worker.Hostname);
        state.IsStatic = true;
        return state;
    }

    private JobWorker NewStatic(Worker worker, int position) =>
        new(AtStatic(worker), worker.Hostname, position, Registration: null, IsStatic: true);

    private JobWorker Merge(JobWorker? known, Registration registration, int position) => known is null
        ? new JobWorker(At(registration.Row.Address), registration.Row.Hostname, position, registration, IsStatic: false)
        : known with { Registration = registration };

    private sealed record LastShared(App App, ImmutableArray<Worker> Workers, WorkerProtocol Protocol, JobWorker[] Shared);

    private sealed record Directory(
        ImmutableDictionary<int, ImmutableDictionary<string, WorkerWord>> Overrides,
        ImmutableDictionary<string, AppRegistrations> Registrations);

    /// <param name="ByAddress">In the order of addresses.</param>
    /// <param name="ForSomeJobs">How many of them serve some jobs only.</param>
    private sealed record AppRegistrations(ImmutableSortedDictionary<string, Registration> ByAddress, int ForSomeJobs)
    {
        public static readonly AppRegistrations None = new(ImmutableSortedDictionary.Create<string, Registration>(WorkerTable.ByAddress), 0);

        public AppRegistrations With(Registration added) =>
            new(ByAddress.SetItem(added.Row.Address, added), ForSomeJobs + (added.IsForSomeJobs ? 1 : 0));

        public AppRegistrations Without(string address) => ByAddress.TryGetValue(address, out var removed)
            ? new(ByAddress.Remove(address), ForSomeJobs - (removed.IsForSomeJobs ? 1 : 0))
            : this;
    }
}
