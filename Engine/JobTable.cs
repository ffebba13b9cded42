using System.Collections.Concurrent;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>The jobs of the catalog in force and what is known of each. Owner: the loop.</summary>
internal sealed class JobTable(Journal journal, LoopClock clock)
{
    /// <summary>
    /// A job that is not in the catalog is due at no time: a later process in whose catalog it is back counts from then, as after
    /// any change of its triggers.
    /// </summary>
    private const long Gone = 0;

    /// <summary>Only a start or a reload touches more jobs at once.</summary>
    private const int TouchedKept = 65_536;

    /// <summary>Of jobs that are not in the catalog: they may come back.</summary>
    private readonly ConcurrentDictionary<string, JobRow> _rows = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, JobState> _gone = new(StringComparer.Ordinal);
    private readonly List<JobState> _touched = [];
    private int _nextId = 1;
    private volatile EngineSnapshot? _published;

    public EngineSnapshot Published => _published!;

    /// <summary>The catalog in force has it, and not one that came in its place.</summary>
    public bool IsInForce(JobState job) => Published.Jobs.TryGetValue(job.Job.Name, out var now) && now == job;

    public void LoadRows(IReadOnlyList<JobRow> rows)
    {
        foreach (var row in rows)
        {
            _rows[row.Name] = row;
            _nextId = Math.Max(_nextId, row.Id + 1);
        }
    }

    /// <summary>Makes the states of the first catalog's jobs, from their rows where they have been seen before, and publishes them.</summary>
    public void Adopt(Catalog catalog)
    {
        // One behind the other, as the catalog has them: later walks over all find the next one beside the last in memory.
        var states = new JobState[catalog.Jobs.Count];
        int count = 0;
        foreach (var job in catalog.Jobs.Values)
        {
            var state = states[count++] = NewState(job);
            if (!Begin(state))
                state.Publish(); // others are published with their rows
        }
        foreach (var gone in _rows.Values.Where(row => row.DefinitionPrint != 0))
        {
            journal.Add(new DefinitionDelete(gone.Id));
            _rows[gone.Name] = gone with { DefinitionPrint = 0 };
        }
        journal.Add(new CatalogSave(catalog));
        _published = new EngineSnapshot(catalog, states);
        foreach (var (name, row) in _rows)
            if (row.TriggerHash != Gone)
                journal.Add(new JobSave(_rows[name] = row with { TriggerHash = Gone }));
    }

    /// <summary>
    /// What another catalog changes. Takes its time away from the loop: it reads immutable things only, and makes the states of
    /// jobs that are new. One at a time.
    /// </summary>
    public CatalogChange Compare(Catalog catalog)
    {
        var before = Published;
        var states = new JobState[catalog.Jobs.Count];
        var change = new CatalogChange(before);
        int count = 0;
        foreach (var job in catalog.Jobs.Values)
        {
            if (before.Jobs.TryGetValue(job.Name, out var state))
                change.Keep(state, before.Catalog.Jobs[job.Name], job);
            else
                change.Added.Add((state = _gone.GetValueOrDefault(job.Name) ?? NewState(job), job));
            states[count++] = state;
        }
        foreach (var (name, state) in before.Jobs)
            if (!catalog.Jobs.ContainsKey(name))
                change.Removed.Add(state);
        bool isSameJobs = change.Added.Count == 0 && change.Removed.Count == 0;
        change.After = isSameJobs ? before with { Catalog = catalog, Jobs = catalog.Jobs.With(states) } : new EngineSnapshot(catalog, states);
        return change;
    }

    /// <summary>Puts the compared catalog in force. Unchanged jobs are only given their new, equal definition.</summary>
    public void Apply(CatalogChange change)
    {
        foreach (var (state, job) in change.Kept)
        {
            state.Job = job;
            if (state.SavedPrint != job.DefinitionPrint)
                OnKept(state); // a secret of it, which no hash shows
        }
        foreach (var (state, job) in change.Changed)
            Redefine(state, job);
        foreach (var (state, job) in change.Added)
        {
            if (_gone.TryRemove(job.Name, out _))
                Return(state, job);
            else
                BeginNow(state);
        }
        foreach (var state in change.Removed)
        {
            _gone[state.Job.Name] = state;
            state.TriggerHash = Gone;
            journal.Add(new JobSave(state.ToRow()));
            state.SavedPrint = 0;
            journal.Add(new DefinitionDelete(state.Id));
        }
        journal.Add(new CatalogSave(change.After.Catalog));
        _published = change.After;
    }

    /// <summary>What is shown of the job has changed; its next status is published at the end of the step.</summary>
    public void OnShown(JobState job)
    {
        if (!job.IsStale && !job.IsUnsaved)
            _touched.Add(job);
        job.IsStale = true;
    }

    /// <summary>What is kept of the job has changed too; its row is written at the end of the step.</summary>
    public void OnKept(JobState job)
    {
        OnShown(job);
        job.IsUnsaved = true;
    }

    /// <summary>What its runs change is kept too: that alone is written at the end of the step, if nothing else has changed.</summary>
    public void OnRan(JobState job)
    {
        OnShown(job);
        job.HasRun = true;
    }

    /// <summary>Publishes and saves each touched job once, however much happened to it in this step.</summary>
    public void FlushTouched()
    {
        foreach (var job in _touched)
        {
            job.Publish();
            if (job.IsUnsaved)
                Save(job);
            else if (job.HasRun)
                SaveRun(job);
            job.IsStale = job.IsUnsaved = job.HasRun = false;
        }
        _touched.Clear();
        if (_touched.Capacity > TouchedKept)
            _touched.Capacity = TouchedKept;
    }

