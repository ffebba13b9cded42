using System.Collections.Concurrent;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Storage;

/// <summary>
/// Reads of history from any thread, on connections of their own: each sees what is committed when it begins, and neither waits
/// for the writer nor makes it wait. At most <see cref="ReadersMax"/> read at once; more wait their turn.
/// </summary>
internal sealed class HistoryReader(string path, DamageNotes notes) : IDisposable
{
    private readonly SemaphoreSlim _turns = new(ReadersMax);
    private readonly ConcurrentBag<HistorySession> _idle = [];

    public TaskRow? FindTask(string taskId) =>
        TaskId.TryGetSeq(taskId, out long seq) ? Read(session => session.FindTask(seq, taskId)) : null;

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query) => Read(session => session.ListTasks(query));

    public IReadOnlyList<AttemptRow> ListAttempts(long taskSeq) => Read(session => session.ListAttempts(taskSeq));

    public IReadOnlyList<AuditEntry> ListAudit(AuditQuery query) => Read(session => session.ListAudit(query));

    /// <summary>Waits for the reads under way; a read that comes later is refused.</summary>
    public void Dispose()
    {
        for (int taken = 0; taken < ReadersMax; taken++)
            _turns.Wait();
        while (_idle.TryTake(out HistorySession? session))
            session.Dispose();
        _turns.Dispose();
    }

    private T Read<T>(Func<HistorySession, T> read)
    {
        _turns.Wait();
        HistorySession? session = null;
        try
        {
            session = _idle.TryTake(out HistorySession? idle) ? idle : new HistorySession(path, notes);
            T result = read(session);
            _idle.Add(session);
            return result;
        }
        catch
        {
            // After a failure nobody knows what state the connection is in: the next read opens another.
            session?.Dispose();
            throw;
        }
        finally
        {
            _turns.Release();
        }
    }

    private const int ReadersMax = 4;
}
