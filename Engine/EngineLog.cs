using Microsoft.Extensions.Logging;

namespace Qschedd.Engine;

/// <summary>What the engine says to an operator: which task or job, what happened, what follows.</summary>
internal static partial class EngineLog
{
    [LoggerMessage("task {TaskId} of {Job} ended: state {State} on {Worker} after {DurationMs} ms: {Message}")]
    public static partial void Ended(
        ILogger logger, LogLevel level, string taskId, string job, int state, string worker, long durationMs, string message);

    [LoggerMessage("task {TaskId} of {Job} did not run ({Reason}): state {State} on {Worker} after {DurationMs} ms: {Message}")]
    public static partial void DidNotRun(
        ILogger logger, LogLevel level, string taskId, string job, string reason, int state, string worker, long durationMs, string message);

    [LoggerMessage(LogLevel.Warning, "a start of {Job} asked for by {Actor} is refused ({Reason}): {Message}")]
    public static partial void StartRefused(ILogger logger, string job, string actor, string reason, string message);

    [LoggerMessage(LogLevel.Warning, "task {TaskId} of {Job}: attempt {Attempt} ended in state {State} ({Message}); the next follows in {PauseSeconds} s")]
    public static partial void Retrying(ILogger logger, string taskId, string job, int attempt, int state, string? message, double pauseSeconds);

    [LoggerMessage(LogLevel.Warning, "a fire of {Job} scheduled for {ScheduledMs} is not run ({Reason}): {Message}")]
    public static partial void NotRecorded(ILogger logger, string job, long scheduledMs, string reason, string message);

    [LoggerMessage(LogLevel.Warning, "task {TaskId} of {Job}: {Worker} did not take it ({Reason}); trying {Next}")]
    public static partial void NextWorker(ILogger logger, string taskId, string job, string worker, string? reason, string next);

    [LoggerMessage(LogLevel.Warning, "task {TaskId} of {Job} has run for longer than its timeout of {TimeoutSeconds} s on {Worker}; it goes on")]
    public static partial void TimeoutPassed(ILogger logger, string taskId, string job, double timeoutSeconds, string worker);

    [LoggerMessage(LogLevel.Warning, "{Job}: {Count} fires missed by more than the misfire threshold, the latest scheduled for {LatestMs}; recover {Recover}: {Outcome}")]
    public static partial void Misfired(ILogger logger, string job, string count, long latestMs, string recover, string outcome);

    [LoggerMessage(LogLevel.Warning, "the wall clock went back by {StepSeconds} s; jobs fire again when it has caught up, nothing fires twice")]
    public static partial void ClockWentBack(ILogger logger, double stepSeconds);

    [LoggerMessage(LogLevel.Warning, "the wall clock went forward by {StepSeconds} s, or the host slept; fires that were missed by it fall under the misfire rule")]
    public static partial void ClockWentForward(ILogger logger, double stepSeconds);

    [LoggerMessage(LogLevel.Error, "the wall clock went back by {StepSeconds} s, more than a day: it was wrong before; all jobs are scheduled anew from now")]
    public static partial void ClockWasWrong(ILogger logger, double stepSeconds);

    [LoggerMessage(LogLevel.Error, "the store cannot keep changes ({Reason}); nothing new is sent until it can; trying again twice a second")]
    public static partial void StoreRefuses(ILogger logger, string reason);

    [LoggerMessage(LogLevel.Critical, "one change ({Kind}) breaks a rule of the store and is given up, so that the others are kept: please report this line with those before it")]
    public static partial void ChangeGivenUp(ILogger logger, string kind);

    [LoggerMessage(LogLevel.Information, "the store keeps changes again")]
    public static partial void StoreRecovered(ILogger logger);

    [LoggerMessage(LogLevel.Information, "{Count} tasks were running when the last process ended: {Kept} still run or are waited for, {Retried} are tried again, {Unknown} are in state -9999")]
    public static partial void Recovered(ILogger logger, int count, int kept, int retried, int unknown);

    [LoggerMessage(LogLevel.Warning, "task {TaskId} of {Job} is to be killed on {Worker}: {By}")]
    public static partial void Killing(ILogger logger, string taskId, string job, string worker, string by);

    [LoggerMessage(LogLevel.Information, "{Count} jobs, {Enabled} of them on; next fire: {Next}")]
    public static partial void Ready(ILogger logger, int count, int enabled, string next);

    [LoggerMessage(LogLevel.Critical, "a defect showed in the handling of {What}; the others go on, this one may need a restart: please report this line")]
    public static partial void LoopFault(ILogger logger, Exception fault, string what);

    [LoggerMessage(LogLevel.Information, "{Actor}: {Action} {Target} {Detail}")]
    public static partial void Commanded(ILogger logger, string actor, string action, string target, string? detail);

    [LoggerMessage(LogLevel.Information, "worker {Address} ({Hostname}) registered for app {App}")]
    public static partial void Registered(ILogger logger, string address, string hostname, string app);

    [LoggerMessage(LogLevel.Information, "worker {Address} of app {App} unregistered; it is not chosen until it registers again")]
    public static partial void Unregistered(ILogger logger, string address, string app);

    [LoggerMessage(LogLevel.Warning, "worker {Address} of app {App} has not registered for {SilenceSeconds} s; {Count} tasks that it had accepted are given up, or tried again where recover is 'retry'")]
    public static partial void WorkerLost(ILogger logger, string address, string app, double silenceSeconds, int count);

    [LoggerMessage(LogLevel.Information, "worker {Address} of app {App} is forgotten: it has been silent for too long")]
    public static partial void Forgotten(ILogger logger, string address, string app);

    [LoggerMessage(LogLevel.Warning, "worker {Address} may not register for app {App}: {CountMax} workers are registered, and none of them is lost")]
    public static partial void NoRoomToRegister(ILogger logger, string address, string app, int countMax);

    [LoggerMessage(LogLevel.Warning, "{Why}; they are late, and past the misfire threshold missed")]
    public static partial void FiresWait(ILogger logger, string why);

    [LoggerMessage(LogLevel.Information, "fires wait no longer")]
    public static partial void FiresGoOn(ILogger logger);
}
