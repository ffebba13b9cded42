using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Storage;

/// <summary>What every store does. Each implementation derives from it and runs all of it.</summary>
public abstract partial class StoreSuite : IDisposable
{
    /// <summary>Opens a store, or opens the one of before again, which was disposed.</summary>
    private protected abstract IStore Open();

    /// <summary>From now on no commit succeeds, until <see cref="Mend"/>.</summary>
    private protected abstract void Break();

    private protected abstract void Mend();

    private protected abstract void AwaitTrim(IStore store);

    public abstract void Dispose();

    [Fact]
    public void Load_FindsNothing_WhenNew()
    {
        using IStore store = Open();

        StoreImage image = store.Load();

        Assert.Equal(1, image.NextTaskSeq);
        Assert.Equal(1, image.BootCount);
        Assert.Null(image.WatermarkMs);
        Assert.Empty(image.Jobs);
        Assert.Empty(image.RunningTasks);
        Assert.Empty(image.WorkerOverrides);
        Assert.Empty(image.Registrations);
        Assert.Null(store.Trouble);
    }

    [Fact]
    public void Load_CountsStarts()
    {
        Assert.Equal([1L, 2L, 3L], Enumerable.Range(0, 3).Select(_ => Reload().BootCount));
    }

    [Fact]
    public void Load_BringsRunningTasksBack_ByNumber()
    {
        TaskRow started = Rows.Task(5) with { State = TaskState.Started, StartedMs = 8, Worker = "local", Process = "1:2" };
        Keep(
            new JobSave(Rows.Job(1)),
            new TaskInsert(Rows.Task(7, scheduledMs: 70)),
            new TaskInsert(Rows.Task(5)),
            new TaskInsert(Rows.Task(6, scheduledMs: 60)),
            new TaskInsert(Rows.Task(8, scheduledMs: 80, state: TaskState.Ignored)));
        Keep(new TaskUpdate(started), new TaskUpdate(Rows.Ended(6, scheduledMs: 60)));

        Assert.Equal([started, Rows.Task(7, scheduledMs: 70)], Reload().RunningTasks);
    }

    [Fact]
    public void Load_NamesANextTask_AboveAllCommitted()
    {
        Keep(new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(41)), new TaskInsert(Rows.Task(12, scheduledMs: 5)));

