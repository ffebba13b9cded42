using System.Net.Sockets;
using System.Text;

namespace Qschedd.Cli.Run;

/// <summary>
/// Where the service manager listens for word of its service: sd_notify(3), a datagram of NAME=value lines. The sender's identity
/// goes with it by the kernel's own doing.
/// </summary>
internal sealed class NotifySocket : IDisposable
{
    /// <summary>A manager that does not read for so long misses a word; the daemon does not wait for it.</summary>
    private const int PatienceMs = 1000;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { SendTimeout = PatienceMs };
    private readonly UnixDomainSocketEndPoint _manager;

    private NotifySocket(string address) =>
        _manager = new UnixDomainSocketEndPoint(address[0] == '@' ? '\0' + address[1..] : address);

    /// <param name="address">$NOTIFY_SOCKET: a path, or @ and a name in the kernel's own space. Null where it is neither.</param>
    public static NotifySocket? Open(string? address) =>
        address is ['/' or '@', _, ..] && Encoding.UTF8.GetByteCount(address) < 108 ? new NotifySocket(address) : null;

    /// <summary>Addressed each time: a manager that was replaced has the same address and another socket.</summary>
    /// <returns>Null, or why it could not be told.</returns>
    public string? Send(string lines)
    {
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(lines), _manager);
            return null;
        }
        catch (SocketException fault)
        {
            return fault.Message;
        }
    }

    public void Dispose() => _socket.Dispose();
}
