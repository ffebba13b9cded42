using Microsoft.Extensions.Logging;

namespace Qschedd.Storage;

internal static partial class StoreLog
{
    [LoggerMessage(
        LogLevel.Information,
        "database {Path} opened: start {BootCount}, {Jobs} jobs known, {Running} tasks left running, SQLite {Version}")]
    public static partial void Opened(ILogger logger, string path, long bootCount, int jobs, int running, string version);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    public static partial void OpenToOthers(ILogger logger, string warning);

    [LoggerMessage(LogLevel.Information, "database {Path} is new and empty")]
    public static partial void Created(ILogger logger, string path);

    [LoggerMessage(LogLevel.Critical, "{Loss}")]
    public static partial void WentBack(ILogger logger, string loss);

    [LoggerMessage(
        LogLevel.Warning,
        "{Path}.mark {Fault}: whether the database lost records since its last use cannot be told this time; it is written anew")]
    public static partial void NoMark(ILogger logger, string path, string fault);

    [LoggerMessage(LogLevel.Warning, "{Path} cannot be written ({Reason}): until it can, a later loss of records would not be noticed")]
    public static partial void MarkRefused(ILogger logger, string path, string reason);

    [LoggerMessage(LogLevel.Critical, "{Trouble}")]
    public static partial void FileGone(ILogger logger, string trouble);

    [LoggerMessage(LogLevel.Information, "database {Path} is back in its place; what was recorded meanwhile is in it")]
    public static partial void FileBack(ILogger logger, string path);

    [LoggerMessage(LogLevel.Error, "{Trouble}")]
    public static partial void CommitFailed(ILogger logger, string trouble, Exception exception);

    [LoggerMessage(LogLevel.Information, "database {Path} takes records again")]
    public static partial void Recovered(ILogger logger, string path);

    [LoggerMessage(
        LogLevel.Critical,
        "the engine failed to take note of a commit: what it decided on may not be carried out until a restart")]
    public static partial void CompletionFailed(ILogger logger, Exception exception);

    [LoggerMessage(LogLevel.Warning, "old history was not removed, later it will be: {Reason}")]
    public static partial void TrimFailed(ILogger logger, string reason, Exception exception);

    [LoggerMessage(
        LogLevel.Error,
        "{Path} is damaged: task {Seq} cannot be removed from history, because an index has it elsewhere; the others are. "
        + "'sqlite3 {Path} REINDEX' mends it, while qschedd is stopped")]
    public static partial void NotTrimmed(ILogger logger, string path, long seq);

    [LoggerMessage(LogLevel.Warning, "the -wal file was not copied into the database and grows until it is: {Reason}")]
    public static partial void CheckpointFailed(ILogger logger, string reason, Exception exception);

    [LoggerMessage(LogLevel.Warning, "{Count} updates were for tasks that are not on record, and changed nothing")]
    public static partial void UpdatesLost(ILogger logger, long count);

    [LoggerMessage(
        LogLevel.Error,
        "{Path} is damaged: {Row} does not say what was written (wrong checksum); it is shown with a note, a backup may have it right")]
    public static partial void DamagedHistory(ILogger logger, string path, DamagedRow row);

    [LoggerMessage(LogLevel.Critical, "{Path}: going on without the damaged record {Row}, as was asked for: {Effect}")]
    public static partial void Forgotten(ILogger logger, string path, DamagedRow row, string effect);

    [LoggerMessage(
        LogLevel.Critical,
        "{Path}: an index said otherwise than its table ({Found}); all were made anew from the tables, which is all that was needed")]
    public static partial void IndexesMended(ILogger logger, string path, string found);
}
