using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Qschedd.Storage;

/// <summary>
/// Keeps a second daemon off a database: a lock on <c>&lt;database&gt;.lock</c> that ends with the process, however it ends.
/// The file also tells who holds it and how many starts the database has seen; it is never deleted, since a file that is
/// deleted and made again can be locked twice.
/// </summary>
/// <remarks>
/// Why not SQLite's own <c>locking_mode = EXCLUSIVE</c>: it would keep out our reading connections too. Why an open file
/// description lock rather than .NET's FileShare.None: that one is flock, which an environment variable turns off, and with
/// which nobody could read the holder's number. Why not on the database file: closing any descriptor of it would drop the locks
/// that SQLite holds on it. A hard link gives a database a second lock file; SQLite itself does not survive hard links.
/// </remarks>
internal sealed partial class DatabaseLock : IDisposable
{
    private const int TriesMax = 50;
    private const int PauseMs = 20;

    private readonly SafeFileHandle _file;

    private DatabaseLock(SafeFileHandle file, long lastBootCount) => (_file, LastBootCount) = (file, lastBootCount);

    /// <summary>The number of the last start, 0 when there was none.</summary>
    public long LastBootCount { get; }

    /// <exception cref="StoreOpenException">Another process holds it, or the file system has no locks.</exception>
    public static DatabaseLock Acquire(string databasePath)
    {
        string path = databasePath + ".lock";
        SafeFileHandle file = DatabaseFile.OpenPrivate(path);
        try
        {
            Lock(file, path, databasePath);
            (_, long bootCount) = ReadNote(file);
            var held = new DatabaseLock(file, bootCount);
            held.WriteNote(bootCount);
            return held;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Notes this process and how many starts the database has seen.</summary>
    public void WriteNote(long bootCount) =>
        RandomAccess.Write(_file, Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"pid {Environment.ProcessId,10} start {bootCount,19}\n")), 0);

    public void Dispose() => _file.Dispose();

    private static void Lock(SafeFileHandle file, string path, string databasePath)
    {
        if (TryLock(file, path))
            return;
        (int? pid, _) = ReadNote(file);
        string who = pid is null ? "another qschedd" : $"another qschedd (process {pid})";
        throw new StoreOpenException(
            $"{databasePath} is in use: {who} has it open; stop that one first, or give this one a server.database of its own");
    }

    /// <summary>
    /// Tries for a second: a program that the last holder was just starting shares the lock between fork and exec, and so
    /// outlives a killed daemon with it for a moment.
    /// </summary>
    private static bool TryLock(SafeFileHandle file, string path)
    {
        for (int tries = 0; tries < TriesMax; tries++)
        {
            var whole = new FileRegion { Type = WriteLock };
            if (Fcntl(file, SetOpenFileLock, ref whole) == 0)
                return true;
            int error = Marshal.GetLastPInvokeError();
            if (error is not (ErrorAgain or ErrorAccess))
                throw new StoreOpenException(
                    $"{path} cannot be locked ({Marshal.GetPInvokeErrorMessage(error)}): put the database on a local file system");
            Thread.Sleep(PauseMs);
        }
        return false;
    }

    // Columns as WriteNote places them; a file that says something else says nothing.
    private static (int? Pid, long BootCount) ReadNote(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[64];
        string[] words = Encoding.ASCII.GetString(bytes[..RandomAccess.Read(file, bytes, 0)])
            .Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return words is ["pid", var pid, "start", var start] && int.TryParse(pid, out int process) && long.TryParse(start, out long count)
            ? (process, count)
            : (null, 0);
    }

    // struct flock of 64-bit Linux.
    [StructLayout(LayoutKind.Sequential)]
    private struct FileRegion
    {
        public short Type;
        public short Whence;
        public long Start;
        public long Length;
        public int Process;
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, ref FileRegion region);

    private const int SetOpenFileLock = 37;
    private const short WriteLock = 1;
    private const int ErrorAgain = 11;
    private const int ErrorAccess = 13;
}