        Assert.Equal(42, Reload().NextTaskSeq);
    }

    [Theory]
    [InlineData(100, 200, false, 200)]
    [InlineData(200, 100, false, 200)]
    [InlineData(200, 100, true, 100)]
    public void Watermark_MovesBack_OnlyWhenForced(long firstMs, long secondMs, bool forced, long keptMs)
    {
        Keep(new WatermarkSave(firstMs));
        Keep(new WatermarkSave(secondMs, forced));

        Assert.Equal(keptMs, Reload().WatermarkMs);
    }

    [Fact]
    public void WorkerOverride_IsReplacedAndRemoved()
    {
        Keep(
            new JobSave(Rows.Job(1)),
            new WorkerOverrideSave(new WorkerOverrideRow(1, "a:1", false, "ann", 10)),
            new WorkerOverrideSave(new WorkerOverrideRow(1, "b:1", false, "ann", 10)));
        Keep(
            new WorkerOverrideSave(new WorkerOverrideRow(1, "a:1", true, "bob", 20)),
            new WorkerOverrideSave(new WorkerOverrideRow(1, "b:1", null, "bob", 20)));

        Assert.Equal([new WorkerOverrideRow(1, "a:1", true, "bob", 20)], Reload().WorkerOverrides);
    }

    [Fact]
    public void Registration_IsReplacedAndRemoved()
    {
        Keep(
            new RegistrationSave(new RegistrationRow("app", "a:1", "host-a", ["任务", "j\"2"], 10)),
            new RegistrationSave(new RegistrationRow("app", "b:1", "host-b", null, 10)),
            new RegistrationSave(new RegistrationRow("other", "b:1", "host-b", null, 10)));
        Keep(
            new RegistrationSave(new RegistrationRow("other", "b:1", "host-c", null, 30)),
            new RegistrationSave(new RegistrationRow("app", "b:1", "host-b", null, null)));

        RegistrationRow[] kept = [.. Reload().Registrations.OrderBy(row => row.App)];

        Assert.Equal(
            ["app a:1 host-a 10", "other b:1 host-c 30"],
            kept.Select(row => $"{row.App} {row.Address} {row.Hostname} {row.LastSeenMs}"));
        Assert.Equal(["任务", "j\"2"], kept[0].Jobs);
        Assert.Null(kept[1].Jobs);
    }

    [Fact]
    public void Insert_IsMarkedDuplicate_WhenTheFireIsOnRecord()
    {
        TaskInsert sameFire = new(Rows.Task(2) with { State = TaskState.Ignored });
        TaskInsert sameBatch = new(Rows.Task(3));
        TaskInsert[] others =
        [
            new(Rows.Task(4, job: 2)), new(Rows.Task(5, scheduledMs: 1)), new(Rows.Task(2) with { ShardIndex = 1 }),
            new(Rows.Task(7) with { TriggerKey = -7 }),
        ];
        Keep(new JobSave(Rows.Job(1)), new JobSave(Rows.Job(2)), new TaskInsert(Rows.Task(1)));

        Keep([sameFire, .. others, sameBatch]);

        Assert.True(sameFire.Duplicate);
        Assert.True(sameBatch.Duplicate);
        Assert.DoesNotContain(others, insert => insert.Duplicate);
        Assert.Equal(TaskState.Starting, Read(store => store.FindTask(Rows.TaskId(1)))!.State);
        Assert.Equal(1, Read(store => store.FindTask(Rows.TaskId(2)))!.ShardIndex);
    }

    [Fact]
    public void Insert_IsMarkedDuplicate_WhenItIsAShardMoreThanTheFireHadOnRecord()
    {
        TaskInsert[] again = [new(Rows.Task(3)), new(Rows.Task(4) with { ShardIndex = 1 }), new(Rows.Task(5) with { ShardIndex = 2 })];
        TaskInsert[] next = [new(Rows.Task(6, scheduledMs: 9)), new(Rows.Task(7, scheduledMs: 9) with { ShardIndex = 1 })];
        Keep(new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(1)), new TaskInsert(Rows.Task(2) with { ShardIndex = 1 }));

        Keep([.. again, .. next]);

        Assert.All(again, insert => Assert.True(insert.Duplicate));
        Assert.All(next, insert => Assert.False(insert.Duplicate));
    }

    [Fact]
    public void Insert_IsMarkedDuplicate_WhenRepeatedWhole()
    {
        TaskInsert again = new(Rows.Task(1));
        Keep(new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(1)));

        Keep(again);

        Assert.True(again.Duplicate);
    }

    public static TheoryData<string> PoisonKinds => ["job unknown", "number taken", "attempt of nothing", "name taken"];

    [Theory]
    [MemberData(nameof(PoisonKinds))]
    public void Commit_KeepsNothingOfABatch_WhenOneChangeBreaksARule(string kind)
    {
        Keep(new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(1)));
        using IStore store = Open();
        store.Load();

        JournalBatch failed = Commit(store, new TaskInsert(Rows.Task(2, scheduledMs: 2)), new WatermarkSave(9), Poison(kind));
        Assert.NotNull(failed.Error);
        Assert.NotNull(store.Trouble);
        Assert.Null(store.FindTask(Rows.TaskId(2)));

        JournalBatch next = Commit(store, new TaskInsert(Rows.Task(2, scheduledMs: 2)));
        Assert.Null(next.Error);
        Assert.Null(store.Trouble);
        Assert.NotNull(store.FindTask(Rows.TaskId(2)));
        store.Dispose();
        Assert.Null(Reload().WatermarkMs);
    }

    [Fact]
    public void Commit_FailsAndSaysSo_UntilTheCauseIsGone()
    {
        Keep(new JobSave(Rows.Job(1)));
        using IStore store = Open();
        store.Load();
        TaskInsert insert = new(Rows.Task(1));

        Break();
        Assert.NotNull(Commit(store, insert).Error);
        Assert.NotNull(Commit(store, insert).Error);
        Assert.NotNull(store.Trouble);
        Assert.Null(store.FindTask(Rows.TaskId(1)));

        Mend();
        Assert.Null(Commit(store, insert).Error);
        Assert.Null(store.Trouble);
        Assert.False(insert.Duplicate);
        Assert.NotNull(store.FindTask(Rows.TaskId(1)));
    }

    [Fact]
    public void Commit_CompletesBatches_InTheirOrder()
    {
        using IStore store = Open();
        store.Load();
        var completed = new List<int>();
        using var done = new CountdownEvent(100);
        void CommitNext(int number) => store.Commit(new JournalBatch([new WatermarkSave(number)]), _ =>
        {
            completed.Add(number);
            if (number < 98)
                CommitNext(number + 2);
            done.Signal();
        });

        CommitNext(0);
        CommitNext(1);

        Assert.True(done.Wait(Patience));
        Assert.Equal(100, completed.Distinct().Count());
        Assert.Equal(completed.Where(number => number % 2 == 0).Order(), completed.Where(number => number % 2 == 0));
    }

    [Fact]
    public void Commit_TakesABatchOfNothing()
    {
        Keep();
    }

    private static Change Poison(string kind) => kind switch
    {
        "job unknown" => new TaskInsert(Rows.Task(3, job: 77)),
        "number taken" => new TaskInsert(Rows.Task(1, scheduledMs: 3)),
        "attempt of nothing" => new AttemptInsert(new AttemptRow(77, 1, TaskState.Failed, null, null, 5, null)),
        _ => new JobSave(Rows.Job(2) with { Name = Rows.JobName(1) }),
    };

    /// <summary>Opens, commits, and closes.</summary>
    private protected void Keep(params Change[] changes)
    {
        using IStore store = Open();
        store.Load();
        Assert.Null(Commit(store, changes).Error);
    }

    private protected StoreImage Reload()
    {
        using IStore store = Open();
        return store.Load();
    }

    private protected T Read<T>(Func<IStore, T> read)
    {
        using IStore store = Open();
        store.Load();
        return read(store);
    }

    internal static JournalBatch Commit(IStore store, params Change[] changes)
    {
        var batch = new JournalBatch(changes);
        using var done = new ManualResetEventSlim();
        store.Commit(batch, _ => done.Set());
        Assert.True(done.Wait(Patience), "the batch was not completed");
        return batch;
    }

    private protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
}
