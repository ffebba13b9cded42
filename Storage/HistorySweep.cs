using System.Runtime.InteropServices;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using SQLitePCL;

namespace Qschedd.Storage;

/// <summary>
/// Trims history, a small step at a time. One sweep walks the unique index from the newest slice to the oldest and counts each
/// job's tasks on the way: what is seen beyond <c>keepPerJob</c>, or is too old, goes. A job's first task seen is its newest and stays.
/// </summary>
/// <remarks>
/// Tasks that are inserted while a sweep is under way are not counted by it: a few more stay until the next one.
/// Pages that become free are filled again; the file does not shrink.
/// </remarks>
/// <param name="database">The writer's.</param>
/// <param name="slices">Those that are there.</param>
/// <param name="onStuck">Told of a task that cannot be removed.</param>
internal sealed class HistorySweep(Database database, Slices slices, Action<long> onStuck) : IDisposable
{
    private readonly Statement _scan = database.Prepare(ScanSql);
    private readonly Statement _deleteTask = database.Prepare(
        "DELETE FROM task WHERE seq = ?1 AND state NOT IN (100, 200) AND coalesce(ended_ms, scheduled_ms) < ?2");
    private readonly Statement _deleteAudit = database.Prepare(DeleteAuditSql);
    private readonly List<Doomed> _doomed = [];
    private readonly Queue<int> _slicesLeft = new();
    private readonly Dictionary<int, int> _seenPerJob = [];
    private long _cutoffMs;
    private int _keepPerJob;
    private int _jobCursor = -1;
    private int _deleted;
    private bool _sliceIsRead;
    private bool _auditLeft;

    public bool IsUnderWay { get; private set; }

    /// <summary>Begins a sweep; one that is under way goes on with the new bounds.</summary>
    public void Begin(HistorySettings history, long nowMs)
    {
        _cutoffMs = nowMs - (long)history.KeepFor.TotalMilliseconds;
        _keepPerJob = Math.Max(1, history.KeepPerJob);
        _auditLeft = true;
        if (IsUnderWay)
            return;
        foreach (int id in slices.Ids())
            _slicesLeft.Enqueue(id);
        IsUnderWay = true;
    }

    /// <summary>Some milliseconds of work: part of a slice is read, or some hundred of its rows are deleted.</summary>
    public void Step()
    {
        if (_sliceIsRead)
            DeleteStep();
        else if (_slicesLeft.TryPeek(out int slice))
            Scan(slice);
        else if (_auditLeft)
            database.InTransactionDo(DeleteAudit);
        else
            Abandon();
    }

    /// <summary>Ends the sweep, done or not.</summary>
    public void Abandon()
    {
        IsUnderWay = false;
        _jobCursor = -1;
        _sliceIsRead = false;
        _doomed.Clear();
        _slicesLeft.Clear();
        _seenPerJob.Clear();
        _seenPerJob.TrimExcess();
    }

    public void Dispose()
    {
        _scan.Dispose();
        _deleteTask.Dispose();
        _deleteAudit.Dispose();
    }

    private void Scan(int slice)
    {
        bool isFirst = _jobCursor < 0;
        int rows = 0;
        try
        {
            _scan.Bind(1, slice).Bind(2, _jobCursor);
            // A step ends between two jobs, so that a job's tasks of one slice are counted once.
            while (_scan.Step() && !(rows >= RowsPerScan && _scan.Int(0) != _jobCursor))
            {
                rows++;
                _jobCursor = _scan.Int(0);
                Judge(_jobCursor, _scan.Long(1), _scan.Long(2));
            }
        }
        finally
        {
            _scan.Reset();
        }
        if (rows < RowsPerScan)
            Finish(slice, isEmpty: isFirst && rows == 0);
    }

    private void Judge(int job, long scheduledMs, long seq)
    {
        ref int seen = ref CollectionsMarshal.GetValueRefOrAddDefault(_seenPerJob, job, out _);
        seen++;
        if (seen > _keepPerJob)
            _doomed.Add(new Doomed(seq, long.MaxValue));
        else if (seen > 1 && scheduledMs < _cutoffMs)
            _doomed.Add(new Doomed(seq, _cutoffMs));
    }

    private void Finish(int slice, bool isEmpty)
    {
        _jobCursor = -1;
        _slicesLeft.Dequeue();
        if (isEmpty)
            slices.Remove(slice);
        // In the order of the table, not of the jobs: a step then touches some 20 of its pages, and not one for each row.
        _doomed.Sort((one, other) => one.Seq.CompareTo(other.Seq));
        _deleted = 0;
        _sliceIsRead = _doomed.Count > 0;
    }

    private void DeleteStep()
    {
        int end = Math.Min(_deleted + RowsPerStep, _doomed.Count);
        try
        {
            Delete(_deleted, end);
        }
        catch (SqliteFailure failure) when (failure.Code == raw.SQLITE_CORRUPT)
        {
            DeleteEach(_deleted, end);
        }
        _deleted = end;
        if (end < _doomed.Count)
            return;
        _doomed.Clear();
        _sliceIsRead = false;
    }

    private void Delete(int first, int end) => database.InTransactionDo(() =>
    {
        for (int index = first; index < end; index++)
            _deleteTask.Bind(1, _doomed[index].Seq).Bind(2, _doomed[index].EndedBeforeMs).Run();
    });

    /// <summary>A damaged row is not where its index has it, and stays; the others go.</summary>
    private void DeleteEach(int first, int end)
    {
        for (int index = first; index < end; index++)
        {
            try
            {
                Delete(index, index + 1);
            }
            catch (SqliteFailure failure) when (failure.Code == raw.SQLITE_CORRUPT)
            {
                onStuck(_doomed[index].Seq);
            }
        }
    }

    private void DeleteAudit()
    {
        _deleteAudit.Bind(1, _cutoffMs).Bind(2, IStore.AuditRowsMax).Bind(3, RowsPerStep).Run();
        _auditLeft = database.Changes == RowsPerStep;
    }

    private readonly record struct Doomed(long Seq, long EndedBeforeMs);

    private const int RowsPerStep = 500;
    private const int RowsPerScan = 2000;

    // Audit rows stand in the order of time and are numbered without gaps: looking at the oldest is enough.
    private const string DeleteAuditSql = """
        DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT ?3)
            AND (at_ms < ?1 OR id <= (SELECT max(id) FROM audit) - ?2)
        """;

    internal const string ScanSql = """
        SELECT job_id, scheduled_ms, seq FROM task WHERE slice = ?1 AND job_id > ?2
        ORDER BY job_id, scheduled_ms DESC, trigger_key, shard_index
        """;
}
