using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Qschedd.Engine.Model;

namespace Qschedd.Storage;

/// <summary>
/// The file under the store: found, locked, created, checked. What looks like the loss of a database is refused, never
/// answered by an empty one: a file of no bytes, and a missing file whose -wal is there. A file that is simply missing is made.
/// </summary>
/// <remarks>
/// A new database is built beside its place and moved there whole, so a crash never leaves a half-made one and an empty file is
/// never ours. The move is durable with the first commit: on the first sync of a new -wal SQLite syncs the directory, too.
/// </remarks>
internal static class DatabaseFile
{
    /// <summary>Two names of one file are one database: links are followed to the end.</summary>
    public static string Resolve(string path)
    {
        string full = Path.GetFullPath(path);
        try
        {
            var file = new FileInfo(full);
            return file.LinkTarget is null ? full : file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? full;
        }
        catch (IOException failure)
        {
            throw new StoreOpenException($"{full} cannot be followed to a file: {failure.Message}", failure);
        }
    }

    /// <summary>Says what is wrong with the place, before anything is made there.</summary>
    public static void CheckPlace(string path)
    {
        if (Directory.Exists(path))
            throw new StoreOpenException($"{path} is a directory: server.database names a file");
        string? directory = Path.GetDirectoryName(path);
        if (!Directory.Exists(directory))
            throw new StoreOpenException(
                $"{path} cannot be made: there is no directory {directory}; create it, or correct server.database");
    }

    /// <summary>
    /// Whoever can write the database, or put a -wal file beside it, says what ran and what is on. What is not there yet is made by
    /// us; the directory is judged either way.
    /// </summary>
    public static void CheckTrust(string path, FileTrust trust, ILogger logger)
    {
        var warnings = new HashSet<string>();
        foreach (string suffix in (string[])["", "-wal", "-shm", ".lock", ".mark"])
        {
            FileVerdict verdict = trust.Judge(path + suffix);
            if (verdict.Fault is { } fault)
                throw new StoreOpenException(fault);
            if (verdict.Warning is { } warning && warnings.Add(warning))
                StoreLog.OpenToOthers(logger, warning);
        }
    }

    /// <summary>Opens the database, a new one if there is none, with the schema that this program knows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="wasHere">There was one before: its loss is told by whoever knows what it held.</param>
    /// <param name="logger">For operators.</param>
    /// <param name="indexFault">What an index says otherwise than its table; the tables are well. Null: nothing was found.</param>
    public static Database Open(string path, bool wasHere, ILogger logger, out string? indexFault)
    {
        try
        {
            if (!File.Exists(path))
                Create(path, wasHere, logger);
            CheckAccess(path);
            return OpenChecked(path, out indexFault);
        }
        catch (SqliteFailure failure)
        {
            throw new StoreOpenException(failure.Describe(path), failure);
        }
    }

    /// <summary>Opens or creates a file that only its owner may read, whatever the umask.</summary>
    public static SafeFileHandle OpenPrivate(string path)
    {
        try
        {
            bool isNew = !File.Exists(path);
            SafeFileHandle file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
            if (isNew && !OperatingSystem.IsWindows())
                File.SetUnixFileMode(file, OwnerOnly);
            return file;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreOpenException(
                $"{path} cannot be opened for writing by user {Environment.UserName}: {failure.Message}", failure);
        }
    }

    private static void Create(string path, bool wasHere, ILogger logger)
    {
        if (new FileInfo(path + "-wal") is { Exists: true, Length: > 0 })
            throw new StoreOpenException($"{path} is missing, but {path}-wal is there: the database was moved or deleted without it; "
                + "bring it back, or move the -wal file away to start with an empty one");
        string draft = path + ".new";
        foreach (string suffix in (string[])["", "-journal", "-wal", "-shm"])
            File.Delete(draft + suffix);
        OpenPrivate(draft).Dispose();
        using (Database database = Database.Open(draft))
        {
            // Whatever becomes of a draft, it is begun anew: so it is synced once, as a whole, and not at each step.
            database.Execute("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF");
            Schema.Upgrade(database, Schema.Steps);
            database.Execute("PRAGMA journal_mode = WAL"); // stands in the file; where there is no WAL, opening it says so
        }
        Sync(draft);
        File.Move(draft, path);
        if (!wasHere)
            StoreLog.Created(logger, path);
    }

    private static void Sync(string path)
    {
        using SafeFileHandle file = OpenPrivate(path);
        try
        {
            RandomAccess.FlushToDisk(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new StoreOpenException($"{path} cannot be written to the disk: {failure.Message}", failure);
        }
    }

    private static void CheckAccess(string path)
    {
        // SQLite would open a file that it may not write for reading only, and treat an empty one as new.
        using SafeFileHandle file = OpenPrivate(path);
        if (RandomAccess.GetLength(file) == 0)
            throw new StoreOpenException($"{path} is empty (0 bytes): its content was lost; "
                + "restore it from a backup, or delete it to start with an empty database");
    }

    private static Database OpenChecked(string path, out string? indexFault)
    {
        Database database = Database.Open(path);
        try
        {
            if (Schema.Refusal(database, Schema.Steps.Count) is { } refusal)
                throw new StoreOpenException($"{path} {refusal}");
            if (database.ScalarText("PRAGMA journal_mode = WAL") != "wal")
                throw new StoreOpenException($"{path}: this file system cannot share memory between processes, "
                    + "which SQLite's WAL mode needs: put the database on a local one");
            indexFault = CheckContent(database, path);
            Schema.Upgrade(database, Schema.Steps);
            Schema.KeepSum(database);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    // The check reads every page: of a large file only the tables that every start reads anyway. Deeper damage there shows when
    // its page is read, as a failed read or a commit refused. Returns what only an index says otherwise.
    private static string? CheckContent(Database database, string path)
    {
        if (new FileInfo(path).Length <= WholeCheckBytesMax)
        {
            string? found = Check(database, "integrity_check(1)");
            if (found is null)
                return null;
            Require(Check(database, "quick_check(1)"), path);
            return found;
        }
        foreach (string table in (string[])["meta", "slice", "worker_override", "registration"])
            Require(Check(database, $"quick_check('{table}')"), path);
        return null;
    }

    private static string? Check(Database database, string check) =>
        database.ScalarText("PRAGMA " + check) is not "ok" and var found ? found ?? "nothing can be read" : null;

    private static void Require(string? found, string path)
    {
        if (found is not null)
            throw new StoreOpenException(
                $"{path} is damaged ({found}): restore it from a backup, or recover it with 'sqlite3 {path} .recover'");
    }

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const long WholeCheckBytesMax = 16 * 1024 * 1024;
}
