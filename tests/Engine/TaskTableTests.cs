using Qschedd.Engine;
using Qschedd.Engine.Cron;

namespace Qschedd.Tests.Engine;

public sealed class TaskTableTests
{
    private static readonly string[] Addresses = ["10.0.0.1:1", "10.0.0.1:2", "10.0.0.2:1"];

    private readonly WorkerState[] _workers = [.. Addresses.Select(a => new WorkerState(a))];
    private readonly JobState _job = new(Samples.Job(), 1);
    private readonly TaskTable _tasks = NewTable();
    private int _rounds;

    [Fact]
    public void Table_HoldsWhatCameAndDidNotGo_HoweverItGrowsAndShrinks()
    {
        var random = new Random(Torture.Seed);
        var expected = new Dictionary<long, TaskRun>();
        for (int step = 0; step < 20_000; step++)
        {
            bool isGrowing = step / 2_000 % 2 == 0;
            if (expected.Count == 0 || random.Next(10) < (isGrowing ? 6 : 3))
                Add(expected, random);
            else if (random.Next(4) == 0)
                _tasks.Move(AnyOf(expected, random), AnyWorker(random));
            else
                Remove(expected, AnyOf(expected, random));
            if (step % 500 == 0)
                AssertHolds(expected);
        }
        AssertHolds(expected);
        foreach (var task in expected.Values.ToList())
            Remove(expected, task);
        AssertHolds(expected);
    }

    [Fact]
    public void TaskThatGoes_IsNotFound_AndTheSecondTimeNothingHappens()
    {
        var task = NewTask(_workers[0]);
        _tasks.Add(task);
        Assert.Same(task, _tasks.Find(task.Id));
        _tasks.Remove(task);
        _tasks.Remove(task);
        Assert.Equal((null, null, 0, 0), (_tasks.Find(task.Id), _tasks.Find(task.Seq), _tasks.Count, _workers[0].Running));
        Assert.Throws<KeyNotFoundException>(() =>
        {
            _job.Running.Add(task.Seq);
            _tasks.RunningOf(_job, 0);
        });
    }

    [Fact]
    public async Task ReaderSeesATaskAtEachInstant_WhileItMovesAndOthersComeAndGo()
    {
        var pinned = new TaskRun(new JobState(Samples.Job("pinned"), 2), _tasks.NextSeq++, "x.") { Worker = _workers[0] };
        _tasks.Add(pinned);
        using var stop = new CancellationTokenSource();
        var churn = Task.Run(() => Churn(pinned, stop.Token));
        int missed = 0;
        for (int i = 0; i < 3_000 || Volatile.Read(ref _rounds) < 20; i++)
        {
            missed += _tasks.JobsOn(_ => true).Contains(pinned.Job) ? 0 : 1;
            missed += _tasks.Find(pinned.Seq) == pinned ? 0 : 1;
        }
        await stop.CancelAsync();
        await churn;
        Assert.Equal(0, missed);
    }

    /// <summary>The loop's side: some come, the pinned one moves, they go again; the sets grow and shrink.</summary>
    private void Churn(TaskRun pinned, CancellationToken stop)
    {
        var random = new Random(3);
        var others = new Dictionary<long, TaskRun>();
        for (; !stop.IsCancellationRequested; Volatile.Write(ref _rounds, _rounds + 1))
        {
            for (int left = random.Next(300); left > 0; left--)
                Add(others, random);
            _tasks.Move(pinned, AnyWorker(random));
            foreach (var task in others.Values.ToList())
                Remove(others, task);
            _tasks.Move(pinned, AnyWorker(random));
        }
    }

    private void Add(Dictionary<long, TaskRun> expected, Random random)
    {
        _tasks.NextSeq += random.Next(8) == 0 ? random.Next(300) : 0; // numbers of tasks that never ran
        var task = NewTask(random.Next(8) == 0 ? null : AnyWorker(random));
        expected[task.Seq] = task;
        _tasks.Add(task);
    }

    private void Remove(Dictionary<long, TaskRun> expected, TaskRun task)
    {
        expected.Remove(task.Seq);
        _tasks.Remove(task);
    }

    private void AssertHolds(Dictionary<long, TaskRun> expected)
    {
        Assert.Equal(expected.Count, _tasks.Count);
        Assert.Equal(expected.Keys.Order(), _tasks.All.Select(t => t.Seq).Order());
        Assert.Equal(expected.Keys.Order(), Enumerable.Range(0, _job.Running.Count).Select(i => _tasks.RunningOf(_job, i).Seq).Order());
        foreach (var worker in _workers)
        {
            var own = expected.Values.Where(t => t.Worker == worker).Select(t => t.Seq).Order().ToList();
            Assert.Equal(own, _tasks.On(worker).Select(t => t.Seq).Order());
            Assert.Equal((own.Count, own.Count), (_tasks.CountOn(worker, _job), worker.Running));
            Assert.Equal(own.Count > 0, _tasks.JobsOn(w => w == worker).Count > 0);
        }
    }

    private TaskRun NewTask(WorkerState? worker) => new(_job, _tasks.NextSeq++, "260101.000000.10.0.0.5.42.") { Worker = worker };

    private WorkerState AnyWorker(Random random) => _workers[random.Next(_workers.Length)];

    private static TaskRun AnyOf(Dictionary<long, TaskRun> tasks, Random random) => tasks.ElementAt(random.Next(tasks.Count)).Value;

    private static TaskTable NewTable() => new(new EngineWorld().Start().Options, ZoneTable.Find("UTC")!);
}
