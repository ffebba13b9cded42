using SQLitePCL;

namespace Qschedd.Storage;

/// <summary>SQLite refused or failed. <see cref="Code"/> is the primary result code, the message SQLite's own.</summary>
internal sealed class SqliteFailure(int extendedCode, string message) : Exception($"{message} (SQLite {extendedCode})")
{
    public int Code { get; } = extendedCode & 0xff;

    /// <summary>The disk, the file or another program is the cause, not what was to be written: it may work later.</summary>
    public bool IsOfTheHost => Code is raw.SQLITE_FULL or raw.SQLITE_READONLY or raw.SQLITE_CANTOPEN or raw.SQLITE_BUSY or raw.SQLITE_LOCKED
        or raw.SQLITE_IOERR or raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB or raw.SQLITE_NOMEM or raw.SQLITE_PROTOCOL or raw.SQLITE_AUTH
        or raw.SQLITE_PERM;

    /// <summary>What it means for who runs the daemon: which file, what follows, what recovers it.</summary>
    public string Describe(string path) => Code switch
    {
        raw.SQLITE_FULL =>
            $"the disk that holds {path} is full: nothing can be recorded, so no task starts; free space there and it goes on by itself",
        raw.SQLITE_READONLY =>
            $"{path} cannot be written (read-only file or file system): no task starts until it can",
        raw.SQLITE_CANTOPEN =>
            $"{path} or its -wal file cannot be opened: is the file system mounted for writing, and who owns the directory?",
        raw.SQLITE_BUSY or raw.SQLITE_LOCKED =>
            $"another program holds a lock on {path}: no task starts until it lets go (an open sqlite3 shell?)",
        raw.SQLITE_IOERR =>
            $"reading or writing {path} failed: no task starts until it works again; the kernel's log may name the disk ({Message})",
        raw.SQLITE_CORRUPT =>
            $"{path} is damaged: stop qschedd, restore the file from a backup or run 'sqlite3 {path} .recover' ({Message})",
        raw.SQLITE_NOTADB =>
            $"{path} is not a SQLite database: correct server.database, or restore the file from a backup",
        raw.SQLITE_CONSTRAINT =>
            $"{path}: a record broke a rule of the database and was refused with all that came with it ({Message})",
        _ => $"{path}: {Message}",
    };
}
