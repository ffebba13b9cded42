using System.Collections.Concurrent;

namespace Qschedd.Engine;

/// <summary>
/// Runs what it is given away from its owner, one after the other, in one go on the thread pool: a batch wakes one thread once,
/// instead of several that look for the next piece of work beside each other. For work that never blocks. Owner: one thread.
/// </summary>
internal sealed class Lane : IThreadPoolWorkItem
{
    private readonly ConcurrentQueue<Action> _work = new();
    private int _isTaken;

    /// <summary>To be done from the next <see cref="Begin"/> on, or before.</summary>
    public void Add(Action work) => _work.Enqueue(work);

    public void Begin()
    {
        if (!_work.IsEmpty && Interlocked.Exchange(ref _isTaken, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute()
    {
        do
        {
            while (_work.TryDequeue(out var work))
                work();
            // Given back before the last look: what comes after that look begins the lane anew.
            Interlocked.Exchange(ref _isTaken, 0);
        }
        while (!_work.IsEmpty && Interlocked.Exchange(ref _isTaken, 1) == 0);
    }
}
