using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Bench.Systems;

/// <summary>Another store, with somebody who looks at each batch when it is durable. On the writer's thread.</summary>
internal sealed class WatchedStore(IStore inner, Action<JournalBatch> durable) : IStore
{
    public StoreFigures Figures => inner.Figures;

    public string? Trouble => inner.Trouble;

    public StoreImage Load() => inner.Load();

    public void Commit(JournalBatch batch, Action<JournalBatch> completed) => inner.Commit(batch, done =>
    {
        durable(done);
        completed(done);
    });

    public void Trim(HistorySettings history, long nowMs) => inner.Trim(history, nowMs);

    public TaskRow? FindTask(string taskId) => inner.FindTask(taskId);

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query) => inner.ListTasks(query);

    public IReadOnlyList<AttemptRow> ListAttempts(long taskSeq) => inner.ListAttempts(taskSeq);

    public IReadOnlyList<AuditEntry> ListAudit(AuditQuery query) => inner.ListAudit(query);

    public void Dispose() => inner.Dispose();
}
