using SQLitePCL;

namespace Qschedd.Storage;

/// <summary>One connection to a SQLite file, used by one thread at a time.</summary>
internal sealed class Database : IDisposable
{
    static Database()
    {
        raw.SetProvider(new SQLite3Provider_e_sqlite3());
        // Nobody asks what memory SQLite holds; counting it takes a lock at each allocation, a twentieth of what a record costs. Too late,
        // where another part of the process has begun to use the library, it changes nothing.
        _ = raw.sqlite3_config(raw.SQLITE_CONFIG_MEMSTATUS, 0);
    }

    private readonly sqlite3 _connection;

    private Database(sqlite3 connection) => _connection = connection;

    public static string Version => raw.sqlite3_libversion().utf8_to_string();

    /// <summary>Opens a file that is there; it is never created here.</summary>
    public static Database Open(string path)
    {
        int code = raw.sqlite3_open_v2(path, out sqlite3 connection, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_NOMUTEX, null);
        var database = new Database(connection);
        try
        {
            if (code != raw.SQLITE_OK)
                throw Failure(connection);
            raw.sqlite3_extended_result_codes(connection, 1);
            database.Execute(Pragmas);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens a file for reading only, whether or not a daemon has it open; nothing is made, changed or locked. Without a -wal file
    /// nobody has it open, and a reading connection would leave one behind: then it is read as a file that does not change.
    /// </summary>
    public static Database OpenReadOnly(string path)
    {
        string uri = "file:" + Uri.EscapeDataString(path).Replace("%2F", "/", StringComparison.Ordinal)
            + (File.Exists(path + "-wal") ? "" : "?immutable=1");
        int flags = raw.SQLITE_OPEN_READONLY | raw.SQLITE_OPEN_NOMUTEX | raw.SQLITE_OPEN_URI;
        int code = raw.sqlite3_open_v2(uri, out sqlite3 connection, flags, null);
        var database = new Database(connection);
        try
        {
            if (code != raw.SQLITE_OK)
                throw Failure(connection);
            raw.sqlite3_extended_result_codes(connection, 1);
            database.Execute(PragmasToRead);
            return database;
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>False after a failure that ended the transaction by itself (a full disk does).</summary>
    public bool InTransaction => raw.sqlite3_get_autocommit(_connection) == 0;

    /// <summary>Rows that the last statement changed.</summary>
    public int Changes => raw.sqlite3_changes(_connection);

    /// <summary>Gives back the memory of cached pages. When that fails they stay, which costs nothing else.</summary>
    public void DropCache()
    {
        try
        {
            Execute("PRAGMA shrink_memory");
        }
        catch (SqliteFailure)
        {
            // A connection that is broken shows at its next use.
        }
    }

    public void Execute(string sql)
    {
        if (raw.sqlite3_exec(_connection, sql) != raw.SQLITE_OK)
            throw Failure(_connection);
    }

    public Statement Prepare(string sql) => new(_connection, sql);

    public long? Scalar(string sql)
    {
        using Statement statement = Prepare(sql);
        return statement.Scalar();
    }

    public string? ScalarText(string sql)
    {
        using Statement statement = Prepare(sql);
        return statement.Step() ? statement.TextOrNull(0) : null;
    }

    /// <summary>Runs the action in a transaction of its own: all of it is kept, or nothing.</summary>
    public void InTransactionDo(Action action)
    {
        Execute("BEGIN IMMEDIATE");
        try
        {
            action();
            Execute("COMMIT");
        }
        catch
        {
            Rollback();
            throw;
        }
    }

    /// <summary>Ends a transaction that failed. What the rollback itself says adds nothing to the failure that led here.</summary>
    public void Rollback()
    {
        if (InTransaction)
            _ = raw.sqlite3_exec(_connection, "ROLLBACK");
    }

    /// <summary>Pages written to the -wal file since the last call.</summary>
    public int TakePagesWritten()
    {
        _ = raw.sqlite3_db_status(_connection, raw.SQLITE_DBSTATUS_CACHE_WRITE, out int pages, out _, 1);
        return pages;
    }

    /// <summary>
    /// Copies the -wal file into the database, as far as no reader is in the way; truncate: and empties it.
    /// Returns the pages left to copy.
    /// </summary>
    public int Checkpoint(bool truncate)
    {
        int mode = truncate ? raw.SQLITE_CHECKPOINT_TRUNCATE : raw.SQLITE_CHECKPOINT_PASSIVE;
        if (raw.sqlite3_wal_checkpoint_v2(_connection, null, mode, out int pages, out int copied) != raw.SQLITE_OK)
            throw Failure(_connection);
        return Math.Max(0, pages - copied);
    }

    // close_v2: a statement that is still open delays the close and does not forbid it.
    public void Dispose() => _ = raw.sqlite3_close_v2(_connection);

    public static SqliteFailure Failure(sqlite3 connection) =>
        new(raw.sqlite3_extended_errcode(connection), raw.sqlite3_errmsg(connection).utf8_to_string());

    // trusted_schema, cell_size_check: a damaged or forged file is to fail, not to act. mmap_size: a read error of a mapped page
    // would be a signal, not a result. busy_timeout: for an operator's sqlite3 shell; we ourselves write on one connection only.
    private const string Pragmas = """
        PRAGMA busy_timeout = 1000;
        PRAGMA trusted_schema = OFF;
        PRAGMA cell_size_check = ON;
        PRAGMA foreign_keys = ON;
        PRAGMA temp_store = MEMORY;
        PRAGMA mmap_size = 0;
        PRAGMA synchronous = FULL;
        """;

    private const string PragmasToRead = """
        PRAGMA busy_timeout = 5000;
        PRAGMA trusted_schema = OFF;
        PRAGMA cell_size_check = ON;
        PRAGMA mmap_size = 0;
        """;
}
