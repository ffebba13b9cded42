using System.Collections.Frozen;
using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>What any thread may read: one catalog and the state of its jobs. Immutable but for each job's own published status.</summary>
internal sealed record EngineSnapshot(Catalog Catalog, FrozenDictionary<string, JobState> Jobs)
{
    private JobState[]? _byName;

    public EngineSnapshot(Catalog catalog, JobState[] jobs)
        : this(catalog, jobs.ToFrozenDictionary(job => job.Job.Name, StringComparer.Ordinal))
    {
    }

    /// <summary>Sorted on the first demand: a start with a million jobs does not wait for it.</summary>
    public IReadOnlyList<JobState> ByName => _byName ??= [.. Jobs.Values.OrderBy(j => j.Job.Name, StringComparer.Ordinal)];
}
