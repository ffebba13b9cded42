using System.Collections.Concurrent;
using System.Globalization;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>
/// The running tasks: by number, and by the host on which each runs or is being sent. Owner: the loop; any thread may read.
/// </summary>
/// <remarks>
/// Invariant: a task stands under a host before anything is sent there, and until its end is known. A reader that begins after
/// a task was placed sees it: there is no instant at which a task is on its way to a host and the host looks free.
/// A task that moves between two workers of one host could slip past a reader between them; the count of moves tells him.
/// </remarks>
internal sealed class TaskTable(EngineOptions options, ZoneTable zone)
{
    private readonly TaskPages _bySeq = new();
    private readonly ConcurrentDictionary<WorkerState, TaskSlots> _byWorker = new(1, 64);
    // Of a burst, the worker of one task is mostly that of the last.
    private (WorkerState Worker, TaskSlots Tasks)? _lastPlaced;
    private int _moves;
    private long _prefixSecond = long.MinValue;
    private string _prefix = "";

    public long NextSeq { get; set; } = 1;

    public int Count => _bySeq.Count;

    public IEnumerable<TaskRun> All => _bySeq.All;

    public TaskRun? Find(string taskId) =>
        TaskId.TryGetSeq(taskId, out long seq) && _bySeq.Find(seq) is { } task && task.Id == taskId ? task : null;

    public TaskRun? Find(long seq) => _bySeq.Find(seq);

    /// <summary>Of the id <c>yyMMdd.HHmmss.ip.pid.sequence</c>, in the server's zone, what stands before the sequence number.</summary>
    public string IdStart(long nowMs)
    {
        long second = Math.DivRem(nowMs, 1000, out _);
        if (second != _prefixSecond)
        {
            var local = DateTimeOffset.FromUnixTimeSeconds(second + zone.OffsetSecondsAt(nowMs));
            _prefix = string.Create(CultureInfo.InvariantCulture, $"{local:yyMMdd.HHmmss}.{options.ServerIp}.{options.ProcessId}.");
            _prefixSecond = second;
        }
        return _prefix;
    }

    /// <summary>One of the job's running tasks, the oldest being the first. Owner: the loop.</summary>
    public TaskRun RunningOf(JobState job, int index) => _bySeq.Get(job.Running[index]);

    /// <summary>The tasks that stand under a worker.</summary>
    public IReadOnlyList<TaskRun> On(WorkerState worker) => _byWorker.TryGetValue(worker, out var tasks) ? [.. tasks.All] : [];

    /// <summary>The job's tasks that stand under a worker.</summary>
    public int CountOn(WorkerState worker, JobState job) =>
        _byWorker.TryGetValue(worker, out var tasks) ? tasks.All.Count(task => task.Job == job) : 0;

    /// <summary>The worker is gone for good.</summary>
    public void Forget(WorkerState worker)
    {
        if (!_byWorker.TryGetValue(worker, out var tasks) || tasks.Count > 0)
            return;
        _byWorker.TryRemove(worker, out _);
        _lastPlaced = null;
    }

    public void Add(TaskRun task)
    {
        _bySeq.Add(task);
        task.Job.Running.Add(task.Seq);
        if (task.Worker is { } worker)
            Place(task, worker);
    }

    public void Remove(TaskRun task)
    {
        if (!_bySeq.Remove(task))
            return;
        task.Job.Running.Remove(task.Seq);
        if (task.Worker is { } worker)
            Displace(task, task.Slot, worker);
    }

    /// <summary>Gives the task to another worker, or to none: it stands under the new one before it leaves the old one.</summary>
    public void Move(TaskRun task, WorkerState? to)
    {
        var (from, slot) = (task.Worker, task.Slot);
        if (from == to)
            return;
        if (to is not null)
            Place(task, to);
        task.Worker = to;
        Interlocked.Increment(ref _moves);
        if (from is not null)
            Displace(task, slot, from);
    }

    /// <summary>The jobs with a task on a host whose worker fits.</summary>
    public HashSet<JobState> JobsOn(Func<WorkerState, bool> fits)
    {
        while (true)
        {
            int moves = Volatile.Read(ref _moves);
            var jobs = Scan(fits);
            if (moves == Volatile.Read(ref _moves))
                return jobs;
        }
    }

    private HashSet<JobState> Scan(Func<WorkerState, bool> fits)
    {
        var jobs = new HashSet<JobState>();
        foreach (var (worker, tasks) in _byWorker)
            if (tasks.Count > 0 && fits(worker))
                foreach (var task in tasks.All)
                    jobs.Add(task.Job);
        return jobs;
    }

    private void Place(TaskRun task, WorkerState worker)
    {
        SlotsOf(worker).Add(task);
        worker.Running++;
    }

    private void Displace(TaskRun task, int slot, WorkerState worker)
    {
        SlotsOf(worker).Remove(task, slot);
        worker.Running--;
    }

    private TaskSlots SlotsOf(WorkerState worker)
    {
        if (_lastPlaced is { } last && last.Worker == worker)
            return last.Tasks;
        var tasks = _byWorker.GetOrAdd(worker, static _ => new TaskSlots());
        _lastPlaced = (worker, tasks);
        return tasks;
    }
}
