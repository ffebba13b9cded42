using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Workers.Local;

/// <summary>One run of a command: what stands on its standard input and in its QSCHEDD_* variables. Times are epoch milliseconds.</summary>
internal sealed record LocalRun
{
    public required LocalCommand Command { get; init; }
    public required string TaskId { get; init; }
    public required string Job { get; init; }
    public required string App { get; init; }
    public int Attempt { get; init; } = 1;
    public required long ScheduledMs { get; init; }
    public required long FireMs { get; init; }
    public long? DeadlineMs { get; init; }
    /// <summary>JSON text, or null: none.</summary>
    public string? Parameter { get; init; }
    public int ShardIndex { get; init; }
    public int ShardTotal { get; init; } = 1;

    public static LocalRun Of(IRunRequest request, LocalCommand command) => new()
    {
        Command = command,
        TaskId = request.TaskId,
        Job = request.Job.Name,
        App = request.Job.App.Name,
        Attempt = request.Attempt,
        ScheduledMs = request.ScheduledMs,
        FireMs = request.FireMs,
        DeadlineMs = request.DeadlineMs,
        Parameter = request.Parameter,
        ShardIndex = request.ShardIndex,
        ShardTotal = request.ShardTotal,
    };
}
