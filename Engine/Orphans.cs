using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>Stands in for what the YAML no longer says of a job, while a task of it still runs.</summary>
internal static class Orphans
{
    public static App AppOf(string name) => new()
    {
        Name = name,
        Id = 0,
        Token = new Secret(Guid.NewGuid().ToString()), // no caller has it: the app is gone
        Workers = [],
        WorkerPath = "/qschedule/run",
        Protocol = WorkerProtocol.Qschedule,
    };

    public static Job JobOf(App app, TaskRow row) => new()
    {
        App = app,
        Name = row.Job,
        Triggers = [],
        Type = row.Worker == "local" ? JobType.Local : JobType.Remote,
        Recover = RecoverPolicy.Discard,
        LoadBalance = LoadBalance.First,
        Overlap = OverlapPolicy.Allow,
        Timeout = TimeSpan.Zero,
        KillAfter = TimeSpan.Zero,
        Retry = RetryPolicy.None,
        ConsecutiveFailTimesAlertThreshold = 1,
        State = false,
        Workers = [],
        DefinitionHash = 0,
    };
}