    private void Save(JobState job)
    {
        journal.Add(new StateSave(job, job.SavedPrint == job.Job.DefinitionPrint ? null : job.Job));
        job.SavedPrint = job.Job.DefinitionPrint;
    }

    private void SaveRun(JobState job) => journal.AddUnhurried(new JobRunSave
    {
        JobId = job.Id,
        LastTaskSeq = job.LastTaskSeq,
        LastState = job.LastState,
        LastRunMs = job.LastRunMs,
        LastUpdateMs = job.LastUpdateMs,
        FailuresInRow = job.FailuresInRow,
        MisfiresDiscarded = job.MisfiresDiscarded,
    });

    /// <summary>A job that is gone from the YAML while a task of it still runs: its end is recorded, nothing new is started.</summary>
    public JobState Orphan(TaskRow row)
    {
        if (_gone.TryGetValue(row.Job, out var state))
            return state;
        var app = Published.Catalog.Apps.FirstOrDefault(a => a.Name == row.App) ?? Orphans.AppOf(row.App);
        _rows.TryRemove(row.Job, out var kept);
        // By the YAML that it was overridden under: else a reload that brings the job back would find no word of the operator.
        state = new JobState(Orphans.JobOf(app, row) with { State = kept?.OverriddenYamlState ?? false }, row.JobId);
        if (kept is not null)
            Restore(state, kept);
        else
            OnKept(state); // nothing of it is on record but its tasks
        state.Publish();
        return _gone[row.Job] = state; // it may come back by a reload, with this task still running
    }

    private JobState NewState(Job job)
    {
        var state = new JobState(job, _rows.TryGetValue(job.Name, out var row) ? row.Id : _nextId++) { TriggerHash = TriggerHashOf(job) };
        state.Triggers = TriggersOf(state, job);
        return state;
    }

    private static TriggerState[] TriggersOf(JobState state, Job job)
    {
        var triggers = new TriggerState[job.Triggers.Length];
        for (int i = 0; i < triggers.Length; i++)
            triggers[i] = new TriggerState(state, job.Triggers[i]);
        return triggers;
    }

    /// <summary>A job that a reload brings, perhaps back: what it missed while it was not there is not its own.</summary>
    private void BeginNow(JobState state)
    {
        Begin(state);
        state.EffectiveFromMs = clock.WallMs;
        OnKept(state);
        state.Publish(); // who reads meanwhile finds it
    }

    /// <summary>Gives a new state what is kept of it, or its beginning now. True: its row is to be written, and its status published then.</summary>
    private bool Begin(JobState state)
    {
        bool isKnown = _rows.TryRemove(state.Job.Name, out var row);
        if (isKnown)
            Restore(state, row!);
        else
            state.CreatedMs = state.UpdatedMs = state.EffectiveFromMs = clock.WallMs;
        bool isOther = !isKnown || !state.ToRow().Equals(row);
        if (isOther)
            OnKept(state);
        return isOther;
    }

    /// <summary>A job that an earlier reload removed comes back, its tasks may still run; what it missed meanwhile is not its own.</summary>
    private void Return(JobState state, Job job)
    {
        state.TriggerHash = Gone;
        Redefine(state, job);
        state.Publish();
    }

    private void Redefine(JobState state, Job job)
    {
        bool sameTriggers = state.TriggerHash == TriggerHashOf(job);
        state.Unkept = null;
        if (state.Override is { } made && made.YamlState != job.State)
            state.Override = null; // the YAML's own value has changed: its word counts again
        state.Job = job;
        state.UpdatedMs = clock.WallMs;
        if (sameTriggers)
        {
            foreach (var trigger in state.Triggers)
                trigger.Param = job.Triggers.First(t => t.Key == trigger.Key).Param;
        }
        else
        {
            state.TriggerHash = TriggerHashOf(job);
            state.EffectiveFromMs = clock.WallMs;
            state.Triggers = TriggersOf(state, job);
        }
        OnKept(state);
    }

    private void Restore(JobState state, JobRow row)
    {
        state.SavedPrint = row.DefinitionPrint;
        state.CreatedMs = row.CreatedMs;
        state.UpdatedMs = row.DefinitionHash == state.Job.DefinitionHash ? row.UpdatedMs : clock.WallMs;
        // A trigger that is new, or newly on, lives from now: what an earlier rule missed is not its own.
        // One from the future was left by a clock that was wrong.
        state.EffectiveFromMs = row.TriggerHash == state.TriggerHash ? Math.Min(row.EffectiveFromMs, clock.WallMs) : clock.WallMs;
        state.LastTaskSeq = row.LastTaskSeq;
        state.LastState = row.LastState;
        state.LastRunMs = row.LastRunMs;
        state.LastUpdateMs = row.LastUpdateMs;
        state.FailuresInRow = row.FailuresInRow;
        state.MisfiresDiscarded = row.MisfiresDiscarded;
        state.OpenAlerts = OpenAlerts.Restore(state.Job, row);
        if (row is { EnabledOverride: { } enabled, OverriddenYamlState: { } yamlState } && yamlState == state.Job.State)
            state.Override = new EnabledOverride(enabled, yamlState, row.OverrideBy ?? "", row.OverrideAtMs ?? 0);
        else if (row.EnabledOverride is { } was && was != state.Job.State)
            state.EffectiveFromMs = clock.WallMs;
    }

    /// <summary>Of what decides when the job fires by its YAML: the triggers and on or off.</summary>
    private static long TriggerHashOf(Job job)
    {
        long hash = job.State ? 1 : 0;
        if (job.Triggers.Length == 1) // as nearly always
            return unchecked((hash * 1_000_003) ^ job.Triggers[0].Key);
        foreach (long key in job.Triggers.Select(t => t.Key).Order())
            hash = unchecked((hash * 1_000_003) ^ key);
        return hash;
    }
}
