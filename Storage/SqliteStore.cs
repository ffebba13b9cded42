using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>
/// The store in one SQLite file (with its -wal and -shm beside it): one connection writes, on a thread of its own; a few read.
/// </summary>
/// <remarks>
/// Durability: WAL with <c>synchronous = FULL</c>, so a commit that is reported survives kill -9 and the loss of power.
/// </remarks>
internal sealed class SqliteStore : IStore
{
    private readonly string _path;
    private readonly ILogger _logger;
    private readonly DatabaseLock _lock;
    private readonly MarkFile _marks;
    private readonly Database _database;
    private readonly JournalWriter _writer;
    private readonly HistoryReader _reader;
    private readonly StartCheck _check;
    private FileWatch? _files;
    private bool _loaded;
    private bool _disposed;

    private SqliteStore(string path, ILogger logger, DatabaseLock held, MarkFile marks, Database database, Func<StoreFigures, StartCheck> check, int sliceRowsMax)
    {
        _path = path;
        _logger = logger;
        _lock = held;
        _marks = marks;
        _database = database;
        _writer = new JournalWriter(database, path, logger, sliceRowsMax);
        _reader = new HistoryReader(path, new DamageNotes(path, logger, _writer.Figures));
        _check = check(_writer.Figures);
    }

    /// <param name="path">The file; one that is missing is made.</param>
    /// <param name="logger">For operators.</param>
    /// <param name="sliceRowsMax">Tasks in a slice.</param>
    /// <param name="forgetDamaged">Goes on without rows that do not say what was written; else they are a reason to refuse.</param>
    /// <exception cref="StoreOpenException">Why it cannot be used, in an operator's words.</exception>
    public static SqliteStore Open(string path, ILogger logger, int sliceRowsMax = Slices.RowsMaxDefault, bool forgetDamaged = false)
    {
        path = DatabaseFile.Resolve(path);
        DatabaseFile.CheckPlace(path);
        DatabaseFile.CheckTrust(path, FileTrust.OfProcess(), logger);
        DatabaseLock held = DatabaseLock.Acquire(path);
        MarkFile? marks = null;
        Database? database = null;
        try
        {
            marks = MarkFile.Open(path, TimeProvider.System, logger);
            database = DatabaseFile.Open(path, Math.Max(held.LastBootCount, marks.Known.Start) > 0, logger, out string? indexFault);
            return new SqliteStore(path, logger, held, marks, database, Check, sliceRowsMax);

            StartCheck Check(StoreFigures figures) => new(database, path, indexFault, figures, logger) { ForgetsDamaged = forgetDamaged };
        }
        catch (Exception fault)
        {
            database?.Dispose();
            marks?.Dispose();
            held.Dispose();
            if (fault is SqliteFailure failure)
                throw NoSuchTables(path, failure);
            throw;
        }
    }

    /// <summary>What an operator should know of this start: records that were there are not any more. Null: all is there.</summary>
    public string? Loss { get; private set; }
    public StoreFigures Figures => _writer.Figures;

    public string? Trouble => _writer.Trouble ?? _files?.Trouble;

    /// <summary>History is being trimmed, or waits to be.</summary>
    public bool IsTrimming => _writer.IsTrimming;

    /// <exception cref="StoreOpenException">The file is damaged, or cannot be written.</exception>
    public StoreImage Load()
    {
        if (_loaded)
            throw new InvalidOperationException("loaded already");
        // The lock's file counts starts, too: a second witness, should the mark be gone.
        Mark known = _marks.Known with { Start = Math.Max(_marks.Known.Start, _lock.LastBootCount) };
        (StoreImage image, Mark found, Mark now) = ReadImage(known);
        _loaded = true;
        StoreLog.Opened(_logger, _path, image.BootCount, image.Jobs.Count, image.RunningTasks.Count, Database.Version);
        TellLoss(found, known);
        _marks.Write(now, sync: true);
        _lock.WriteNote(image.BootCount);
        _files = new FileWatch(_path, _logger);
        _files.Start();
        _writer.Start(now, _marks);
        return image;
    }

    public void Commit(JournalBatch batch, Action<JournalBatch> completed) => _writer.Commit(batch, completed);

    public void Trim(HistorySettings history, long nowMs) => _writer.Trim(history, nowMs);

    /// <summary>A first start has filled the writer's cache with rows that nobody asks for again soon.</summary>
    public void DropCache(Action dropped) => _writer.DropCache(dropped);

    public TaskRow? FindTask(string taskId) => _reader.FindTask(taskId);

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query) => _reader.ListTasks(query);

    public IReadOnlyList<AttemptRow> ListAttempts(long taskSeq) => _reader.ListAttempts(taskSeq);

    public IReadOnlyList<AuditEntry> ListAudit(AuditQuery query) => _reader.ListAudit(query);

    /// <summary>Writes what waits, empties the -wal file into the database, closes it and lets go of the lock, in this order.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        _files?.Dispose();
        _writer.Dispose();
        _reader.Dispose();
        try
        {
            _database.Checkpoint(truncate: true);
        }
        catch (SqliteFailure failure)
        {
            // All of it stands in the -wal file, and the next start finds it there.
            StoreLog.CheckpointFailed(_logger, failure.Describe(_path), failure);
        }
        _database.Dispose();
        _marks.Dispose();
        _lock.Dispose();
    }

    /// <summary>The file opens, and its pages are well, but the statements do not fit its tables.</summary>
    private static StoreOpenException NoSuchTables(string path, SqliteFailure failure) =>
        new($"{path} is damaged: its tables are not those of its version ({failure.Message}); restore it from a backup", failure);

    private void TellLoss(Mark found, Mark known)
    {
        if (_marks.Fault is { } fault && found.Start > 0)
            StoreLog.NoMark(_logger, _path, fault);
        Loss = Mark.Judge(found, known) switch
        {
            Standing.Emptied =>
                $"database {_path} was here before (start {known.Start}) and is gone or empty: going on without what it held; "
                + "history, overrides and what is on or off by the API are lost, and missed fires are not made up for",
            Standing.WentBack =>
                $"database {_path} is older than when it was last used (start {found.Start}, was {known.Start}; "
                + $"{Math.Max(1, known.Commits - found.Commits)} or more commits are missing): restored from a backup, or its -wal file was "
                + "lost or cut; tasks since then are not on record; their fires are not repeated",
            Standing.Differs =>
                $"database {_path} is not as it was left: its counters are damaged, and other records may be; "
                + "compare it with a backup, or let 'sqlite3 FILE \"PRAGMA integrity_check\"' look at it",
            _ => null,
        };
        if (Loss is not null)
            StoreLog.WentBack(_logger, Loss);
    }

    private (StoreImage, Mark Found, Mark Now) ReadImage(Mark known)
    {
        try
        {
            _check.Run();
            return ImageReader.Load(_database, known);
        }
        catch (SqliteFailure failure)
        {
            throw new StoreOpenException(failure.Describe(_path), failure);
        }
    }
}
