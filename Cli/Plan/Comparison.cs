using Qschedd.Engine.Definitions;
using Qschedd.Engine.Model;

namespace Qschedd.Cli.Plan;

/// <summary>Compares the definitions in force with a catalog that was read but is in force nowhere.</summary>
internal sealed class Comparison(Catalog catalog, long nowMs)
{
    private readonly DefinitionText _text = new();
    private readonly NextFire _next = new(nowMs);
    private readonly HashSet<string> _seen = [];
    private readonly List<Changed> _jobs = [];
    private Dictionary<string, List<Override>> _overrides = [];
    private int _unchanged;

    public async Task<PlanReport> WithAsync(IDefinitionSource source)
    {
        Frame frame = await source.ReadFrameAsync();
        _overrides = frame.Overrides.GroupBy(o => o.Job).ToDictionary(g => g.Key, g => g.ToList());
        await foreach (Definition job in source.ReadJobsAsync())
            Compare(job);
        foreach (Job job in catalog.Jobs.Values.Where(job => !_seen.Contains(job.Name)))
            _jobs.Add(Added(job));
        _jobs.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return new PlanReport
        {
            Server = KeyTexts.Compare(frame.Server, KeyTexts.Parse(_text.Of(catalog.Server))),
            Apps = CompareApps(frame.Apps),
            Jobs = _jobs,
            Drift = [.. frame.Overrides.Select(o => new Drifted(o, Ends(o)))],
            Unchanged = _unchanged,
        };
    }

    private void Compare(Definition before)
    {
        _seen.Add(before.Name);
        if (!catalog.Jobs.TryGetValue(before.Name, out Job? job))
        {
            _jobs.Add(new Changed(before.Name, ChangeKind.Removed, []) { NextBeforeMs = NextBefore(before) });
            return;
        }
        KeyTexts after = KeyTexts.Parse(_text.Of(job));
        List<KeyChange> keys = KeyTexts.Compare(before.Keys, after);
        if (keys.Count == 0)
            _unchanged++;
        else
            _jobs.Add(new Changed(before.Name, ChangeKind.Changed, keys) { NextBeforeMs = NextBefore(before), NextAfterMs = NextAfter(job, after) });
    }

    private Changed Added(Job job) => new(job.Name, ChangeKind.Added, []) { NextAfterMs = NextAfter(job, KeyTexts.Parse(_text.Of(job))) };

    private List<Changed> CompareApps(IReadOnlyList<Definition> before)
    {
        var after = catalog.Apps.ToDictionary(app => app.Name, app => KeyTexts.Parse(_text.Of(app)));
        List<Changed> apps = [];
        foreach (Definition app in before)
        {
            if (!after.Remove(app.Name, out KeyTexts? now))
                apps.Add(new Changed(app.Name, ChangeKind.Removed, []));
            else if (KeyTexts.Compare(app.Keys, now) is { Count: > 0 } keys)
                apps.Add(new Changed(app.Name, ChangeKind.Changed, keys));
        }
        apps.AddRange(after.Keys.Select(name => new Changed(name, ChangeKind.Added, [])));
        return [.. apps.OrderBy(app => app.Name, StringComparer.Ordinal)];
    }

    private long? NextBefore(Definition job) => _next.Of(job.Keys, (StateOverrideOf(job.Name)?.Running ?? job.Keys["state"] ?? "true") == "true");

    private long? NextAfter(Job job, KeyTexts keys) =>
        _next.Of(keys, StateOverrideOf(job.Name) is { } made && !Ends(made) ? made.Running == "true" : job.State);

    private Override? StateOverrideOf(string job) => _overrides.GetValueOrDefault(job)?.Find(o => o.Key == "state");

    /// <summary>The file's own value for it is another than it was when the override was made. A job that goes keeps what was said of it.</summary>
    private bool Ends(Override made)
    {
        if (!catalog.Jobs.TryGetValue(made.Job, out Job? job))
            return false;
        if (made.Key == "state")
            return made.File != (job.State ? "true" : "false");
        string address = made.Key["workers.".Length..];
        return !made.IsRegistered && !job.Workers.Any(w => w.Address.Equals(address, StringComparison.OrdinalIgnoreCase));
    }
}
