namespace Qschedd.Config;

/// <summary>Reads files of bounded size; every fault of the file system becomes words an operator can act on.</summary>
internal static class SourceFile
{
    private const int TopBytes = 4 * 1024;

    /// <summary>Null with a fault in <paramref name="fault"/>; never throws for what the file system may hold.</summary>
    public static byte[]? Read(string path, int bytesMax, out int length, out string fault)
    {
        length = 0;
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            byte[]? bytes = ReadBounded(stream, bytesMax, out length);
            fault = bytes is null ? $"the file is larger than {Size(bytesMax)}, the most that is read" : "";
            return bytes;
        }
        catch (Exception e) when (IsFileFault(e))
        {
            fault = Words(e);
            return null;
        }
    }

    /// <summary>
    /// A line of the file's first few KiB begins with <paramref name="start"/>. False with any fault: who reads the file says so. Pipes,
    /// whose size is 0, are left alone.
    /// </summary>
    public static bool HasLineAtTop(string path, ReadOnlySpan<byte> start)
    {
        try
        {
            FileSystemInfo file = new FileInfo(path);
            if ((file.ResolveLinkTarget(returnFinalTarget: true) ?? file) is not FileInfo { Length: > 0 })
                return false;
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            Span<byte> top = stackalloc byte[TopBytes];
            return HasLine(top[..stream.ReadAtLeast(top, TopBytes, throwOnEndOfStream: false)], start);
        }
        catch (Exception e) when (IsFileFault(e))
        {
            return false;
        }
    }

    private static bool HasLine(ReadOnlySpan<byte> text, ReadOnlySpan<byte> start)
    {
        foreach (Range line in text.Split((byte)'\n'))
            if (text[line].StartsWith(start))
                return true;
        return false;
    }

    public static bool IsFileFault(Exception e) =>
        e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException;

    public static string Words(Exception e) => e switch
    {
        FileNotFoundException or DirectoryNotFoundException => "no such file or directory",
        UnauthorizedAccessException => "cannot be read: permission denied, or not a file",
        ArgumentException => "not a usable path",
        _ => $"cannot be read: {e.Message}",
    };

    private static byte[]? ReadBounded(FileStream stream, int bytesMax, out int length)
    {
        long expected = stream.CanSeek ? stream.Length : 0;
        length = 0;
        if (expected > bytesMax)
            return null;
        // One byte more than expected: a file that grew, a pipe, or /proc, whose files say 0.
        byte[] bytes = new byte[Math.Max(expected + 1, 4096)];
        for (int read; (read = stream.Read(bytes, length, bytes.Length - length)) > 0;)
        {
            length += read;
            if (length > bytesMax)
                return null;
            if (length == bytes.Length)
                Array.Resize(ref bytes, (int)Math.Min(bytes.Length * 2L, bytesMax + 1L));
        }
        return bytes;
    }

    private static string Size(int bytes) => bytes >= 1 << 20 ? $"{bytes >> 20} MiB" : $"{bytes >> 10} KiB";
}
