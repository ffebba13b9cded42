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
    private readonly Database _database;
    private readonly JournalWriter _writer;
    private readonly HistoryReader _reader;
    private FileWatch? _files;
    private bool _loaded;
    private bool _disposed;

    private SqliteStore(string path, ILogger logger, DatabaseLock held, Database database, int sliceRowsMax)
    {
        _path = path;
        _logger = logger;
        _lock = held;
        _database = database;
        _writer = new JournalWriter(database, path, logger, sliceRowsMax);
        _reader = new HistoryReader(path);
    }

    /// <exception cref="StoreOpenException">Why it cannot be used, in an operator's words.</exception>
    public static SqliteStore Open(string path, ILogger logger, int sliceRowsMax = Slices.RowsMaxDefault)
    {
        path = DatabaseFile.Resolve(path);
        DatabaseFile.CheckPlace(path);
        DatabaseFile.CheckTrust(path, FileTrust.OfProcess(), logger);
        DatabaseLock held = DatabaseLock.Acquire(path);
        try
        {
            Database database = DatabaseFile.Open(path, held.LastBootCount, logger);
            return Over(path, logger, held, database, sliceRowsMax);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    public StoreFigures Figures => _writer.Figures;

    public string? Trouble => _writer.Trouble ?? _files?.Trouble;

    /// <summary>History is being trimmed, or waits to be.</summary>
    public bool IsTrimming => _writer.IsTrimming;

    /// <exception cref="StoreOpenException">The file is damaged, or cannot be written.</exception>
    public StoreImage Load()
    {
        if (_loaded)
            throw new InvalidOperationException("loaded already");
        StoreImage image = ReadImage();
        _loaded = true;
        StoreLog.Opened(_logger, _path, image.BootCount, image.Jobs.Count, image.RunningTasks.Count, Database.Version);
        if (image.BootCount > 1 && image.BootCount <= _lock.LastBootCount)
            StoreLog.Older(_logger, _path, image.BootCount - 1, _lock.LastBootCount);
        _lock.WriteNote(image.BootCount);
        _files = new FileWatch(_path, TimeProvider.System, _logger);
        _writer.Start();
        return image;
    }

    public void Commit(JournalBatch batch, Action<JournalBatch> completed) => _writer.Commit(batch, completed);

    public void Trim(HistorySettings history, long nowMs) => _writer.Trim(history, nowMs);

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
        _lock.Dispose();
    }

    private static SqliteStore Over(string path, ILogger logger, DatabaseLock held, Database database, int sliceRowsMax)
    {
        try
        {
            return new SqliteStore(path, logger, held, database, sliceRowsMax);
        }
        catch (SqliteFailure fault)
        {
            database.Dispose();
            throw new StoreOpenException($"database {path} does not have the tables of its schema version ({fault.Message}): restore it from a backup");
        }
    }

    private StoreImage ReadImage()
    {
        try
        {
            return ImageReader.Load(_database);
        }
        catch (SqliteFailure failure)
        {
            throw new StoreOpenException(failure.Describe(_path), failure);
        }
    }
}
