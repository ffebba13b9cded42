using Qschedd.Engine.Ports;
using Qschedd.Tests.Checker;

namespace Qschedd.Tests.Simulation;

/// <summary>
/// The jobs' change log, kept beside the engine by the rules of the contract: which jobs are on, from when, by which triggers, and
/// where that is not sure because a change was under way when its process died.
/// </summary>
internal sealed class SimJobLog(SimWorld world)
{
    private readonly SortedDictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly List<(JobLife Life, Entry Entry)> _unconfirmed = [];

    /// <summary>Sure of it: on, off; else null.</summary>
    public bool? IsOn(string job) => _entries.TryGetValue(job, out var entry) && entry is { Job: not null, IsBlurred: false } ? entry.Wish : null;

    /// <summary>Another catalog is in force from this moment.</summary>
    public void OnCatalog(IEnumerable<SimJob> jobs)
    {
        var now = jobs.ToDictionary(j => j.Name);
        foreach (var (name, entry) in _entries)
            if (!now.ContainsKey(name))
                Take(entry, null);
        foreach (var job in now.Values.OrderBy(j => j.Name, StringComparer.Ordinal))
            Take(Of(job.Name), job);
    }

    /// <summary>A wish of a caller is applied at this moment, and not yet kept.</summary>
    public void OnAsked(string job, bool on)
    {
        var entry = Of(job);
        entry.AskedMs = world.Time.NowMs;
        entry.IsAsked = true;
        if (entry.Job is not null && (entry.IsBlurred || entry.Wish != on))
            Blur(entry);
    }

    public void OnAnswered(string job, bool on, CommandResult? result)
    {
        var entry = Of(job);
        bool isOvertaken = entry.IsOvertaken;
        entry.IsAsked = entry.IsOvertaken = false;
        if (isOvertaken)
            Blur(entry);
        else if (result == CommandResult.Done)
        {
            bool wasSure = !entry.IsBlurred;
            entry.IsBlurred = false;
            if (entry.Job is null)
                return;
            if (entry.Wish != on || !wasSure)
                entry.Override = (on, entry.Job.State);
            if (on && (!wasSure || entry.Lives.TrueForAll(l => l.SureToMs != long.MaxValue)))
                Begin(entry, entry.AskedMs);
            else if (!on)
                EndAll(entry);
        }
        else if (result != CommandResult.NotFound && entry.Job is not null && (entry.IsBlurred || entry.Wish != on || IsTouched(entry)))
        {
            Blur(entry);
        }
    }

    public void OnBoot()
    {
        foreach (var (life, entry) in _unconfirmed.ToArray())
            Confirm(life, entry, world.Time.NowMs);
    }

    /// <summary>What was begun and is not surely kept may be forgotten by the next process.</summary>
    public void OnCrash()
    {
        foreach (var entry in _entries.Values)
            if (entry.DroppedMs != 0)
            {
                Blur(entry);
                (entry.DroppedMs, entry.IsDropUnsure) = (0, true);
            }
    }

    private static bool IsTouched(Entry entry) => entry.Lives.Exists(l => l.SureToMs != long.MaxValue);

    private void Take(Entry entry, SimJob? job)
    {
        var before = entry.Job;
        entry.Job = job;
        entry.IsOvertaken = entry.IsAsked;
        if (job is null)
        {
            EndAll(entry);
            return;
        }
        if (entry.YamlState is null)
            world.History.OtherJobs.Add(job.Spec);
        bool isYamlTurned = entry.YamlState is { } was && was != job.State;
        entry.YamlState = job.State;
        bool isUnsure = entry.IsDropUnsure;
        entry.IsDropUnsure = false;
        if (isUnsure || (isYamlTurned && (entry.Override is not null || entry.IsBlurred)))
        {
            entry.Override = null;
            // A value that came back before the one between was kept ends nothing: what was said under it may still hold.
            entry.IsBlurred = isUnsure && (isYamlTurned || entry.IsBlurred);
            long droppedMs = entry.DroppedMs = world.Time.NowMs;
            WhenKept(() => entry.DroppedMs = entry.DroppedMs == droppedMs ? 0 : entry.DroppedMs);
        }
        bool isSame = before is not null && !isYamlTurned && before.Crons.SequenceEqual(job.Crons);
        if (isSame)
            return;
        EndAll(entry);
        if (entry.IsBlurred)
            Blur(entry);
        else if (entry.Wish)
            Begin(entry, world.Time.NowMs);
        world.Trace($"log: {job.Name} is {(entry.IsBlurred ? "perhaps " : "")}{(entry.Wish ? "on" : "off")}: {job.State} in the YAML, {entry.Override} said, {string.Join(' ', job.Crons)}");
    }

