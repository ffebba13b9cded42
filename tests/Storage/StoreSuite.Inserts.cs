using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Storage;

/// <summary>Many inserts one after another, which a store may write together.</summary>
public abstract partial class StoreSuite
{
    private const int Many = 50;

    [Fact]
    public void Insert_IsMarkedDuplicate_WhereverItStandsAmongMany()
    {
        long[] onRecord = [3, 17, 32, 50];
        Keep([new JobSave(Rows.Job(1)), .. onRecord.Select(ms => new TaskInsert(Rows.Task(1000 + ms, scheduledMs: ms)))]);
        TaskInsert[] inserts = [.. Enumerable.Range(1, Many).Select(i => new TaskInsert(Rows.Task(i, scheduledMs: i)))];
        TaskInsert[] sameAsBefore = [new(Rows.Task(51, scheduledMs: 20)), new(Rows.Task(52, scheduledMs: 49))];

        Keep([.. inserts[..21], sameAsBefore[0], .. inserts[21..], sameAsBefore[1]]);

        Assert.Equal(onRecord, inserts.Where(insert => insert.Duplicate).Select(insert => insert.Row.ScheduledMs));
        Assert.All(sameAsBefore, insert => Assert.True(insert.Duplicate));
        Assert.All(inserts, insert => Assert.Equal(insert.Duplicate ? null : insert.Row, Read(store => store.FindTask(insert.Row.Id))));
    }

    [Fact]
    public void Insert_KeepsEachRowWhole_AmongMany()
    {
        TaskRow[] rows =
        [
            .. Enumerable.Range(1, Many).Select(i => Rows.Task(i, scheduledMs: i) with
            {
                TriggerKey = -i,
                Parameter = i % 2 == 0 ? $"{{\"n\":{i}}}" : null,
                Worker = i % 3 == 0 ? null : $"10.0.0.{i}:20010",
                StartedMs = i % 5 == 0 ? i + 7 : null,
                Message = i % 7 == 0 ? $"任务 {i}" : null,
            }),
        ];

        Keep([new JobSave(Rows.Job(1)), .. rows.Select(row => new TaskInsert(row))]);

        Assert.All(rows, row => Assert.Equal(row, Read(store => store.FindTask(row.Id))));
    }

    [Theory]
    [InlineData(3)]
    [InlineData(16)]
    [InlineData(40)]
    public void Insert_IsFollowedByTheUpdate_OfTheSameBatch(int before)
    {
        TaskRow ended = Rows.Ended(before, scheduledMs: before);

        Keep(
            [
                new JobSave(Rows.Job(1)),
                .. Enumerable.Range(1, before).Select(i => new TaskInsert(Rows.Task(i, scheduledMs: i))),
                new TaskUpdate(ended),
                .. Enumerable.Range(before + 1, Many).Select(i => new TaskInsert(Rows.Task(i, scheduledMs: i))),
            ]);

        Assert.Equal(ended, Read(store => store.FindTask(ended.Id)));
        Assert.NotNull(Read(store => store.FindTask(Rows.TaskId(before + Many))));
    }

    [Theory]
    [InlineData(2)]
    [InlineData(16)]
    [InlineData(47)]
    public void Commit_KeepsNothingOfMany_WhenOneBreaksARule(int bad)
    {
        Keep(new JobSave(Rows.Job(1)));
        using IStore store = Open();
        store.Load();
        TaskInsert[] inserts =
            [.. Enumerable.Range(1, Many).Select(i => new TaskInsert(Rows.Task(i, job: i == bad ? 77 : 1, scheduledMs: i)))];

        Assert.NotNull(Commit(store, inserts).Error);
        Assert.All(inserts, insert => Assert.Null(store.FindTask(insert.Row.Id)));

        TaskInsert[] good = [.. inserts.Where(insert => insert.Row.JobId == 1)];
        Assert.Null(Commit(store, good).Error);
        Assert.All(good, insert => Assert.False(insert.Duplicate));
        Assert.All(good, insert => Assert.Equal(insert.Row, store.FindTask(insert.Row.Id)));
    }

    [Fact]
    public void Insert_IsMarkedDuplicate_WhenManyAreRepeatedWhole()
    {
        TaskInsert[] again = [.. Enumerable.Range(1, Many).Select(i => new TaskInsert(Rows.Task(i, scheduledMs: i)))];
        Keep([new JobSave(Rows.Job(1)), .. again.Select(insert => new TaskInsert(insert.Row))]);

        Keep(again);

        Assert.All(again, insert => Assert.True(insert.Duplicate));
    }

    /// <param name="before">Inserts that may wait when the fire's first shard comes.</param>
    [Theory]
    [InlineData(0)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    public void Insert_LooksForTheFirstShard_AmongThoseJustBefore(int before)
    {
        Keep(new JobSave(Rows.Job(1)), new TaskInsert(Rows.Task(900)));
        TaskInsert[] others = [.. Enumerable.Range(1, before).Select(i => new TaskInsert(Rows.Task(i, scheduledMs: i)))];
        TaskInsert[] again = [new(Rows.Task(100)), new(Rows.Task(101) with { ShardIndex = 1 }), new(Rows.Task(102) with { ShardIndex = 2 })];
        TaskInsert[] next = [new(Rows.Task(200, scheduledMs: 99)), new(Rows.Task(201, scheduledMs: 99) with { ShardIndex = 1 })];

        Keep([.. others, .. again, .. next]);

        Assert.All(again, insert => Assert.True(insert.Duplicate));
        Assert.All([.. others, .. next], insert => Assert.False(insert.Duplicate));
    }
}
