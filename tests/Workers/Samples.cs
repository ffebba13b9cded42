using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Workers;

/// <summary>An app, a job and a request, as the engine would make them.</summary>
internal static class Samples
{
    public const string Token = "tøken-of-demo";

    public static readonly App App = new()
    {
        Name = "qschedule.demo",
        Id = 163,
        Token = new Secret(Token),
        Workers = [],
        WorkerPath = "/qschedule/run",
        Protocol = WorkerProtocol.Qschedule,
    };

    public static Job Job(LocalCommand? command = null) => new()
    {
        App = App,
        Name = "qschedule.demo.job1",
        Triggers = [],
        Type = command is null ? JobType.Remote : JobType.Local,
        Command = command,
        Recover = RecoverPolicy.Discard,
        LoadBalance = LoadBalance.Random,
        Overlap = OverlapPolicy.Skip,
        Timeout = TimeSpan.Zero,
        KillAfter = TimeSpan.Zero,
        Retry = RetryPolicy.None,
        ConsecutiveFailTimesAlertThreshold = 1,
        State = true,
        Workers = [],
        DefinitionHash = 1,
    };

    public static RunRequest Request(string worker, TimeSpan? answerTimeout = null) => new()
    {
        TaskId = "150212.093000.192.168.0.1.4711.42",
        Job = Job(),
        Worker = worker,
        Attempt = 2,
        ScheduledMs = 1423704600000,
        FireMs = 1423704600007,
        DeadlineMs = 1423711800000,
        Parameter = """{"city":"北京","n":[1,2.50]}""",
        ShardIndex = 1,
        ShardTotal = 4,
        AnswerTimeout = answerTimeout ?? TimeSpan.FromSeconds(20),
        Callback = "http://10.0.0.5:8080/api/tasks/state.do",
    };

    public static RunRequest Local(LocalCommand command, string? parameter = null) => Request("local") with
    {
        Job = Job(command),
        Parameter = parameter,
    };

    public static LocalCommand Shell(string line) => new(["sh", "-c", line], [], null);

    public static LocalCommand Command(params ImmutableArray<string> arguments) => new(arguments, [], null);
}
