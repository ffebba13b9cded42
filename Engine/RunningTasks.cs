namespace Qschedd.Engine;

/// <summary>A job's tasks in state 100 or 200, oldest first. Nearly always there is one or none, and that takes no list.</summary>
internal struct RunningTasks
{
    private TaskRun? _oldest;
    private List<TaskRun>? _later;

    public readonly int Count => _oldest is null ? 0 : 1 + (_later?.Count ?? 0);

    public readonly TaskRun this[int index] => index == 0
        ? _oldest ?? throw new ArgumentOutOfRangeException(nameof(index))
        : _later![index - 1];

    public void Add(TaskRun task)
    {
        if (_oldest is null)
            _oldest = task;
        else
            (_later ??= new(1)).Add(task);
    }

    public void Remove(TaskRun task)
    {
        if (_oldest != task)
        {
            _later?.Remove(task);
            return;
        }
        _oldest = null;
        if (_later is not { Count: > 0 } later)
            return;
        _oldest = later[0];
        later.RemoveAt(0);
    }

    public readonly TaskRun[] ToArray() => _oldest is null ? [] : [_oldest, .. _later ?? []];
}
