using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Qschedd.Engine.Cron;

/// <summary>The system's compiled tz database: a folder with a file for each IANA zone.</summary>
internal static class TzDatabase
{
    private const string HostFile = "/etc/localtime";

    private static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/");

    /// <summary>Null where no tz database is installed: then UTC is the only zone (Debian: package tzdata).</summary>
    public static string? Folder { get; } = Array.Find(
        [Environment.GetEnvironmentVariable("TZDIR") ?? "", "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo"],
        Directory.Exists);

    public static bool TryRead(string ianaId, [NotNullWhen(true)] out byte[]? file)
    {
        file = null;
        return Folder is not null && IsId(ianaId) && TryReadFile(Path.Combine(Folder, ianaId), out file);
    }

    public static bool TryReadHostFile([NotNullWhen(true)] out byte[]? file) => TryReadFile(HostFile, out file);

    // No dot and no leading slash, so that an id cannot name a file elsewhere. posix/ and right/ are the folder's
    // copies of all zones, the second with leap seconds: neither is IANA's.
    private static bool IsId(string id) =>
        id.Length is > 0 and <= 64 && id[0] != '/' && !id.AsSpan().ContainsAnyExcept(IdCharacters)
        && !id.StartsWith("posix/", StringComparison.Ordinal) && !id.StartsWith("right/", StringComparison.Ordinal)
        && id is not ("localtime" or "posixrules");

    private static bool TryReadFile(string path, [NotNullWhen(true)] out byte[]? file)
    {
        file = null;
        try
        {
            if (!File.Exists(path)) return false;
            file = File.ReadAllBytes(path);
            return true;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            // Whoever asked says that the zone is not known; there is no zone in a file that cannot be read.
            return false;
        }
    }
}
