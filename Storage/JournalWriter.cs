using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>
/// The thread that writes: all batches that wait go into one transaction and are completed after its commit; in between, when
/// none waits, the -wal file is copied into the database and old history is trimmed.
/// </summary>
/// <remarks>
/// Owner: the connection and everything prepared on it are this thread's from <see cref="Start"/> to the end of
/// <see cref="Dispose"/>. Under the gate is only the queue, never I/O.
/// A transaction that fails is rolled back and fails all its batches; nothing is tried again here, and the next batches are
/// tried as if nothing had been.
/// </remarks>
internal sealed class JournalWriter : IDisposable
{
    private readonly Database _database;
    private readonly string _path;
    private readonly ILogger _logger;
    private readonly Slices _slices;
    private readonly ChangeWriter _changes;
    private readonly HistorySweep _sweep;
    private readonly Thread _thread;
    private readonly object _gate = new();
    private List<Pending> _waiting = new(IStore.BatchesMax);
    private (HistorySettings History, long NowMs)? _trim;
    private int _underWay;
    private bool _started;
    private bool _stopping;
    private bool _isTrimming;
    private int _walPages;
    private volatile string? _trouble;
    private volatile Action? _cacheDropped;
    private Mark _mark;
    private MarkFile? _marks;

    public JournalWriter(Database database, string path, ILogger logger, int sliceRowsMax)
    {
        _database = database;
        _path = path;
        _logger = logger;
        _slices = new Slices(database, sliceRowsMax);
        _changes = new ChangeWriter(database, _slices);
        _sweep = new HistorySweep(database, _slices, seq => StoreLog.NotTrimmed(logger, path, seq));
        _thread = new Thread(Run) { IsBackground = true, Name = "store writer" };
        // Inside a commit a checkpoint would delay the completion of what is durable already; see CheckpointWhenDue.
        // A commit in which a page of an index was split looks through the whole cache (SQLite 3.40), so it is 4 MB. But a transaction
        // that has no room writes its pages to the -wal file several times: with 2 MB, saving 10,000 of 100,000 jobs wrote three times as
        // much. So what is not yet written may take 16 MB, as needed: 4,000 pages (a multiple of 256 would be read as "off").
        database.Execute("PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -4000; PRAGMA cache_spill = 4000");
    }

    public StoreFigures Figures { get; } = new();

    public string? Trouble => _trouble;

    /// <summary>History is being trimmed, or waits to be.</summary>
    public bool IsTrimming
    {
        get
        {
            lock (_gate)
                return _isTrimming;
        }
    }

    /// <param name="mark">What the database holds.</param>
    /// <param name="marks">Told of each commit.</param>
    public void Start(Mark mark, MarkFile? marks)
    {
        (_mark, _marks) = (mark, marks);
        lock (_gate)
            _started = true;
        _thread.Start();
    }