    private void Begin(Entry entry, long fromMs)
    {
        EndAll(entry);
        if (entry is { IsEndKept: false, LastEnded: { } forgotten } && forgotten.Spec.Triggers.SequenceEqual(entry.Job!.Spec.Triggers))
            forgotten.ToMs = long.MaxValue; // the next process may not know of its end
        var life = new JobLife(entry.Job!.Spec, fromMs, world.Time.WallMs - (world.Time.NowMs - fromMs));
        entry.Lives.Add(life);
        world.History.Lives.Add(life);
        _unconfirmed.Add((life, entry));
        Confirm(life, entry, fromMs);
    }

    private void Confirm(JobLife life, Entry entry, long sureFromMs) => WhenKept(() =>
    {
        if (_unconfirmed.Remove((life, entry)) && life.SureToMs == long.MaxValue)
            life.SureFromMs = sureFromMs;
    });

    /// <summary>
    /// What has happened so far is surely on record then, in the life of this process. Time in which it stood still does not count: it
    /// hands nothing to the store then, and may die as soon as it goes on.
    /// </summary>
    private void WhenKept(Action confirmed) => world.Boot?.After(world.History.SettleMs, () =>
    {
        if (world.IsInGoodOrderSince(world.Time.NowMs - world.History.SettleMs))
            confirmed();
        else
            WhenKept(confirmed);
    });

    /// <summary>Perhaps on, perhaps off.</summary>
    private void Blur(Entry entry)
    {
        entry.IsBlurred = true;
        foreach (var life in entry.Lives)
            life.SureToMs = Math.Min(life.SureToMs, world.Time.NowMs);
        if (entry.Job is null || entry.Lives.Count > 0)
            return;
        var perhaps = new JobLife(entry.Job.Spec, world.Time.NowMs, world.Time.WallMs) { SureToMs = world.Time.NowMs };
        entry.Lives.Add(perhaps);
        world.History.Lives.Add(perhaps);
    }

    private void EndAll(Entry entry)
    {
        if (entry.Lives.Count > 0)
        {
            var ended = entry.LastEnded = entry.Lives[^1];
            entry.IsEndKept = false;
            WhenKept(() => entry.IsEndKept |= entry.LastEnded == ended);
        }
        foreach (var life in entry.Lives)
        {
            life.SureToMs = Math.Min(life.SureToMs, world.Time.NowMs);
            life.ToMs = world.Time.NowMs;
        }
        entry.Lives.Clear();
    }

    private Entry Of(string job)
    {
        if (!_entries.TryGetValue(job, out var entry))
            _entries[job] = entry = new Entry();
        return entry;
    }

    private sealed class Entry
    {
        public SimJob? Job { get; set; }
        public bool? YamlState { get; set; }
        public (bool On, bool Yaml)? Override { get; set; }
        public bool IsBlurred { get; set; }
        public bool IsAsked { get; set; }
        /// <summary>Another catalog came between the wish and its answer.</summary>
        public bool IsOvertaken { get; set; }
        public long AskedMs { get; set; }
        /// <summary>When another value in the YAML ended what callers had said, until that is surely kept.</summary>
        public long DroppedMs { get; set; }
        /// <summary>A process died before that was surely kept.</summary>
        public bool IsDropUnsure { get; set; }
        public JobLife? LastEnded { get; set; }
        public bool IsEndKept { get; set; }
        public List<JobLife> Lives { get; } = [];
        public bool Wish => Override?.On ?? Job!.State;
    }
}
