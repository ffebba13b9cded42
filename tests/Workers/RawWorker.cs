using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Qschedd.Tests.Workers;

/// <summary>
/// A worker made of bare sockets: what it does with each connection is a script. It records the requests that it read in full.
/// </summary>
internal sealed class RawWorker : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<string> _requests = [];
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    private RawWorker(Func<Connection, Task> script)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Address = _listener.LocalEndPoint!.ToString()!;
        _accepting = AcceptAsync(script);
    }

    public string Address { get; }

    /// <summary>Requests read in full, over all connections.</summary>
    public IReadOnlyList<string> Requests
    {
        get
        {
            lock (_requests)
            {
                return [.. _requests];
            }
        }
    }

    public int Connections
    {
        get
        {
            lock (_connections)
            {
                return _connections.Count;
            }
        }
    }

    public static RawWorker With(Func<Connection, Task> script) => new(script);

    /// <summary>Reads each request and answers it with these bytes; the connection stays open.</summary>
    public static RawWorker Answering(string answer) => new(async connection =>
    {
        while (await connection.ReadRequestAsync())
        {
            await connection.SendAsync(answer);
        }
    });

    public static string Response(string statusLine, string body = "", string headers = "") =>
        $"HTTP/1.1 {statusLine}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Func<Connection, Task> script)
    {
        try
        {
            while (true)
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                socket.NoDelay = true;
                lock (_connections)
                {
                    _connections.Add(ServeAsync(new Connection(this, socket, _connections.Count, _stop.Token), script));
                }
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            Assert.True(_stop.IsCancellationRequested, error.ToString());
        }
    }

    private static async Task ServeAsync(Connection connection, Func<Connection, Task> script)
    {
        try
        {
            await script(connection);
        }
        catch (Exception error) when (error is IOException or SocketException or OperationCanceledException)
        {
            // The peer closed first, or the test is over: scripts need not care.
            connection.PeerGone = true;
        }
        finally
        {
            connection.Close();
        }
    }

    internal sealed class Connection(RawWorker worker, Socket socket, int index, CancellationToken stop)
    {
        private readonly NetworkStream _stream = new(socket);

        public int Index => index;
        /// <summary>Requests read in full on this connection.</summary>
        public int Requests { get; private set; }
        public string Last { get; private set; } = "";
        public bool PeerGone { get; set; }
        public Socket Socket => socket;

        /// <summary>False: the peer closed before a request began.</summary>
        public async Task<bool> ReadRequestAsync()
        {
            var head = new StringBuilder();
            var one = new byte[1];
            while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                if (await _stream.ReadAsync(one, stop) == 0)
                {
                    return false;
                }
                head.Append((char)one[0]);
            }
            string text = head.ToString();
            int at = text.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase) + "Content-Length: ".Length;
            var body = new byte[int.Parse(text[at..text.IndexOf('\r', at)], System.Globalization.CultureInfo.InvariantCulture)];
            await _stream.ReadExactlyAsync(body, stop);
            Requests++;
            Last = text + Encoding.UTF8.GetString(body);
            lock (worker._requests)
            {
                worker._requests.Add(Last);
            }
            return true;
        }

        public async Task SendAsync(string bytes) => await _stream.WriteAsync(Encoding.Latin1.GetBytes(bytes), stop);

        public async Task SendUtf8Async(string text) => await _stream.WriteAsync(Encoding.UTF8.GetBytes(text), stop);

        /// <summary>Says nothing more until the peer closes.</summary>
        public async Task HangAsync()
        {
            var buffer = new byte[1024];
            while (await _stream.ReadAsync(buffer, stop) > 0)
            {
            }
        }

        /// <summary>Closes by RST.</summary>
        public void Reset()
        {
            socket.LingerState = new LingerOption(true, 0);
            socket.Close();
        }

        public void Close() => socket.Dispose();
    }
}
