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

    /// <summary>Equal in all that counts: they keep their place in the wheel, and get the definition that reads the same.</summary>
    public List<(JobState State, Job Job)> Kept { get; } = [];

    /// <summary>Those whose definition is the very same are not listed.</summary>
    public int KeptCount { get; private set; }

    public void Keep(JobState state, Job known, Job job)
    {
        if (known.DefinitionHash != job.DefinitionHash)
        {
            Changed.Add((state, job));
            return;
        }
        KeptCount++;
        if (!ReferenceEquals(known, job))
            Kept.Add((state, job));
    }
}
