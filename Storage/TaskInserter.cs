using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>
/// Inserts tasks, those that come one after another by one statement for <see cref="TasksAtOnce"/> of them: SQLite then opens the table
/// and its index once, and goes on at the table's end. The caller holds the transaction.
/// </summary>
internal sealed class TaskInserter(Database database, Slices slices) : IDisposable
{
    private const int TasksAtOnce = 16;

    private readonly Statement _insertOne = database.Prepare(TaskColumns.Insert(1));
    private readonly Statement _insertMany = database.Prepare(TaskColumns.Insert(TasksAtOnce));
    private readonly Statement _insertShard = database.Prepare(TaskColumns.InsertShard);
    private readonly Statement _isThere = database.Prepare("SELECT 1 FROM task WHERE seq = ?1");
    private readonly List<Waiting> _waiting = new(TasksAtOnce);

    /// <summary>It is inserted now or, at the latest, by <see cref="Flush"/>; only then it says whether it was there already.</summary>
    public void Insert(TaskInsert insert, TaskRow row)
    {
        // A shard but the first looks for that one.
        if (row.ShardIndex > 0)
            Flush();
        Slices.Slice slice = slices.For(row.ScheduledMs);
        // Before it is known to be inserted: the next one must not begin a slice at an earlier time than this one's.
        slice.Added(row.ScheduledMs);
        var waiting = new Waiting(insert, row, slice);
        if (row.ShardIndex > 0)
        {
            InsertOne(_insertShard, waiting);
            return;
        }
        _waiting.Add(waiting);
        if (_waiting.Count == TasksAtOnce)
            Flush();
    }

    /// <summary>Inserts what waits: before anything else is written, and before the transaction is kept.</summary>
    public void Flush()
    {
        if (_waiting.Count == TasksAtOnce)
            InsertAll();
        else
            foreach (Waiting waiting in _waiting)
                InsertOne(_insertOne, waiting);
        _waiting.Clear();
    }

    /// <summary>After a transaction that failed.</summary>
    public void Forget() => _waiting.Clear();

    public void Dispose()
    {
        _insertOne.Dispose();
        _insertMany.Dispose();
        _insertShard.Dispose();
        _isThere.Dispose();
    }

    private void InsertOne(Statement statement, Waiting waiting)
    {
        TaskColumns.BindInsert(statement, waiting.Row, waiting.Slice.Id);
        statement.Run();
        Tell(waiting, isInserted: database.Changes > 0);
    }

    private void InsertAll()
    {
        for (int i = 0; i < TasksAtOnce; i++)
            TaskColumns.BindInsert(_insertMany, _waiting[i].Row, _waiting[i].Slice.Id, i);
        _insertMany.Run();
        int inserted = database.Changes;
        foreach (Waiting waiting in _waiting)
            Tell(waiting, inserted == TasksAtOnce || (inserted > 0 && IsThere(waiting.Row)));
    }

    /// <summary>
    /// It was inserted now, for a number is used once. Only a batch that is written again although it was kept, and holds something new,
    /// comes here with what was there before: that it is on record is then all that anybody has to know.
    /// </summary>
    private bool IsThere(TaskRow row) => _isThere.Bind(1, row.Seq).Scalar() is not null;

    private static void Tell(Waiting waiting, bool isInserted)
    {
        waiting.Insert.Duplicate = !isInserted;
        if (!isInserted)
            waiting.Slice.NotAdded();
    }

    private readonly record struct Waiting(TaskInsert Insert, TaskRow Row, Slices.Slice Slice);
}
