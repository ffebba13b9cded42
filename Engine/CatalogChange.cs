using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>What a reload changes, worked out away from the loop and applied in it at once.</summary>
internal sealed class CatalogChange(EngineSnapshot before)
{
    public EngineSnapshot Before { get; } = before;

    /// <summary>What is published when the change is applied.</summary>
    public EngineSnapshot After { get; set; } = before;

    /// <summary>New, or back after an earlier removal.</summary>
    public List<(JobState State, Job Job)> Added { get; } = [];

    public List<JobState> Removed { get; } = [];

    /// <summary>Jobs of which the YAML says something else than before.</summary>
    public List<(JobState State, Job Job)> Changed { get; } = [];

    /// <summary>Equal in all that counts: they keep their place in the wheel.</summary>
    public List<(JobState State, Job Job)> Kept { get; } = [];

    public void Keep(JobState state, Job job)
    {
        bool same = Before.Catalog.Jobs[job.Name].DefinitionHash == job.DefinitionHash;
        (same ? Kept : Changed).Add((state, job));
    }
}
