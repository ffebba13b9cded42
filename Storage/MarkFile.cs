using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using Qschedd.Engine.Model;

namespace Qschedd.Storage;

/// <summary>
/// <c>&lt;database&gt;.mark</c>: how far the database had come, outside of it. A database that is restored from an old copy, emptied, or
/// that lost its -wal file opens without a complaint; only something outside can tell that it went back.
/// </summary>
/// <remarks>
/// One line in place, written after each commit (no sync: a few microseconds) and synced now and then. So it is exact after a kill, and
/// after a loss of power at most behind the database, never ahead of it: it raises no false alarm.
/// </remarks>
internal sealed class MarkFile : IDisposable
{
    private static readonly TimeSpan SyncEvery = TimeSpan.FromSeconds(30);

    private const int LineBytes = 128;
    private const int CheckBytes = 4;

    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private long _syncedAt;
    private bool _isRefused;

    private MarkFile(string path, SafeFileHandle file, TimeProvider time, ILogger logger)
    {
        (_path, _file, _time, _logger) = (path, file, time, logger);
        (Known, Fault) = Read();
        _syncedAt = time.GetTimestamp();
    }

    /// <summary>What the database is known to have held; <see cref="Mark.Nothing"/> when the file cannot say.</summary>
    public Mark Known { get; }

    /// <summary>Why the file cannot say it, null when it can.</summary>
    public string? Fault { get; }

    /// <exception cref="StoreOpenException">It can be neither opened nor made.</exception>
    public static MarkFile Open(string databasePath, TimeProvider time, ILogger logger)
    {
        string path = databasePath + ".mark";
        return new MarkFile(path, DatabaseFile.OpenPrivate(path), time, logger);
    }

    public void Write(Mark mark, bool sync = false)
    {
        try
        {
            RandomAccess.Write(_file, LineOf(mark), 0);
            if (sync || _time.GetElapsedTime(_syncedAt) >= SyncEvery)
                Sync();
            _isRefused = false;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The records themselves are safe: without the mark only a later loss of them would not be noticed.
            if (!_isRefused)
                StoreLog.MarkRefused(_logger, _path, failure.Message);
            _isRefused = true;
        }
    }

    public void Dispose() => _file.Dispose();

    private void Sync()
    {
        RandomAccess.FlushToDisk(_file);
        _syncedAt = _time.GetTimestamp();
    }

    private static byte[] LineOf(Mark mark)
    {
        string text = string.Create(CultureInfo.InvariantCulture,
            $"start {mark.Start} commits {mark.Commits} task {mark.TaskSeq} watermark {mark.WatermarkMs} check ");
        return Encoding.ASCII.GetBytes((text + CheckOf(text)).PadRight(LineBytes - 1) + "\n");
    }

    private (Mark, string? Fault) Read()
    {
        byte[] bytes = new byte[LineBytes];
        int length = RandomAccess.Read(_file, bytes, 0);
        if (length == 0)
            return (Mark.Nothing, "is not there");
        string[] words = Encoding.ASCII.GetString(bytes, 0, length).TrimEnd().Split(' ');
        return words is ["start", var start, "commits", var commits, "task", var task, "watermark", var watermark, "check", var check]
            && CheckOf(string.Join(' ', words[..^1]) + " ") == check
            && Number(start) is { } s && Number(commits) is { } c && Number(task) is { } t && Number(watermark) is { } w
            ? (new Mark(s, c, t, w), null)
            : (Mark.Nothing, "is damaged");
    }

    private static long? Number(string word) =>
        long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : null;

    private static string CheckOf(string text) => Convert.ToHexStringLower(Sha256.Of(Encoding.ASCII.GetBytes(text))[..CheckBytes]);
}
