using System.Runtime.InteropServices;

namespace Qschedd.Storage;

/// <summary>
/// SQLite's own functions, for what is called fifty times for each task: the package's cost an interface call, two interlocked operations
/// and a change of the collector's mode each.
/// </summary>
internal static partial class NativeSqlite
{
    /// <summary>SQLite copies the text before it returns.</summary>
    public const nint Transient = -1;

    private const string Library = "e_sqlite3";

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_int64"), SuppressGCTransition]
    public static partial int BindLong(nint statement, int index, long value);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_null"), SuppressGCTransition]
    public static partial int BindNull(nint statement, int index);

    [LibraryImport(Library, EntryPoint = "sqlite3_bind_text")]
    public static unsafe partial int BindText(nint statement, int index, byte* utf8, int bytes, nint destructor);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_type"), SuppressGCTransition]
    public static partial int TypeOf(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_int64"), SuppressGCTransition]
    public static partial long ReadLong(nint statement, int column);

    /// <summary>Good until the next step; of <see cref="BytesOf"/>, which is to be asked after it.</summary>
    [LibraryImport(Library, EntryPoint = "sqlite3_column_blob"), SuppressGCTransition]
    public static unsafe partial byte* ReadBytes(nint statement, int column);

    [LibraryImport(Library, EntryPoint = "sqlite3_column_bytes"), SuppressGCTransition]
    public static partial int BytesOf(nint statement, int column);
}
