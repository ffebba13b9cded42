using System.CommandLine;

namespace Qschedd.Cli.Client;

/// <summary>The verbs that ask a running daemon over its HTTP interface.</summary>
internal static class ClientCommands
{
    public static Command[] All() =>
    [
        JobsCommand.Create(),
        JobCommand.Create(),
        SwitchCommand.Create(enabled: true),
        SwitchCommand.Create(enabled: false),
        TriggerCommand.Create(),
        TasksCommand.Create(),
        KillCommand.Create(),
        LogCommand.Create(),
        WorkersCommand.Create(),
        WorkerStateCommand.Create(online: true),
        WorkerStateCommand.Create(online: false),
        RunningCommand.Create(),
        DrainCommand.Create(),
        AuditCommand.Create(),
    ];

    /// <summary>A job, in the verbs that are about one.</summary>
    public static Argument<string> JobArgument() => new("NAME") { Description = "the job" };

    public static Argument<string> TaskArgument() => new("TASKID") { Description = "the task, as trigger and tasks print it" };
}
