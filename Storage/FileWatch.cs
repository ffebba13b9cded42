using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Qschedd.Storage;

/// <summary>
/// Sees that the files under an open database are deleted or replaced: records then go to files that no path leads to, and are gone
/// with the process. The kernel keeps such files alive, so their numbers cannot be another's meanwhile.
/// </summary>
internal sealed partial class FileWatch : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);

    private const int AtWorkingDirectory = -100;
    private const uint WantNumber = 0x100;
    private const int StatxBytes = 256;
    private const int InodeOffset = 32;
    private const int DeviceOffset = 136;

    private readonly string[] _paths;
    private readonly FileNumber?[] _opened;
    private readonly ILogger _logger;
    private readonly ManualResetEvent _stop = new(false);
    private readonly Thread _thread;
    private volatile string? _trouble;

    /// <param name="path">An open database.</param>
    /// <param name="logger">For operators.</param>
    public FileWatch(string path, ILogger logger)
    {
        _logger = logger;
        _paths = [path, path + "-wal"];
        _opened = Array.ConvertAll(_paths, NumberOf);
        _thread = new Thread(LookAgain) { IsBackground = true, Name = "file watch" };
    }

    /// <summary>From now on it looks by itself, on a thread: a timer would wake three more for each look.</summary>
    public void Start() => _thread.Start();

    /// <summary>In an operator's words; null while the files are where they were.</summary>
    public string? Trouble => _trouble;

    public void Look()
    {
        string? found = null;
        for (int i = 0; i < _paths.Length && found is null; i++)
            found = Compare(_paths[i], _opened[i]);
        string? before = Interlocked.Exchange(ref _trouble, found);
        if (found is not null && before is null)
            StoreLog.FileGone(_logger, found);
        if (found is null && before is not null)
            StoreLog.FileBack(_logger, _paths[0]);
    }

    // Nobody waits for the thread: a look at a file system that does not answer must not hold up the stop.
    public void Dispose() => _stop.Set();

    private void LookAgain()
    {
        while (!_stop.WaitOne(LookEvery))
            Look();
    }

    private static string? Compare(string path, FileNumber? opened)
    {
        const string after = "what is recorded from now on is lost with this process: put the file back, or stop the daemon, restore the database and start it";
        if (opened is null)
            return null;
        return NumberOf(path) switch
        {
            { } now when now == opened => null,
            null => $"{path} was deleted or moved away while the daemon has it open; {after}",
            _ => $"{path} was replaced by another file while the daemon has it open; {after}",
        };
    }

    private static FileNumber? NumberOf(string path)
    {
        Span<byte> status = stackalloc byte[StatxBytes];
        return Statx(AtWorkingDirectory, path, 0, WantNumber, status) != 0
            ? null
            : new FileNumber(BitConverter.ToUInt64(status[DeviceOffset..]), BitConverter.ToUInt64(status[InodeOffset..]));
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int directory, string path, int flags, uint mask, Span<byte> status);

    private readonly record struct FileNumber(ulong Device, ulong Inode);
}
