using System.Collections.Frozen;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Engine.Wheel;

namespace Qschedd.Engine;

/// <summary>
/// A worker's own word, for one app, that it is there. What it says is immutable: another word makes another registration.
/// When it was last said moves on with each call. In the wheel it stands at the next moment at which its silence means something.
/// </summary>
/// <remarks>Owner: the loop; any thread reads <see cref="Row"/>, <see cref="Serves"/> and <see cref="HeardMs"/>.</remarks>
internal sealed class Registration(RegistrationRow row, long heardMs, long wordMs) : WheelItem
{
    private readonly FrozenSet<string>? _jobs = row.Jobs?.ToFrozenSet(StringComparer.Ordinal);
    private long _heardMs = heardMs;

    public RegistrationRow Row { get; } = row;

    /// <summary>It serves some jobs of the app only.</summary>
    public bool IsForSomeJobs => _jobs is not null;

    /// <summary>The last call, by the monotonic clock: a step of the wall clock makes nobody silent.</summary>
    public long HeardMs
    {
        get => Volatile.Read(ref _heardMs);
        set => Volatile.Write(ref _heardMs, value);
    }

    /// <summary>The last call, by the monotonic clock, perhaps before its beginning: days of silence are counted over restarts.</summary>
    public long WordMs { get; set; } = wordMs;

    /// <summary>When the row was last written, by the monotonic clock.</summary>
    public long SavedMs { get; set; } = heardMs;

    /// <summary>Silent for so long that its tasks were given up.</summary>
    public bool IsLost { get; set; }

    public bool Serves(Job job) => _jobs?.Contains(job.Name) ?? job.Protocol == job.App.Protocol;

    /// <summary>The same word again, whenever it was said.</summary>
    public bool Says(RegistrationRow other) =>
        !Row.HasLeft && Row.Hostname == other.Hostname && (other.Jobs is null ? _jobs is null : _jobs?.SetEquals(other.Jobs) == true);
}
