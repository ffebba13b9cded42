using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>What of a task is kept and may change, at one point of its life.</summary>
internal readonly struct TaskProgress
{
    public required TaskState State { get; init; }
    public required int Attempt { get; init; }
    public required string? Worker { get; init; }
    public required bool Heartbeat { get; init; }
    /// <summary>As the task has it: <see cref="Instant.None"/> for none.</summary>
    public required long StartedMs { get; init; }
    public required long EndedMs { get; init; }
    public required long UpdatedMs { get; init; }
    public required TaskTexts? Texts { get; init; }

    public static TaskProgress AtStart(string? worker, long fireMs) => new()
    {
        State = TaskState.Starting,
        Attempt = 1,
        Worker = worker,
        Heartbeat = false,
        StartedMs = Instant.None,
        EndedMs = Instant.None,
        UpdatedMs = fireMs,
        Texts = null,
    };
}

/// <summary>Replaced as a whole.</summary>
internal sealed record TaskTexts(string? Process, string? Message, string? Output, string? KilledBy)
{
    public static readonly TaskTexts None = new(null, null, null, null);
}

/// <summary>A task that is to run, as it begins. The row is made where it is written: the loop has better to do.</summary>
internal sealed class RunStart : TaskInsert, IChangeOwner
{
    private readonly TaskLife _life;
    private readonly Action<TaskRun> _recorded;
    private readonly string? _worker;

    /// <param name="task">As it is created.</param>
    /// <param name="life">Its life's keeper.</param>
    /// <param name="recorded">What follows when it is durable.</param>
    public RunStart(TaskRun task, TaskLife life, Action<TaskRun> recorded)
        : base(task) => (_life, _recorded, _worker) = (life, recorded, task.Worker?.Address);

    private TaskRun Task => (TaskRun)Source;

    public OnRefusal OnRefusal => Task.IsManual ? OnRefusal.Drop : OnRefusal.Keep;

    public bool IsWanted => Task.Caller?.TryKeep() ?? true;

    public void OnCompleted(Change change, Exception? error) => _life.OnStartKept(Task, this, _recorded, error);

    protected override TaskRow Render() => Task.ToRow(TaskProgress.AtStart(_worker, Task.FireMs));
}

/// <summary>A task as it is now.</summary>
internal sealed class RunUpdate(TaskRun task) : TaskUpdate(task)
{
    private readonly TaskProgress _at = task.Progress();

    protected override TaskRow Render() => ((TaskRun)Source).ToRow(_at);
}

/// <summary>A task that has ended. Invariant: after <see cref="TaskLife.End"/> nothing changes of it that is kept.</summary>
internal sealed class RunEnd(TaskRun task) : TaskUpdate(task)
{
    protected override TaskRow Render() => ((TaskRun)Source).ToRow();
}
