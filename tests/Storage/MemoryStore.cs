using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Storage;

/// <summary>
/// The store's second implementation, for tests: it keeps what it is told in memory and completes each batch before
/// <see cref="Commit"/> returns. <see cref="Reopen"/> is what a restart is to a file.
/// </summary>
internal sealed class MemoryStore : IStore
{
    private readonly object _gate = new();
    private MemoryImage _kept = new();
    private bool _disposed;

    /// <summary>Set: commits fail with it, until it is null again.</summary>
    public Exception? Failure { get; set; }

    public StoreFigures Figures { get; } = new();

    public string? Trouble { get; private set; }

    /// <summary>Another store with what this one has kept.</summary>
    public MemoryStore Reopen() => new() { _kept = _kept };

    public StoreImage Load()
    {
        lock (_gate)
        {
            _kept.BootCount++;
            return new StoreImage
            {
                NextTaskSeq = _kept.TaskSeqMax + 1,
                BootCount = _kept.BootCount,
                WatermarkMs = _kept.WatermarkMs,
                Jobs = [.. _kept.Jobs.Values],
                RunningTasks = [.. _kept.Tasks.Values.Where(task => task.State.IsRunning())],
                WorkerOverrides = [.. _kept.Overrides.Values],
                Registrations = [.. _kept.Registrations.Values],
            };
        }
    }

    public void Commit(JournalBatch batch, Action<JournalBatch> completed)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        batch.Error = Apply(batch);
        completed(batch);
    }

    public void Trim(HistorySettings history, long nowMs)
    {
        lock (_gate)
            _kept.Trim(history.KeepPerJob, nowMs - (long)history.KeepFor.TotalMilliseconds);
    }

    public TaskRow? FindTask(string taskId)
    {
        lock (_gate)
            return _kept.Tasks.Values.FirstOrDefault(task => task.Id == taskId);
    }

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query)
    {
        lock (_gate)
        {
            IEnumerable<TaskRow> tasks = _kept.NewestFirst().Where(task => task.Job == query.Job);
            if (query.AfterId is { } after)
                tasks = tasks.SkipWhile(task => task.Id != after).Skip(1);
            return [.. tasks.Where(task => Matches(task, query)).Take(query.Limit)];
        }
    }

    public IReadOnlyList<AttemptRow> ListAttempts(long taskSeq)
    {
        lock (_gate)
            return [.. _kept.Attempts.Values.Where(attempt => attempt.TaskSeq == taskSeq).OrderBy(attempt => attempt.Attempt)];
    }

    public IReadOnlyList<AuditEntry> ListAudit(AuditQuery query)
    {
        lock (_gate)
            return
            [
                .. _kept.Audit.Reverse().Where(e => e.Id < (query.AfterId ?? long.MaxValue) && e.Row.Target == (query.Target ?? e.Row.Target)).Take(query.Limit),
            ];
    }

    public void Dispose() => _disposed = true;

    private static bool Matches(TaskRow task, TaskQuery query) =>
        (query.States?.Contains(task.State) ?? true)
        && task.ScheduledMs >= (query.FromMs ?? long.MinValue)
        && task.ScheduledMs < (query.ToMs ?? long.MaxValue);

    private Exception? Apply(JournalBatch batch)
    {
        lock (_gate)
        {
            Exception? error = Failure;
            MemoryImage next = _kept.Copy();
            try
            {
                if (error is null)
                    next.Apply(batch.Changes);
            }
            catch (InvalidOperationException broken)
            {
                error = broken;
            }
            if (error is null)
                _kept = next;
            Trouble = error?.Message;
            return error;
        }
    }
}
