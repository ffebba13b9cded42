namespace Qschedd.Engine;

/// <summary>The tasks of one worker, each in a slot that it knows: to come and to go costs one write.</summary>
/// <remarks>
/// Owner: the loop; any thread may read. Invariant: whoever begins to read after a task was added and before it was removed sees it: slots
/// are never exchanged in place, and an array that is outgrown stays as it was for those who read it.
/// </remarks>
internal sealed class TaskSlots
{
    private const int SlotsMin = 16;

    // It shrinks seldom: a burst of each second would make large arrays, and garbage of them, each second.
    private const int RemovalsPerSlot = 8;

    private TaskRun?[] _tasks = new TaskRun?[SlotsMin];
    private int[] _free = new int[SlotsMin];
    private int _freeCount;
    private int _used;
    private int _count;
    private long _removed;

    /// <summary>Any thread.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>As they stand when one begins to read. Any thread.</summary>
    public IEnumerable<TaskRun> All
    {
        get
        {
            var tasks = Volatile.Read(ref _tasks);
            for (int i = 0; i < tasks.Length; i++)
                if (Volatile.Read(ref tasks[i]) is { } task)
                    yield return task;
        }
    }

    public void Add(TaskRun task)
    {
        if (_freeCount == 0 && _used == _tasks.Length)
            Rebuild(2 * _used);
        int slot = _freeCount > 0 ? _free[--_freeCount] : _used++;
        task.Slot = slot;
        Volatile.Write(ref _tasks[slot], task);
        Volatile.Write(ref _count, _count + 1);
    }

    /// <param name="task">One that was added.</param>
    /// <param name="slot">What <see cref="TaskRun.Slot"/> was then; by now it may be that among the tasks of another worker.</param>
    public void Remove(TaskRun task, int slot)
    {
        if (_tasks[slot] != task)
            throw new InvalidOperationException($"task {task.Seq} does not stand in slot {slot}");
        Volatile.Write(ref _tasks[slot], null);
        _free[_freeCount++] = slot;
        Volatile.Write(ref _count, _count - 1);
        if (++_removed > RemovalsPerSlot * _tasks.Length && _count < _tasks.Length / 8)
            Rebuild(Math.Max(SlotsMin, _tasks.Length / 4));
    }

    private void Rebuild(int size)
    {
        var tasks = new TaskRun?[size];
        int used = 0;
        foreach (var task in _tasks)
        {
            if (task is null)
                continue;
            tasks[used] = task;
            task.Slot = used++;
        }
        (_used, _freeCount, _free, _removed) = (used, 0, new int[size], 0);
        Volatile.Write(ref _tasks, tasks);
    }
}
