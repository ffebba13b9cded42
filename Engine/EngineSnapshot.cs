using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>What any thread may read: one catalog and the state of its jobs. Immutable but for each job's own published status.</summary>
internal sealed record EngineSnapshot(Catalog Catalog, ByName<JobState> Jobs)
{
    private JobState[]? _byName;

    /// <param name="catalog">In force.</param>
    /// <param name="jobs">In the order of the catalog's.</param>
    public EngineSnapshot(Catalog catalog, JobState[] jobs)
        : this(catalog, catalog.Jobs.With(jobs))
    {
    }

    /// <summary>Sorted on the first demand: a start with a million jobs does not wait for it.</summary>
    public IReadOnlyList<JobState> ByName => _byName ??= [.. Jobs.Values.OrderBy(j => j.Job.Name, StringComparer.Ordinal)];
}
