using System.Globalization;

namespace Qschedd.Cli.Run;

/// <summary>
/// What follows on an answer from a worker is done by the thread that waits for sockets, instead of being handed to another one: half of
/// all context switches under load were these. The runtime offers it by variables alone; they are read before the first socket is made.
/// </summary>
/// <remarks>
/// Invariant: what follows on an answer never blocks; it reads the answer and posts to the loop. Callers' requests do not come here, for
/// Kestrel hands them to the thread pool: they may read history.
/// </remarks>
internal static class SocketThreads
{
    private const int ThreadsMax = 8;

    /// <summary>Whoever set them before means it.</summary>
    public static void Set()
    {
        Set("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", 1);
        Set("DOTNET_SYSTEM_NET_SOCKETS_THREAD_COUNT", Math.Min(Environment.ProcessorCount, ThreadsMax));
    }

    private static void Set(string name, int value)
    {
        if (Environment.GetEnvironmentVariable(name) is null)
            Environment.SetEnvironmentVariable(name, value.ToString(CultureInfo.InvariantCulture));
    }
}
