using System.Globalization;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Qschedd.Http;

/// <summary>
/// Every bound of the HTTP side, in one place. Kestrel answers 414, 431, 408 or 400 at its own bounds and closes connections past
/// the last; the body's bounds are answered by us (413, 503).
/// </summary>
internal static class HttpLimits
{
    // The request's head is bounded to 8 KiB: half for the line, half for the headers.
    public const int LineBytesMax = 4 * 1024;
    public const int HeaderBytesMax = 4 * 1024;
    public const int HeadersMax = 64;

    public const int BodyBytesMax = 1024 * 1024;

    /// <summary>
    /// A body over the bound is read and thrown away up to here before it is refused: a client that writes first and reads later
    /// sees the answer then, and not a reset.
    /// </summary>
    public const int DrainedBytesMax = 8 * BodyBytesMax;

    /// <summary>Bodies larger than this share <see cref="BodyBudgetBytes"/>; smaller ones are always taken.</summary>
    public const int FreeBodyBytes = 4 * 1024;

    /// <summary>What all bodies under way may hold together, so that many slow senders cannot take the memory.</summary>
    public const long BodyBudgetBytes = 32 * BodyBytesMax;

    /// <summary>
    /// What large answers that are being read may hold together; past it the next is 503, though one alone may be larger. A program
    /// that reads nothing must not take the memory of all; for most it takes a token, and for metrics none.
    /// </summary>
    public const long AnswerBudgetBytes = 32 * BodyBytesMax;

    /// <summary>What a list takes as a rule: without room for it, it is not even made.</summary>
    public const long LongAnswerBytes = BodyBytesMax / 2;

    /// <summary>Answers larger than this share it.</summary>
    public const int FreeAnswerBytes = 64 * 1024;

    public const int NameCharsMax = 256;
    public const int HostCharsMax = 253;
    public const int JsonDepthMax = 32;
    public const int WorkersJsonDepthMax = 8;
    public const int ParamBytesMax = 64 * 1024;
    public const int MessageBytesMax = 4 * 1024;
    public const int OutputBytesMax = 64 * 1024;
    public const int RowsMax = 1000;
    public const int TaskRowsDefault = 20;
    public const int AuditRowsDefault = 100;

    /// <summary>Unread bytes of one connection: Kestrel's own megabyte, times ten thousand connections, would be ten gigabytes.</summary>
    public const int ReadBufferBytesMax = 16 * 1024;

    /// <summary>Unread bytes of answers on one connection; Kestrel's own 64 KiB, times ten thousand, would be 640 MiB.</summary>
    public const int WriteBufferBytesMax = 16 * 1024;

    public static readonly TimeSpan StopGrace = TimeSpan.FromSeconds(5);

    private const int ConnectionsMax = 10_000;
    private const int FilesReserved = 512;

    /// <summary>
    /// Connections that may be open together: the store, the workers' links and the logs need descriptors too, and accept
    /// without a free one spins.
    /// </summary>
    public static int ConnectionsFor(long openFilesMax) =>
        (int)Math.Min(ConnectionsMax, openFilesMax - Math.Min(openFilesMax / 2, FilesReserved));

    /// <summary>The soft limit on open files; a large number where the system does not say.</summary>
    public static long OpenFilesMax()
    {
        const string Label = "Max open files";
        string? line = File.Exists("/proc/self/limits") ? File.ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith(Label)) : null;
        string soft = line?[Label.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";
        return long.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out long files) ? files : int.MaxValue;
    }

    /// <param name="endpoints">Kestrel counts connections for each endpoint apart: they share the bound in equal parts.</param>
    public static void Apply(KestrelServerOptions options, int endpoints)
    {
        options.AddServerHeader = false;
        KestrelServerLimits limits = options.Limits;
        limits.MaxRequestLineSize = LineBytesMax;
        limits.MaxRequestHeadersTotalSize = HeaderBytesMax;
        limits.MaxRequestHeaderCount = HeadersMax;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(15);
        limits.MaxRequestBodySize = DrainedBytesMax;
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 1024, gracePeriod: TimeSpan.FromSeconds(5));
        limits.MaxRequestBufferSize = ReadBufferBytesMax;
        limits.MaxResponseBufferSize = WriteBufferBytesMax;
        limits.MaxConcurrentConnections = Math.Max(1, ConnectionsFor(OpenFilesMax()) / Math.Max(1, endpoints));
        limits.MaxConcurrentUpgradedConnections = 0;
    }
}
