using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>What of a job is kept, as it is at one point. The row is made where it is written: the loop has better to do.</summary>
internal sealed class StateSave(JobState job, Job? definition) : JobSave(job.Job, definition)
{
    private readonly int _id = job.Id;
    private readonly EnabledOverride? _override = job.Override;
    private readonly long _createdMs = job.CreatedMs;
    private readonly long _updatedMs = job.UpdatedMs;
    private readonly long _triggerHash = job.TriggerHash;
    private readonly long _effectiveFromMs = job.EffectiveFromMs;
    private readonly long _lastTaskSeq = job.LastTaskSeq;
    private readonly long _lastRunMs = job.LastRunMs ?? Instant.None;
    private readonly long _lastUpdateMs = job.LastUpdateMs ?? Instant.None;
    private readonly long _misfiresDiscarded = job.MisfiresDiscarded;
    private readonly TaskState _lastState = job.LastState;
    private readonly int _failuresInRow = job.FailuresInRow;

    private Job Job => (Job)Source;

    protected override JobRow Render() => new()
    {
        Id = _id,
        Name = Job.Name,
        App = Job.App.Name,
        CreatedMs = _createdMs,
        UpdatedMs = _updatedMs,
        DefinitionHash = Job.DefinitionHash,
        DefinitionPrint = Job.DefinitionPrint,
        TriggerHash = _triggerHash,
        EffectiveFromMs = _effectiveFromMs,
        EnabledOverride = _override?.Enabled,
        OverriddenYamlState = _override?.YamlState,
        OverrideBy = _override?.By,
        OverrideAtMs = _override?.AtMs,
        LastTaskSeq = _lastTaskSeq,
        LastState = _lastState,
        LastRunMs = Instant.OrNull(_lastRunMs),
        LastUpdateMs = Instant.OrNull(_lastUpdateMs),
        FailuresInRow = _failuresInRow,
        MisfiresDiscarded = _misfiresDiscarded,
    };
}
