using System.Text;
using SQLitePCL;

namespace Qschedd.Storage;

/// <summary>
/// A prepared statement, used again and again by one thread at a time. Parameters count from 1, columns from 0, as in SQLite.
/// Straight on SQLitePCL.raw: Microsoft.Data.Sqlite takes twice as long to insert a task and allocates 2.5 KB where this allocates nothing.
/// </summary>
internal sealed class Statement : IDisposable
{
    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _statement;
    // The statement's own pointer, good until Dispose.
    private readonly nint _pointer;
    private byte[] _utf8 = new byte[256];

    public Statement(sqlite3 connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _pointer = _statement.DangerousGetHandle();
    }

    public Statement Bind(int index, long value)
    {
        Check(NativeSqlite.BindLong(_pointer, index, value));
        return this;
    }

    public Statement Bind(int index, long? value)
    {
        if (value is long number)
            return Bind(index, number);
        Check(NativeSqlite.BindNull(_pointer, index));
        return this;
    }

    public Statement Bind(int index, bool value) => Bind(index, value ? 1L : 0L);

    public Statement Bind(int index, bool? value) => Bind(index, value is bool known ? known ? 1L : 0L : (long?)null);

    public Statement Bind(int index, string? value)
    {
        if (value is not null)
            return BindUtf8(index, ToUtf8(value));
        Check(NativeSqlite.BindNull(_pointer, index));
        return this;
    }

    public unsafe Statement BindUtf8(int index, ReadOnlySpan<byte> utf8)
    {
        // Without an address it would be NULL: an empty span may have none.
        fixed (byte* bytes = utf8.IsEmpty ? "\0"u8 : utf8)
            Check(NativeSqlite.BindText(_pointer, index, bytes, utf8.Length, NativeSqlite.Transient));
        return this;
    }

    /// <summary>True: a row is there to be read. False: the end.</summary>
    public bool Step()
    {
        int code = raw.sqlite3_step(_statement);
        if (code is raw.SQLITE_ROW or raw.SQLITE_DONE)
            return code == raw.SQLITE_ROW;
        throw Database.Failure(_connection);
    }

    /// <summary>Runs to the end and makes ready for the next run, whatever comes of it.</summary>
    public void Run()
    {
        try
        {
            while (Step())
            {
            }
        }
        finally
        {
            Reset();
        }
    }

    /// <summary>The first column of the first row, or null without a row.</summary>
    public long? Scalar()
    {
        try
        {
            return Step() ? LongOrNull(0) : null;
        }
        finally
        {
            Reset();
        }
    }

    // What reset returns is the failure that the step before has reported already.
    public void Reset() => _ = raw.sqlite3_reset(_statement);

    public long Long(int column) => raw.sqlite3_column_int64(_statement, column);

    public int Int(int column) => raw.sqlite3_column_int(_statement, column);

    public bool Bool(int column) => Int(column) != 0;

    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    public bool? BoolOrNull(int column) => IsNull(column) ? null : Bool(column);

    // By length, not up to the first NUL.
    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_statement, column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    public void Dispose() => _statement.Dispose();

    private bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    // SQLite copies what is bound, so one buffer serves all parameters.
    private ReadOnlySpan<byte> ToUtf8(string value)
    {
        int bytesMax = Encoding.UTF8.GetMaxByteCount(value.Length);
        byte[] buffer = bytesMax <= BufferMax ? Grow(bytesMax) : new byte[bytesMax];
        return buffer.AsSpan(0, Encoding.UTF8.GetBytes(value, buffer));
    }

    private byte[] Grow(int bytes) => _utf8.Length >= bytes ? _utf8 : _utf8 = new byte[bytes];

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
            throw Database.Failure(_connection);
    }

    private const int BufferMax = 64 * 1024;
}
