using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Storage;

public abstract partial class StoreSuite
{
    [Fact]
    public void FindTask_ReturnsEverything()
    {
        Keep(new JobSave(Rows.Job(1)), new TaskInsert(Rows.FullTask(9)), new TaskInsert(Rows.Task(10)));

        Assert.Equal(Rows.FullTask(9), Read(store => store.FindTask(Rows.TaskId(9))));
        Assert.Equal(Rows.Task(10), Read(store => store.FindTask(Rows.TaskId(10))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("9")]
    [InlineData("150212.093000.10.0.0.6.4711.9")]
    [InlineData("150212.093000.10.0.0.5.4711.09")]
    [InlineData("150212.093000.10.0.0.5.4711.-9")]
    [InlineData("150212.093000.10.0.0.5.4711.99999999999999999999")]
    [InlineData("150212.093000.10.0.0.5.4711.")]
    public void FindTask_FindsNothing_WhenTheIdIsAnother(string id)
    {
        Keep(new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(9)));

        Assert.Null(Read(store => store.FindTask(id)));
    }

    [Fact]
    public void Update_ReplacesWhatChanges_AndNothingElse()
    {
        Keep(new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(9) with { Parameter = "{}" }));

        Keep(new TaskUpdate(Rows.FullTask(9)));

        TaskRow expected = Rows.FullTask(9) with { TriggerKey = 7, ShardIndex = 0, ShardTotal = 1, Parameter = "{}" };
        Assert.Equal(expected, Read(store => store.FindTask(Rows.TaskId(9))));
    }

    [Fact]
    public void Update_ChangesNothing_WhenTheTaskIsNotThere()
    {
        Keep(new TaskUpdate(Rows.Task(9)));

        Assert.Null(Read(store => store.FindTask(Rows.TaskId(9))));
    }

    [Fact]
    public void ListAttempts_GivesThemInOrder()
    {
        AttemptRow second = new(9, 2, TaskState.NoWorker, null, null, 20, null);
        AttemptRow first = new(9, 1, TaskState.Failed, "a:1", 5, 10, "exit 3");
        Keep(
            new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(9)), new TaskInsert(Rows.Task(10, scheduledMs: 1)),
            new AttemptInsert(second), new AttemptInsert(first), new AttemptInsert(first with { TaskSeq = 10 }));

