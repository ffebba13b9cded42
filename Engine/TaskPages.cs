using System.Collections.Concurrent;

namespace Qschedd.Engine;

/// <summary>
/// Running tasks by number. Numbers grow by one, so tasks that run at one time have neighbours: they stand in pages, and one that runs for
/// long holds no more than its page.
/// </summary>
/// <remarks>Owner: the loop; any thread may read.</remarks>
internal sealed class TaskPages
{
    private const int PageBits = 6;
    private const int PageSize = 1 << PageBits;

    private readonly ConcurrentDictionary<long, Page> _pages = new(1, 64);
    private Page? _last;
    // Tasks of a burst end page by page. Owner: the loop.
    private Page? _lastLeft;
    private int _count;

    public int Count => Volatile.Read(ref _count);

    public IEnumerable<TaskRun> All
    {
        get
        {
            foreach (var (_, page) in _pages)
                for (int i = 0; i < PageSize; i++)
                    if (page.At(i) is { } task)
                        yield return task;
        }
    }

    public TaskRun? Find(long seq) => _pages.TryGetValue(seq >> PageBits, out var page) ? page.At(IndexOf(seq)) : null;

    /// <summary>Owner: the loop.</summary>
    public TaskRun Get(long seq) =>
        PageOf(seq)?.At(IndexOf(seq)) ?? throw new KeyNotFoundException($"task {seq} does not run");

    public void Add(TaskRun task)
    {
        var page = PageOf(task.Seq) ?? NewPage(task.Seq >> PageBits);
        if (page.At(IndexOf(task.Seq)) is not null)
            throw new InvalidOperationException($"a task {task.Seq} runs already");
        page.Put(IndexOf(task.Seq), task);
        page.Count++;
        _count++;
    }

    /// <summary>False: it is not there.</summary>
    public bool Remove(TaskRun task)
    {
        if (PageOf(task.Seq) is not { } page || page.At(IndexOf(task.Seq)) is null)
            return false;
        page.Put(IndexOf(task.Seq), null);
        _count--;
        _lastLeft = page;
        if (--page.Count == 0 && page != _last)
            Drop(page);
        return true;
    }

    private static int IndexOf(long seq) => (int)seq & (PageSize - 1);

    private Page? PageOf(long seq)
    {
        long number = seq >> PageBits;
        return _last?.Number == number ? _last : _lastLeft?.Number == number ? _lastLeft : _pages.GetValueOrDefault(number);
    }

    private Page NewPage(long number)
    {
        var page = _pages[number] = new Page(number);
        if (_last is { Count: 0 } empty)
            Drop(empty);
        return _last = page;
    }

    private void Drop(Page page)
    {
        _pages.TryRemove(page.Number, out _);
        if (_lastLeft == page)
            _lastLeft = null;
    }

    private sealed class Page(long number)
    {
        private readonly TaskRun?[] _tasks = new TaskRun?[PageSize];

        public long Number { get; } = number;
        public int Count;

        public TaskRun? At(int index) => Volatile.Read(ref _tasks[index]);

        public void Put(int index, TaskRun? task) => Volatile.Write(ref _tasks[index], task);
    }
}
