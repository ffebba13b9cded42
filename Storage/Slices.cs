namespace Qschedd.Storage;

/// <summary>
/// Which slice of the time line a scheduled time belongs to (<see cref="Schema"/> says why there are slices). The writer's own.
/// </summary>
/// <remarks>
/// Invariant: a new slice starts after every scheduled time that its predecessor holds, so an existing row never changes its
/// slice, and a second insert of a fire meets the first one in the unique index.
/// </remarks>
internal sealed class Slices(Database database, int rowsMax) : IDisposable
{
    /// <summary>
    /// One slice's part of the index is some 500 KB then, which a batch of scattered jobs rewrites at most once; larger slices
    /// cost more there, smaller ones more in each list of a job's tasks.
    /// </summary>
    public const int RowsMaxDefault = 16 * 1024;

    private readonly Statement _insert = database.Prepare("INSERT INTO slice(id, start_ms, sum) VALUES (?1, ?2, ?3)");
    private readonly Statement _delete = database.Prepare("DELETE FROM slice WHERE id = ?1");
    private readonly Statement _count = database.Prepare("SELECT count(*), max(scheduled_ms) FROM task WHERE slice = ?1");
    private List<Slice>? _byStart;

    /// <summary>The slice for a task that is about to be inserted, a new one when the present one is full.</summary>
    public Slice For(long scheduledMs)
    {
        List<Slice> slices = _byStart ??= Read();
        if (slices.Count == 0)
            Add(0, long.MinValue);
        int index = IndexOf(slices, scheduledMs);
        Slice slice = slices[index];
        if (!slice.IsCounted)
            Count(slice);
        return IsPast(slice, scheduledMs) ? Add(index + 1, scheduledMs) : slice;
    }

    /// <summary>Newest first.</summary>
    public IEnumerable<int> Ids() => Enumerable.Reverse(_byStart ??= Read()).Select(slice => slice.Id).ToArray();

    /// <summary>Lets go of a slice in which no task is left: what it covered goes to the one before.</summary>
    public void Remove(int id)
    {
        List<Slice> slices = _byStart ??= Read();
        int index = slices.FindIndex(slice => slice.Id == id);
        // Invariant: the first slice has no lower bound. The last one is being filled.
        if (index <= 0 || index == slices.Count - 1)
            return;
        _delete.Bind(1, id).Run();
        slices.RemoveAt(index);
    }

    /// <summary>After a transaction that was rolled back what is known here may be wrong: it is read again when needed.</summary>
    public void Forget() => _byStart = null;

    public void Dispose()
    {
        _insert.Dispose();
        _delete.Dispose();
        _count.Dispose();
    }

    private List<Slice> Read()
    {
        var slices = new List<Slice>();
        using Statement statement = database.Prepare("SELECT id, start_ms FROM slice ORDER BY start_ms");
        while (statement.Step())
            slices.Add(new Slice(statement.Int(0), statement.Long(1)));
        return slices;
    }

    // After a gap too: were the clock to run years ahead for a moment, the slice would else never be past, and grow on.
    private bool IsPast(Slice slice, long scheduledMs) =>
        slice.Rows > 0 && scheduledMs > slice.LastMs && (slice.Rows >= rowsMax || scheduledMs - slice.LastMs > GapMs);

    // Almost always the last: fires are recorded as they fall due.
    private static int IndexOf(List<Slice> slices, long scheduledMs)
    {
        int index = slices.Count - 1;
        while (slices[index].StartMs > scheduledMs)
            index--;
        return index;
    }

    private Slice Add(int index, long startMs)
    {
        var slice = new Slice(_byStart!.Count == 0 ? 1 : _byStart.Max(other => other.Id) + 1, startMs);
        slice.Set(0, null);
        _insert.Bind(1, slice.Id).Bind(2, startMs).BindSum(3).Run();
        _byStart.Insert(index, slice);
        return slice;
    }

    private void Count(Slice slice)
    {
        _count.Bind(1, slice.Id).Step();
        slice.Set(_count.Int(0), _count.LongOrNull(1));
        _count.Reset();
    }

    private const long GapMs = 86_400_000;

    internal sealed class Slice(int id, long startMs)
    {
        public int Id { get; } = id;
        public long StartMs { get; } = startMs;
        public bool IsCounted { get; private set; }
        /// <summary>Tasks in it when it was counted, and those inserted since or about to be.</summary>
        public int Rows { get; private set; }
        /// <summary>The latest scheduled time in it.</summary>
        public long LastMs { get; private set; }

        public void Set(int rows, long? lastMs) => (IsCounted, Rows, LastMs) = (true, rows, lastMs ?? long.MinValue);

        public void Added(long scheduledMs) => (Rows, LastMs) = (Rows + 1, Math.Max(LastMs, scheduledMs));

        /// <summary>Its fire was there already, at that time.</summary>
        public void NotAdded() => Rows--;
    }
}