        Assert.Equal([first, second], Read(store => store.ListAttempts(9)));
        Assert.Empty(Read(store => store.ListAttempts(11)));
    }

    [Fact]
    public void ListTasks_GoesFromNewestToOldest_ByScheduledTime()
    {
        Keep([new JobSave(Rows.Job(1)), new JobSave(Rows.Job(2)), .. Unordered().Select(row => new TaskInsert(row))]);

        Assert.Equal([6, 1, 3, 4, 5, 2], Sequence(Read(store => store.ListTasks(Rows.Query()))));
        Assert.Equal([7], Sequence(Read(store => store.ListTasks(Rows.Query(job: 2)))));
        Assert.Empty(Read(store => store.ListTasks(Rows.Query(job: 3))));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void ListTasks_GivesEachTaskOnce_PageByPage(int limit)
    {
        Keep([new JobSave(Rows.Job(1)), new JobSave(Rows.Job(2)), .. Unordered().Select(row => new TaskInsert(row))]);
        using IStore store = Open();
        store.Load();
        var seen = new List<TaskRow>();
        IReadOnlyList<TaskRow> page = store.ListTasks(Rows.Query(limit: limit));
        while (page.Count > 0)
        {
            Assert.InRange(page.Count, 1, limit);
            seen.AddRange(page);
            page = store.ListTasks(Rows.Query(limit: limit) with { AfterId = page[^1].Id });
        }

        Assert.Equal([6, 1, 3, 4, 5, 2], Sequence(seen));
    }

    [Fact]
    public void ListTasks_IsStable_WhenNewerTasksCome()
    {
        Keep([new JobSave(Rows.Job(1)), new JobSave(Rows.Job(2)), .. Unordered().Select(row => new TaskInsert(row))]);
        using IStore store = Open();
        store.Load();
        IReadOnlyList<TaskRow> first = store.ListTasks(Rows.Query(limit: 3));

        Commit(store, new TaskInsert(Rows.Task(20, scheduledMs: 500)), new TaskUpdate(Rows.Ended(4, scheduledMs: 200)));

        Assert.Equal([4, 5, 2], Sequence(store.ListTasks(Rows.Query() with { AfterId = first[^1].Id })));
    }

    [Theory]
    [InlineData("150212.093000.10.0.0.5.4711.7")]
    [InlineData("150212.093000.10.0.0.5.4711.99")]
    [InlineData("nonsense")]
    public void ListTasks_GivesNothing_AfterATaskThatIsNotTheJobs(string after)
    {
        Keep([new JobSave(Rows.Job(1)), new JobSave(Rows.Job(2)), .. Unordered().Select(row => new TaskInsert(row))]);

        Assert.Empty(Read(store => store.ListTasks(Rows.Query() with { AfterId = after })));
    }

    [Theory]
    [InlineData(200L, null, "6 1 3 4 5")]
    [InlineData(201L, null, "6")]
    [InlineData(null, 200L, "2")]
    [InlineData(null, 201L, "1 3 4 5 2")]
    [InlineData(100L, 300L, "1 3 4 5 2")]
    [InlineData(101L, 200L, "")]
    [InlineData(null, long.MinValue, "")]
    public void ListTasks_TakesFromIncluded_ToExcluded(long? fromMs, long? toMs, string expected)
    {
        Keep([new JobSave(Rows.Job(1)), new JobSave(Rows.Job(2)), .. Unordered().Select(row => new TaskInsert(row))]);

        IReadOnlyList<TaskRow> tasks = Read(store => store.ListTasks(Rows.Query() with { FromMs = fromMs, ToMs = toMs }));

        Assert.Equal(expected, string.Join(' ', Sequence(tasks)));
    }

    [Theory]
    [InlineData(new[] { 300 }, 10, "4 2")]
    [InlineData(new[] { 300, 100 }, 10, "6 1 3 4 5 2")]
    [InlineData(new[] { 300 }, 1, "4")]
    [InlineData(new[] { -100 }, 10, "")]
    [InlineData(new int[0], 10, "")]
    public void ListTasks_TakesOnlyTheStatesAsked(int[] states, int limit, string expected)
    {
        Keep([new JobSave(Rows.Job(1)), new JobSave(Rows.Job(2)), .. Unordered().Select(row => new TaskInsert(row))]);
        Keep(new TaskUpdate(Rows.Ended(4)), new TaskUpdate(Rows.Ended(2)));

        TaskQuery query = Rows.Query(limit: limit) with { States = [.. states.Select(state => (TaskState)state)] };

        Assert.Equal(expected, string.Join(' ', Sequence(Read(store => store.ListTasks(query)))));
    }

    [Fact]
    public void ListTasks_ShowsTheJobsPresentApp()
    {
        Keep(new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(1)), new JobSave(Rows.Job(1) with { App = "moved" }));

        Assert.Equal("moved", Assert.Single(Read(store => store.ListTasks(Rows.Query()))).App);
    }

    // At 200: a manual task (negative key) comes first, then the triggers by their keys, then the shards.
    private static IEnumerable<TaskRow> Unordered() =>
    [
        Rows.Task(5, scheduledMs: 200) with { TriggerKey = 9, ShardIndex = 1 },
        Rows.Task(2, scheduledMs: 100),
        Rows.Task(6, scheduledMs: 300),
        Rows.Task(7, job: 2, scheduledMs: 200),
        Rows.Task(4, scheduledMs: 200) with { TriggerKey = 9 },
        Rows.Task(1, scheduledMs: 200) with { TriggerKey = -1 },
        Rows.Task(3, scheduledMs: 200),
    ];

    private protected static IEnumerable<long> Sequence(IEnumerable<TaskRow> tasks) => tasks.Select(task => task.Seq);
}