    public void Commit(JournalBatch batch, Action<JournalBatch> completed)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            if (!_started)
                throw new InvalidOperationException("commit before Load");
            if (_underWay == IStore.BatchesMax)
                throw new InvalidOperationException($"more than {IStore.BatchesMax} batches under way");
            _underWay++;
            _waiting.Add(new Pending(batch, completed));
            Monitor.Pulse(_gate);
        }
    }

    public void Trim(HistorySettings history, long nowMs)
    {
        lock (_gate)
        {
            _trim = (history, nowMs);
            _isTrimming = true;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Gives back what the cache has grown to, when nothing waits to be written.</summary>
    /// <param name="dropped">Called by the writing thread.</param>
    public void DropCache(Action dropped)
    {
        lock (_gate)
        {
            _cacheDropped = dropped;
            Monitor.Pulse(_gate);
        }
    }

    /// <summary>Writes what waits, leaves trimming where it is, and ends the thread. The connection stays open.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _stopping = true;
            Monitor.Pulse(_gate);
        }
        if (_started)
        {
            _thread.Join();
            _marks?.Write(_mark, sync: true);
        }
        _sweep.Dispose();
        _changes.Dispose();
        _slices.Dispose();
    }

    private void Run()
    {
        while (TakeWork() is { } batches)
        {
            if (batches.Count > 0)
                Commit(batches);
            else if (_cacheDropped is { } dropped)
                DropCacheNow(dropped);
            else
                SweepStep();
            CheckpointWhenDue();
        }
    }

    /// <summary>Waits for work: batches, or none when it is time for a step of trimming. Null: the end.</summary>
    private List<Pending>? TakeWork()
    {
        lock (_gate)
        {
            while (_waiting.Count == 0 && !_stopping && !_isTrimming && _cacheDropped is null)
                Monitor.Wait(_gate);
            if (_waiting.Count == 0 && _stopping)
                return null;
            List<Pending> taken = _waiting;
            _waiting = new List<Pending>(IStore.BatchesMax);
            return taken;
        }
    }

    private void DropCacheNow(Action dropped)
    {
        _cacheDropped = null;
        _database.DropCache();
        dropped();
    }

    private void Commit(List<Pending> batches)
    {
        long begun = TimeProvider.System.GetTimestamp();
        Exception? error = TryWrite(batches);
        if (error is null)
            Figures.OnCommitted(batches.Sum(pending => pending.Batch.Changes.Count), TimeProvider.System.GetElapsedTime(begun));
        else
            Figures.OnFailed();
        ReportTrouble(error);
        foreach (Pending pending in batches)
            Complete(pending, error);
    }

    // The loop's edge for writing: whatever a batch brings about fails the batches and never the thread.
    private Exception? TryWrite(List<Pending> batches)
    {
        try
        {
            // A rollback may have failed with the disk that made it necessary.
            _database.Rollback();
            Mark after = _mark;
            _database.InTransactionDo(() => after = _changes.Write(_mark, batches.SelectMany(pending => pending.Batch.Changes)));
            NoteKept(after);
            if (_changes.TakeUpdatesLost() is > 0 and var lost)
                StoreLog.UpdatesLost(_logger, lost);
            return null;
        }
        catch (Exception failure)
        {
            _slices.Forget();
            return failure;
        }
    }

    private void NoteKept(Mark mark)
    {
        if (mark != _mark)
            _marks?.Write(mark);
        _mark = mark;
    }

    private void ReportTrouble(Exception? error)
    {
        string? trouble = error is null ? null : Describe(error);
        if (trouble == _trouble)
            return;
        _trouble = trouble;
        if (trouble is null)
            StoreLog.Recovered(_logger, _path);
        else
            StoreLog.CommitFailed(_logger, trouble, error!);
    }

    private string Describe(Exception failure) => failure is SqliteFailure known ? known.Describe(_path) : $"{_path}: {failure.Message}";

    private void Complete(Pending pending, Exception? error)
    {
        // Freed first: the callee may bring the next batch at once.
        lock (_gate)
            _underWay--;
        pending.Batch.Error = error;
        pending.Batch.IsAtFault = error is not null and not SqliteFailure { IsOfTheHost: true };
        try
        {
            pending.Completed(pending.Batch);
        }
        catch (Exception failure)
        {
            StoreLog.CompletionFailed(_logger, failure);
        }
    }

    // The other edge of the loop. A sweep that failed begins again with the next call of Trim.
    private void SweepStep()
    {
        try
        {
            if (TakeTrim() is var (history, nowMs))
                _sweep.Begin(history, nowMs);
            _sweep.Step();
        }
        catch (Exception failure)
        {
            _sweep.Abandon();
            _slices.Forget();
            StoreLog.TrimFailed(_logger, Describe(failure), failure);
        }
        lock (_gate)
            _isTrimming = _sweep.IsUnderWay || _trim is not null;
    }

    private (HistorySettings, long)? TakeTrim()
    {
        lock (_gate)
        {
            (HistorySettings, long)? taken = _trim;
            _trim = null;
            return taken;
        }
    }

    private void CheckpointWhenDue()
    {
        _walPages += _database.TakePagesWritten();
        if (_walPages < CheckpointPages || (HasWaiting() && _walPages < CheckpointPagesMax))
            return;
        try
        {
            _walPages = _database.Checkpoint(truncate: false);
        }
        catch (SqliteFailure failure)
        {
            // Nothing is lost by it: all of it stands in the -wal file, which grows until a later checkpoint succeeds.
            _walPages = 0;
            StoreLog.CheckpointFailed(_logger, failure.Describe(_path), failure);
        }
    }

    private bool HasWaiting()
    {
        lock (_gate)
            return _waiting.Count > 0;
    }

    private sealed record Pending(JournalBatch Batch, Action<JournalBatch> Completed);

    /// <summary>4 MB: SQLite's own default.</summary>
    private const int CheckpointPages = 1000;

    /// <summary>64 MB: from here on batches wait for the copying, lest the -wal file grow without a bound.</summary>
    private const int CheckpointPagesMax = 16_000;
}
