using System.Net;
using System.Net.Sockets;

namespace Qschedd.Tests;

/// <summary>
/// Ports of this host for somebody who will listen there in a moment. They lie below those that Linux gives to outgoing connections, of
/// which tests beside this one make many: one of those took a port that had just been found free.
/// </summary>
internal static class FreePort
{
    private const int First = 12_000, Count = 20_000;

    // Where another run of the tests on this host does not begin.
    private static int _next = Environment.ProcessId * 97 % Count;

    /// <summary>Nobody listens there, and nobody else of this process is told of it.</summary>
    public static int Take()
    {
        for (int left = Count; left > 0; left--)
        {
            int port = First + (int)((uint)Interlocked.Increment(ref _next) % Count);
            if (IsFree(port))
                return port;
        }
        throw new InvalidOperationException("no port is free on this host");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.AddressAlreadyInUse or SocketError.AccessDenied)
        {
            return false;
        }
    }
}
