using System.Globalization;
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
    // Of the values bound since the last reset, or the last sum.
    private RowSum _sum;

    public Statement(sqlite3 connection, string sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v3(connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _pointer = _statement.DangerousGetHandle();
    }

    public Statement Bind(int index, long value)
    {
        _sum.Add(value);
        Check(NativeSqlite.BindLong(_pointer, index, value));
        return this;
    }

    public Statement Bind(int index, long? value) => value is long number ? Bind(index, number) : BindNull(index);

    public Statement Bind(int index, bool value) => Bind(index, value ? 1L : 0L);

    public Statement Bind(int index, bool? value) => Bind(index, value is bool known ? known ? 1L : 0L : (long?)null);

    public Statement Bind(int index, string? value) => value is not null ? BindUtf8(index, ToUtf8(value)) : BindNull(index);

    public unsafe Statement BindUtf8(int index, ReadOnlySpan<byte> utf8)
    {
        _sum.AddText(utf8);
        // Without an address it would be NULL: an empty span may have none.
        fixed (byte* bytes = utf8.IsEmpty ? "\0"u8 : utf8)
            Check(NativeSqlite.BindText(_pointer, index, bytes, utf8.Length, NativeSqlite.Transient));
        return this;
    }

    /// <summary>Binds the sum of the values that were bound before, in their order, and begins another.</summary>
    public Statement BindSum(int index)
    {
        int sum = _sum.Value;
        _sum = default;
        Check(NativeSqlite.BindLong(_pointer, index, sum));
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
    public void Reset()
    {
        _sum = default;
        _ = raw.sqlite3_reset(_statement);
    }

    /// <summary>
    /// True: the columns say what was written, as far as their sum tells. To be asked before any of them is read: reading may convert.
    /// </summary>
    /// <param name="first">The first column, in the order in which they were bound.</param>
    /// <param name="count">How many.</param>
    /// <param name="sumColumn">The one with their sum.</param>
    /// <param name="mayLack">Rows of earlier versions have none.</param>
    public bool IsSound(int first, int count, int sumColumn, bool mayLack = false)
    {
        if (IsNull(sumColumn))
            return mayLack;
        long kept = NativeSqlite.ReadLong(_pointer, sumColumn);
        return kept == RowSum.None || kept == SumOf(first, count);
    }

    public long Long(int column) => NativeSqlite.ReadLong(_pointer, column);

    public int Int(int column) => (int)Long(column);

    public bool Bool(int column) => Int(column) != 0;

    public long? LongOrNull(int column) => IsNull(column) ? null : Long(column);

    public bool? BoolOrNull(int column) => IsNull(column) ? null : Bool(column);

    // By length, not up to the first NUL.
    public string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    /// <summary>A value as SQL has it: plain, whatever stands in it.</summary>
    public string Literal(int column) => NativeSqlite.TypeOf(_pointer, column) switch
    {
        raw.SQLITE_NULL => "NULL",
        raw.SQLITE_INTEGER => Long(column).ToString(CultureInfo.InvariantCulture),
        _ => Literal(Bytes(column)),
    };

    public void Dispose() => _statement.Dispose();

    private static string Literal(ReadOnlySpan<byte> utf8) =>
        utf8.ContainsAnyExceptInRange((byte)' ', (byte)'~') || utf8.ContainsAny((byte)'\'', (byte)'"')
            ? $"CAST(x'{Convert.ToHexString(utf8)}' AS TEXT)"
            : $"'{Encoding.ASCII.GetString(utf8)}'";

    private int SumOf(int first, int count)
    {
        var sum = default(RowSum);
        for (int column = first; column < first + count; column++)
        {
            switch (NativeSqlite.TypeOf(_pointer, column))
            {
                case raw.SQLITE_INTEGER: sum.Add(NativeSqlite.ReadLong(_pointer, column)); break;
                case raw.SQLITE_NULL: sum.AddNull(); break;
                case raw.SQLITE_TEXT: sum.AddText(Bytes(column)); break;
                case int other: sum.AddStray(other, Bytes(column)); break;
            }
        }
        return sum.Value;
    }

    private unsafe ReadOnlySpan<byte> Bytes(int column)
    {
        byte* bytes = NativeSqlite.ReadBytes(_pointer, column);
        return new ReadOnlySpan<byte>(bytes, NativeSqlite.BytesOf(_pointer, column));
    }

    private bool IsNull(int column) => NativeSqlite.TypeOf(_pointer, column) == raw.SQLITE_NULL;

    private Statement BindNull(int index)
    {
        _sum.AddNull();
        Check(NativeSqlite.BindNull(_pointer, index));
        return this;
    }

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
        if (code == raw.SQLITE_OK)
            return;
        _sum = default;
        throw Database.Failure(_connection);
    }

    private const int BufferMax = 64 * 1024;
}
