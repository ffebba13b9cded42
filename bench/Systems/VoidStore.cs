using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Bench.Systems;

/// <summary>A store that keeps nothing and says so at once: what the engine itself costs.</summary>
internal sealed class VoidStore : IStore
{
    public StoreFigures Figures { get; } = new();

    public string? Trouble => null;

    public static StoreImage Empty => new()
    {
        NextTaskSeq = 1,
        BootCount = 1,
        WatermarkMs = null,
        Jobs = [],
        RunningTasks = [],
        WorkerOverrides = [],
        Registrations = [],
    };

    public StoreImage Load() => Empty;

    public void Commit(JournalBatch batch, Action<JournalBatch> completed) => completed(batch);

    public void Trim(HistorySettings history, long nowMs)
    {
        // There is none.
    }

    public TaskRow? FindTask(string taskId) => null;

    public IReadOnlyList<TaskRow> ListTasks(TaskQuery query) => [];

    public IReadOnlyList<AttemptRow> ListAttempts(long taskSeq) => [];

    public IReadOnlyList<AuditEntry> ListAudit(AuditQuery query) => [];

    public void Dispose()
    {
        // Nothing is held.
    }
}
