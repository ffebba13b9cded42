using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Storage;

namespace Qschedd.Tests.Storage;

public sealed class SlicesTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Slice_IsFollowedByAnother_WhenFull()
    {
        Assert.Equal("1:1 1:2 2:3 2:4 3:5", Insert(2, [1, 2, 3, 4, 5]));
    }

    [Fact]
    public void Slice_TakesMore_WhileTheTimeIsTheSame()
    {
        Assert.Equal("1:5 1:5 1:5 2:6", Insert(2, [5, 5, 5, 6]));
    }

    [Fact]
    public void Slice_TakesLateFires_OfItsTime()
    {
        Assert.Equal("1:10 1:20 2:30 1:15 3:21 2:40 3:22 4:23", Insert(2, [10, 20, 30, 15, 21, 40, 22, 23]));
    }

    [Fact]
    public void Slice_IsTheSame_WhenItsFiresComeAgain()
    {
        Insert(2, [1, 2, 3, 4, 5]);
        using (SqliteStore store = _folder.Open(sliceRowsMax: 2))
        {
            store.Load();
            TaskInsert[] again = [.. Enumerable.Range(1, 5).Select(i =>
                new TaskInsert(Rows.Ended(i + 20, scheduledMs: i) with { TriggerKey = -i }))];
            Assert.Null(StoreSuite.Commit(store, again).Error);
            Assert.All(again, insert => Assert.True(insert.Duplicate));
        }

        Assert.Equal("1:1 1:2 2:3 2:4 3:5 3:6 4:7", Insert(2, [6, 7]));
    }

    [Fact]
    public void Slice_EndsAtAGap_SoThatAClockThatRanAheadDoesNotHoldItOpen()
    {
        const long aheadMs = 90_000_000_000;

        Assert.Equal("1:1 2:90000000000 1:2 1:3 3:4 3:5", Insert(3, [1, aheadMs, 2, 3, 4, 5]));
    }

    [Fact]
    public void Slice_IsTheSame_AfterAReopen()
    {
        Insert(2, [1, 2, 3]);

        Assert.Equal("1:1 1:2 2:3 2:4 1:0 3:5", Insert(2, [4, 0, 5]));
    }

    [Fact]
    public void Slice_IsMadeAgain_WhenTheBatchThatMadeItFailed()
    {
        Insert(2, [1, 2]);
        using SqliteStore store = _folder.Open(sliceRowsMax: 2);
        store.Load();

        JournalBatch failed = StoreSuite.Commit(
            store, new TaskInsert(Rows.Ended(3, scheduledMs: 3)), new TaskInsert(Rows.Task(4, job: 77)));
        Assert.NotNull(failed.Error);
        Assert.Null(StoreSuite.Commit(store, new TaskInsert(Rows.Ended(3, scheduledMs: 3))).Error);

        Assert.Equal(2, Count("slice"));
        Assert.Equal([3, 2, 1], store.ListTasks(Rows.Query()).Select(task => task.Seq));
    }

    [Fact]
    public void Slice_IsLetGo_WhenTrimmedEmpty()
    {
        Insert(2, [1, 2, 3, 4, 5, 6, 7]);
        using SqliteStore store = _folder.Open(sliceRowsMax: 2);
        store.Load();
        // The first sweep empties them, the second finds them empty.
        for (int sweep = 0; sweep < 2; sweep++)
        {
            store.Trim(new HistorySettings(TimeSpan.FromDays(1), 1), 1000);
            StoreFolder.AwaitTrim(store);
        }

        Assert.Equal(2, Count("slice"));
        Assert.Null(StoreSuite.Commit(store, new TaskInsert(Rows.Ended(50, scheduledMs: 3))).Error);
        Assert.Equal([7, 50], store.ListTasks(Rows.Query()).Select(task => task.Seq));
    }

    [Fact]
    public void Sweep_RemovesOldAuditRows()
    {
        using SqliteStore store = _folder.Open();
        store.Load();
        StoreSuite.Commit(store, [.. Enumerable.Range(1, 1200)
            .Select(atMs => new AuditInsert(new AuditRow(atMs, "ann", "off", "job1", null)))]);

        store.Trim(new HistorySettings(TimeSpan.FromMilliseconds(100), 1), 1200);
        StoreFolder.AwaitTrim(store);

        Assert.Equal(101, Count("audit"));
    }

    [Fact]
    public void Sweep_BeginsAgain_AfterOneThatFailed()
    {
        var log = new LogLines();
        Insert(2, [1, 2, 3]);
        using SqliteStore store = _folder.Open(logger: log, sliceRowsMax: 2);
        store.Load();
        var history = new HistorySettings(TimeSpan.FromDays(1), 1);
        using Database shell = Database.Open(_folder.Database);

        shell.Execute("BEGIN IMMEDIATE");
        store.Trim(history, 1000);
        StoreFolder.AwaitTrim(store);
        Assert.Equal(3, Count("task"));
        Assert.Contains(log.Lines, line => line.StartsWith("Warning: old history was not removed", StringComparison.Ordinal));

        shell.Execute("COMMIT");
        store.Trim(history, 1000);
        StoreFolder.AwaitTrim(store);
        Assert.Equal(1, Count("task"));
        Assert.Null(store.Trouble);
    }

    [Fact]
    public void Sweep_CountsAJobOnce_WhenItsSliceIsReadInParts()
    {
        using SqliteStore store = _folder.Open(sliceRowsMax: 100_000);
        store.Load();
        Change[] inserts = [.. Enumerable.Range(0, 9000)
            .Select(number => new TaskInsert(Rows.Ended(number + 1, (number % 3) + 1, number)))];
        StoreSuite.Commit(store, [new JobSave(Rows.Job(1)), new JobSave(Rows.Job(2)), new JobSave(Rows.Job(3)), .. inserts]);

        store.Trim(new HistorySettings(TimeSpan.FromDays(1), 2500), 9000);
        StoreFolder.AwaitTrim(store);

        Assert.Equal(7500, Count("task"));
        Assert.All([1, 2, 3], job => Assert.Equal(2500, store.ListTasks(Rows.Query(job, limit: 9000)).Count));
    }

    private string Insert(int rowsMax, long[] scheduledMs)
    {
        using SqliteStore store = _folder.Open(sliceRowsMax: rowsMax);
        long next = store.Load().NextTaskSeq;
        StoreSuite.Commit(store, [new JobSave(Rows.Job(1)), .. scheduledMs.Select((ms, index) =>
            new TaskInsert(Rows.Ended(next + index, scheduledMs: ms) with { TriggerKey = -(next + index) }))]);
        using Database database = Database.Open(_folder.Database);
        return database.ScalarText("SELECT group_concat(slice || ':' || scheduled_ms, ' ') FROM (SELECT * FROM task ORDER BY seq)")!;
    }

    private long? Count(string table)
    {
        using Database database = Database.Open(_folder.Database);
        return database.Scalar($"SELECT count(*) FROM {table}");
    }
}
