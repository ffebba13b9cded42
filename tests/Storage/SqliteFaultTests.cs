using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Storage;

namespace Qschedd.Tests.Storage;

/// <summary>Kills, full disks, locks and callers that err.</summary>
public sealed class SqliteFaultTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Kill_LosesNoCompletedBatch()
    {
        using SqliteStore store = _folder.Open();
        store.Load();
        StoreSuite.Commit(store, new JobSave(Rows.Job(1)));

        for (int seq = 1; seq <= 20; seq++)
        {
            Assert.Null(StoreSuite.Commit(store, new TaskInsert(Rows.Task(seq, scheduledMs: seq)), new WatermarkSave(seq)).Error);
            string copy = CopyAsLeftByAKill(seq);
            using SqliteStore after = _folder.Open(copy);
            StoreImage image = after.Load();
            Assert.Equal(seq + 1, image.NextTaskSeq);
            Assert.Equal(seq, image.RunningTasks.Count);
            Assert.Equal(seq, image.WatermarkMs);
        }
    }

    [Fact]
    public void Kill_LeavesAFileThatOpens_WhateverOfTheLastWriteIsThere()
    {
        using SqliteStore store = _folder.Open();
        store.Load();
        StoreSuite.Commit(store, new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(1)));
        long durable = new FileInfo(_folder.Database + "-wal").Length;
        StoreSuite.Commit(store, new TaskInsert(Rows.FullTask(2) with { State = TaskState.Started }));
        long last = new FileInfo(_folder.Database + "-wal").Length;

        for (long bytes = durable; bytes < last; bytes += Math.Max(1, (last - durable) / 13))
        {
            string copy = CopyAsLeftByAKill(bytes);
            using (FileStream wal = File.OpenWrite(_folder.Path(copy) + "-wal"))
                wal.SetLength(bytes);
            using SqliteStore after = _folder.Open(copy);
            Assert.Equal(1, Assert.Single(after.Load().RunningTasks).Seq);
        }
    }

    [Fact]
    public void Commit_IsSynced_BeforeItIsReported()
    {
        _folder.Open().Dispose();
        using Database database = Database.Open(_folder.Database);

        // 2 is FULL; NORMAL would lose the last commits with the power.
        Assert.Equal(2, database.Scalar("PRAGMA synchronous"));
        Assert.Equal("wal", database.ScalarText("PRAGMA journal_mode"));
    }

    [Fact]
    public void Dispose_WritesWhatWaits()
    {
        SqliteStore store = _folder.Open();
        store.Load();
        store.Commit(new JournalBatch([new JobSave(Rows.Job(1))]), _ => { });
        store.Commit(new JournalBatch([new TaskInsert(Rows.Task(1))]), _ => { });
        store.Dispose();

        using SqliteStore again = _folder.Open();

        Assert.Single(again.Load().RunningTasks);
    }

    [Fact]
    public void Dispose_EndsASweepUnderWay()
    {
        SqliteStore store = _folder.Open(sliceRowsMax: 10);
        store.Load();
        IEnumerable<Change> inserts = Enumerable.Range(1, 20_000).Select(seq => new TaskInsert(Rows.Ended(seq, scheduledMs: seq)));
        StoreSuite.Commit(store, [new JobSave(Rows.Job(1)), .. inserts]);
        store.Trim(new HistorySettings(TimeSpan.Zero, 1), 1_000_000);
        store.Dispose();

        Assert.Throws<ObjectDisposedException>(() => store.Commit(new JournalBatch([]), _ => { }));
        using SqliteStore again = _folder.Open(sliceRowsMax: 10);
        again.Load();
        Assert.Equal(20_000, Assert.Single(again.ListTasks(Rows.Query(limit: 1))).Seq);
    }

    [Fact]
    public void Commit_Resumes_WhenTheDiskHasSpaceAgain()
    {
        using SqliteStore other = _folder.Open();
        other.Load();
        StoreSuite.Commit(other, new JobSave(Rows.Job(1)));
        using Database database = Database.Open(_folder.Database);
        using var writer = new JournalWriter(database, _folder.Database, new LogLines(), Slices.RowsMaxDefault);
        writer.Start(Mark.Nothing, null);
        TaskRow large = Rows.Task(1) with { Output = new string('x', 200_000) };
        database.Execute($"PRAGMA max_page_count = {database.Scalar("PRAGMA page_count") + 2}");

        Assert.Equal(13, Assert.IsType<SqliteFailure>(Commit(writer, new TaskInsert(large)).Error).Code);
        Assert.Contains("is full", writer.Trouble);
        Assert.Contains(_folder.Database, writer.Trouble);
        Assert.Null(Commit(writer, new WatermarkSave(5)).Error);
        Assert.Null(writer.Trouble);
        Assert.NotNull(Commit(writer, new TaskInsert(large)).Error);

        database.Execute("PRAGMA max_page_count = 100000");
        TaskInsert again = new(large);
        Assert.Null(Commit(writer, again).Error);
        Assert.False(again.Duplicate);
        Assert.Null(writer.Trouble);
        Assert.Equal(large, other.FindTask(large.Id));
    }

    [Fact]
    public void Commit_Fails_WhileAnotherProgramHoldsTheFile()
    {
        using SqliteStore store = _folder.Open();
        store.Load();
        using Database shell = Database.Open(_folder.Database);

        shell.Execute("BEGIN IMMEDIATE");
        Assert.NotNull(StoreSuite.Commit(store, new WatermarkSave(1)).Error);
        Assert.Contains("another program holds a lock", store.Trouble);

        shell.Execute("COMMIT");
        Assert.Null(StoreSuite.Commit(store, new WatermarkSave(1)).Error);
        Assert.Null(store.Trouble);
    }

    [Fact]
    public void Commit_GoesOn_AfterACalleeThatThrew()
    {
        var log = new LogLines();
        using SqliteStore store = _folder.Open(logger: log);
        store.Load();

        store.Commit(new JournalBatch([]), _ => throw new InvalidOperationException("thrown by the test"));

        Assert.Null(StoreSuite.Commit(store, new WatermarkSave(1)).Error);
        Assert.Contains(log.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Fact]
    public void Commit_Throws_WhenMoreBatchesAreUnderWayThanAllowed()
    {
        using SqliteStore store = _folder.Open();
        store.Load();
        using var hold = new ManualResetEventSlim();
        using var held = new ManualResetEventSlim();
        store.Commit(new JournalBatch([]), _ =>
        {
            held.Set();
            hold.Wait();
        });
        held.Wait();
        for (int batch = 0; batch < IStore.BatchesMax; batch++)
            store.Commit(new JournalBatch([]), _ => { });

        Assert.Throws<InvalidOperationException>(() => store.Commit(new JournalBatch([]), _ => { }));
        hold.Set();
    }

    [Fact]
    public void Commit_Throws_BeforeLoad()
    {
        using SqliteStore store = _folder.Open();

        Assert.Throws<InvalidOperationException>(() => store.Commit(new JournalBatch([]), _ => { }));
    }

    [Fact]
    public void Reads_GoOn_WhileABatchIsWritten()
    {
        using SqliteStore store = _folder.Open();
        store.Load();
        StoreSuite.Commit(store, new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(1)));
        using Database writing = Database.Open(_folder.Database);
        writing.Execute("BEGIN IMMEDIATE; DELETE FROM task");

        Assert.Single(store.ListTasks(Rows.Query()));

        writing.Execute("COMMIT");
        Assert.Empty(store.ListTasks(Rows.Query()));
    }

    private static JournalBatch Commit(JournalWriter writer, Change change)
    {
        var batch = new JournalBatch([change]);
        using var done = new ManualResetEventSlim();
        writer.Commit(batch, _ => done.Set());
        Assert.True(done.Wait(TimeSpan.FromSeconds(30)));
        return batch;
    }

    // kill -9 leaves the two files as they are; what stands in -shm is made anew from them.
    private string CopyAsLeftByAKill(long number)
    {
        string name = $"copy{number}.db";
        File.Copy(_folder.Database, _folder.Path(name));
        File.Copy(_folder.Database + "-wal", _folder.Path(name + "-wal"));
        return name;
    }
}
