using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>
/// What has become of the tasks of one broadcast fire: the job shows the fire, not the shard that happened to end last, and a fire
/// with several bad shards is one failure of the job. Owner: the loop.
/// </summary>
/// <param name="firstSeq">Number of the task of shard 0; the others follow.</param>
/// <param name="total">How many shards there are.</param>
internal sealed class ShardTally(long firstSeq, int total)
{
    /// <summary>The worst first: what certainly went wrong, what may have, what nobody took, what was left out.</summary>
    private static readonly TaskState[] WorstFirst =
        [TaskState.Failed, TaskState.Unknown, TaskState.NoWorker, TaskState.QueueFull, TaskState.Ignored, TaskState.Finished];

    private int _left = total;
    private bool _hasStarted;
    private bool _hasFailed;
    private TaskState _worst = TaskState.Finished;

    public long FirstSeq { get; } = firstSeq;

    public int Total { get; } = total;

    /// <summary>A shard was on record before: the fire was, perhaps for fewer workers, and gets no more of them.</summary>
    public bool IsOld { get; set; }

    /// <summary>100 or 200 while a shard is left, then the worst of them.</summary>
    public TaskState State => _left == 0 ? _worst : _hasStarted ? TaskState.Started : TaskState.Starting;

    public void OnStarted() => _hasStarted = true;

    /// <param name="state">How a shard ended.</param>
    /// <param name="isFailure">The job's own: nobody killed it.</param>
    /// <returns>It is the first failure of the fire.</returns>
    public bool OnEnded(TaskState state, bool isFailure)
    {
        _left--;
        _hasStarted = true;
        if (Array.IndexOf(WorstFirst, state) < Array.IndexOf(WorstFirst, _worst))
            _worst = state;
        bool isFirst = isFailure && !_hasFailed;
        _hasFailed |= isFailure;
        return isFirst;
    }

    /// <summary>The shard was not recorded: it never was.</summary>
    public void OnForgotten() => _left--;
}
