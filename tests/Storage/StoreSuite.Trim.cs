using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Storage;

public abstract partial class StoreSuite
{
    private const long DayMs = 86_400_000;

    [Fact]
    public void Trim_KeepsTheNewestOfEachJob_UpToTheBound()
    {
        Keep([new JobSave(Rows.Job(1)), new JobSave(Rows.Job(2)), .. Daily(job: 1, count: 10), .. Daily(job: 2, count: 2, firstSeq: 100)]);

        Trim(keepDays: 1000, keepPerJob: 3);

        Assert.Equal([10, 9, 8], Sequence(Read(store => store.ListTasks(Rows.Query()))));
        Assert.Equal([101, 100], Sequence(Read(store => store.ListTasks(Rows.Query(job: 2)))));
    }

    [Fact]
    public void Trim_RemovesWhatEndedBeforeTheTimeKept()
    {
        Keep([new JobSave(Rows.Job(1)), .. Daily(job: 1, count: 10)]);
        // Due long ago, ended today.
        Keep(new TaskInsert(Rows.Ended(20, scheduledMs: DayMs - 1) with { EndedMs = 10 * DayMs }));

        Trim(keepDays: 4, keepPerJob: 1000);

        Assert.Equal([10, 9, 8, 7, 6, 20], Sequence(Read(store => store.ListTasks(Rows.Query()))));
    }

    [Fact]
    public void Trim_KeepsAJobsNewestTask_HoweverOld()
    {
        Keep([new JobSave(Rows.Job(1)), .. Daily(job: 1, count: 3)]);

        Trim(keepDays: 0, keepPerJob: 0, nowMs: 1000 * DayMs);

        Assert.Equal([3], Sequence(Read(store => store.ListTasks(Rows.Query()))));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(200)]
    public void Trim_KeepsRunningTasks(int state)
    {
        TaskInsert running = new(Rows.Task(50, scheduledMs: 5, state: (TaskState)state));
        Keep([new JobSave(Rows.Job(1)), running, .. Daily(job: 1, count: 3)]);

        Trim(keepDays: 0, keepPerJob: 1, nowMs: 1000 * DayMs);

        Assert.Equal([3, 50], Sequence(Read(store => store.ListTasks(Rows.Query()))));
    }

    [Fact]
    public void Trim_TakesTheAttemptsAlong()
    {
        AttemptRow attempt = new(1, 1, TaskState.Failed, null, null, 5, null);
        Keep([new JobSave(Rows.Job(1)), .. Daily(job: 1, count: 2)]);
        Keep(new AttemptInsert(attempt), new AttemptInsert(attempt with { TaskSeq = 2 }));

        Trim(keepDays: 1000, keepPerJob: 1);

        Assert.Empty(Read(store => store.ListAttempts(1)));
        Assert.Single(Read(store => store.ListAttempts(2)));
    }

    [Fact]
    public void Trim_FreesAFire_ButNeverItsNumber()
    {
        Keep([new JobSave(Rows.Job(1)), .. Daily(job: 1, count: 5), new TaskInsert(Rows.Ended(9, scheduledMs: 1))]);

        Trim(keepDays: 1000, keepPerJob: 1);

        Assert.Null(Read(store => store.FindTask(Rows.TaskId(9))));
        Assert.Equal(10, Reload().NextTaskSeq);
    }

    [Fact]
    public void Trim_WorksAgain_WithOtherBounds()
    {
        Keep([new JobSave(Rows.Job(1)), .. Daily(job: 1, count: 9)]);
        using IStore store = Open();
        store.Load();

        store.Trim(new HistorySettings(TimeSpan.FromDays(1000), 5), 10 * DayMs);
        AwaitTrim(store);
        Assert.Equal([9, 8, 7, 6, 5], Sequence(store.ListTasks(Rows.Query())));

        Commit(store, new TaskInsert(Rows.Ended(10, scheduledMs: 10 * DayMs)));
        store.Trim(new HistorySettings(TimeSpan.FromDays(1000), 2), 10 * DayMs);
        AwaitTrim(store);
        Assert.Equal([10, 9], Sequence(store.ListTasks(Rows.Query())));
    }

    private void Trim(int keepDays, int keepPerJob, long nowMs = 10 * DayMs + 10)
    {
        using IStore store = Open();
        store.Load();
        store.Trim(new HistorySettings(TimeSpan.FromDays(keepDays), keepPerJob), nowMs);
        AwaitTrim(store);
    }

    // Task n is due on day n and ends 10 ms later.
    private static IEnumerable<Change> Daily(int job, int count, long firstSeq = 1) => Enumerable.Range(0, count)
        .Select(day => new TaskInsert(Rows.Ended(firstSeq + day, job, (day + 1) * DayMs)));
}
