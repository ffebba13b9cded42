using System.Net;
using System.Net.Sockets;
using Qschedd.Engine.Model;

namespace Qschedd.Workers;

/// <summary>
/// Connects to a worker, or refuses to: a name is looked at by the addresses that it has now, at the moment of connecting, so that no
/// change of it in between leads elsewhere.
/// </summary>
internal sealed class WorkerConnector(Func<WorkerNetworks> networks)
{
    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken stop)
    {
        DnsEndPoint worker = context.DnsEndPoint;
        IPAddress[] addresses = await Dns.GetHostAddressesAsync(worker.Host, stop);
        IPAddress[] allowed = [.. addresses.Where(networks().Allows)];
        if (allowed.Length == 0)
            throw new OutsideNetworksException(Words(worker.Host, addresses));
        return new NetworkStream(await ConnectFirstAsync(allowed, worker.Port, stop), ownsSocket: true);
    }

    private static string Words(string host, IPAddress[] addresses)
    {
        string which = addresses.Length == 0 ? host : addresses[0].ToString();
        string name = addresses.Length == 0 || which == host.Trim('[', ']') ? "" : $" (of {host})";
        return $"{which}{name} is outside server.workerNetworks; add its network there if a worker may be there";
    }

    /// <summary>The first that answers; if none does, what the last one said.</summary>
    private static async Task<Socket> ConnectFirstAsync(IPAddress[] addresses, int port, CancellationToken stop)
    {
        for (int i = 0; ; i++)
        {
            var socket = new Socket(addresses[i].AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(addresses[i], port, stop);
                return socket;
            }
            catch (Exception fault)
            {
                socket.Dispose();
                if (fault is not SocketException || i == addresses.Length - 1)
                    throw;
            }
        }
    }
}

/// <summary>A worker is where none may be; the message says where.</summary>
internal sealed class OutsideNetworksException(string message) : IOException(message);
