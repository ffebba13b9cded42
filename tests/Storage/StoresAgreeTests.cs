using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Storage;

namespace Qschedd.Tests.Storage;

/// <summary>The same random history in both stores: every list, filter, page and sweep must come out alike.</summary>
public sealed class StoresAgreeTests : IDisposable
{
    private const int Jobs = 4;
    private readonly StoreFolder _folder = new();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Stores_Agree_OnARandomHistory(int seed)
    {
        var random = new Random(seed);
        using SqliteStore sqlite = _folder.Open(sliceRowsMax: random.Next(1, 12));
        using var memory = new MemoryStore();
        sqlite.Load();
        memory.Load();
        Commit([sqlite, memory], () => [.. Enumerable.Range(1, Jobs).Select(id => new JobSave(Rows.Job(id)))]);

        for (int round = 0; round < 30; round++)
        {
            List<TaskRow> rows = RandomRows(random, firstSeq: 1 + (round * 20));
            Commit([sqlite, memory], () => [.. rows.Select(row => new TaskInsert(row))]);
            if (random.Next(3) == 0)
                Trim(sqlite, memory, new HistorySettings(TimeSpan.FromMilliseconds(random.Next(1500)), random.Next(60)), nowMs: round * 50);
            for (int query = 0; query < 10; query++)
                CompareLists(sqlite, memory, RandomQuery(random, seqMax: (round + 1) * 20));
        }
    }

    public void Dispose() => _folder.Dispose();

    private static void CompareLists(SqliteStore sqlite, MemoryStore memory, TaskQuery query)
    {
        IReadOnlyList<TaskRow> expected = memory.ListTasks(query);
        IReadOnlyList<TaskRow> found = sqlite.ListTasks(query);
        Assert.True(expected.SequenceEqual(found), $"{query}: {Numbers(expected)} expected, {Numbers(found)} found");
    }

    private static string Numbers(IEnumerable<TaskRow> tasks) => string.Join(' ', tasks.Select(task => task.Seq));

    private static void Trim(SqliteStore sqlite, MemoryStore memory, HistorySettings history, long nowMs)
    {
        sqlite.Trim(history, nowMs);
        memory.Trim(history, nowMs);
        StoreFolder.AwaitTrim(sqlite);
    }

    private static void Commit(IStore[] stores, Func<Change[]> changes)
    {
        foreach (IStore store in stores)
        {
            var batch = new JournalBatch(changes());
            using var done = new ManualResetEventSlim();
            store.Commit(batch, _ => done.Set());
            Assert.True(done.Wait(TimeSpan.FromSeconds(30)));
            Assert.Null(batch.Error);
        }
    }

    // Times move on, with some far back and some repeated; a few fires come twice.
    private static List<TaskRow> RandomRows(Random random, long firstSeq) => [.. Enumerable.Range(0, 20).Select(offset =>
    {
        long scheduledMs = random.Next(6) == 0 ? random.Next(1500) : ((firstSeq + offset) * 5 / 2) + random.Next(4);
        TaskState state = random.Next(8) == 0 ? TaskState.Started : TaskState.Finished;
        return Rows.Task(firstSeq + offset, random.Next(Jobs) + 1, scheduledMs, state) with
        {
            TriggerKey = random.Next(2) == 0 ? 7 : -(firstSeq + offset),
            EndedMs = state == TaskState.Finished ? scheduledMs + random.Next(300) : null,
        };
    })];

    private static TaskQuery RandomQuery(Random random, int seqMax) => new(
        Rows.JobName(random.Next(Jobs) + 1),
        random.Next(2) == 0 ? null : [TaskState.Started],
        random.Next(2) == 0 ? null : random.Next(1500),
        random.Next(2) == 0 ? null : random.Next(1500),
        random.Next(2) == 0 ? null : Rows.TaskId(random.Next(1, seqMax)),
        random.Next(1, 30));
}
