using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Workers;

/// <summary>A request that no engine made.</summary>
internal sealed record RunRequest : IRunRequest
{
    public required string TaskId { get; init; }
    public long TaskSeq { get; init; }
    public required Job Job { get; init; }
    public int JobId { get; init; }
    public required string Worker { get; init; }
    public required int Attempt { get; init; }
    public int FirstAttempt { get; init; } = 1;
    public required long ScheduledMs { get; init; }
    public required long FireMs { get; init; }
    public long? DeadlineMs { get; init; }
    public string? Parameter { get; init; }
    public int ShardIndex { get; init; }
    public int ShardTotal { get; init; } = 1;
    public required TimeSpan AnswerTimeout { get; init; }
    public required string Callback { get; init; }
}
