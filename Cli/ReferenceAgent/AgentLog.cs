using Microsoft.Extensions.Logging;

namespace Qschedd.Cli.ReferenceAgent;

/// <summary>What the agent tells its operator.</summary>
internal static partial class AgentLog
{
    [LoggerMessage(LogLevel.Information, "listening on {Address}; {Commands} jobs, {Slots} slots")]
    public static partial void Listening(ILogger log, string address, int commands, int slots);

    [LoggerMessage(LogLevel.Information, "task {TaskId} of {Job}: started as process {Process}")]
    public static partial void Started(ILogger log, string taskId, string job, string process);

    [LoggerMessage(LogLevel.Warning, "task {TaskId} of {Job}: {Why}")]
    public static partial void NotStarted(ILogger log, string taskId, string job, string? why);

    [LoggerMessage(LogLevel.Information, "task {TaskId} of {Job}: ended, {How}")]
    public static partial void Ended(ILogger log, string taskId, string job, string how);

    [LoggerMessage(LogLevel.Warning, "task {TaskId}: a heartbeat did not reach the daemon ({Why}); the next one follows")]
    public static partial void HeartbeatLost(ILogger log, string taskId, string why);

    [LoggerMessage(LogLevel.Warning, "task {TaskId}: its end could not be reported to {Callback} ({Why}); trying again in {Pause}")]
    public static partial void ReportFailed(ILogger log, string taskId, Uri callback, string why, TimeSpan pause);

    [LoggerMessage(LogLevel.Error, "task {TaskId}: its end was never reported to {Callback} ({Why}); the daemon will take it as unknown")]
    public static partial void ReportGivenUp(ILogger log, string taskId, Uri callback, string why);

    [LoggerMessage(LogLevel.Critical, "task {TaskId}: a fault of the agent itself; the task is no longer watched")]
    public static partial void Fault(ILogger log, Exception error, string taskId);

    [LoggerMessage(LogLevel.Warning, "refused a request from {Remote}: it is not signed with this agent's token ({More} more since the last such line)")]
    public static partial void Unsigned(ILogger log, string remote, int more);

    [LoggerMessage(LogLevel.Information, "registered {Address} with {Server}")]
    public static partial void Registered(ILogger log, string address, Uri server);

    [LoggerMessage(LogLevel.Warning, "cannot register with {Server}: {Why}; trying again every {Pause}")]
    public static partial void NotRegistered(ILogger log, Uri server, string why, TimeSpan pause);

    [LoggerMessage(LogLevel.Information, "unregistered from {Server}")]
    public static partial void Unregistered(ILogger log, Uri server);

    [LoggerMessage(LogLevel.Information, "stopping: no more tasks are taken, those that run have {Bound} to end")]
    public static partial void Stopping(ILogger log, TimeSpan bound);

    [LoggerMessage(LogLevel.Information, "stopped")]
    public static partial void Stopped(ILogger log);
}
