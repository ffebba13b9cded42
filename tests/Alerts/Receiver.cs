using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Qschedd.Tests.Alerts;

/// <summary>A webhook receiver of bare sockets. It notes each request that it read in full, and answers as told.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Channel<Received> _received = Channel.CreateUnbounded<Received>();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    private Receiver(int port)
    {
        _listener = new TcpListener(IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>The answer to the request of this number, from 1; null: none, the connection stays open; empty: it is reset.</summary>
    public Func<int, string?> Answer { get; set; } = _ => Response(200);

    public int Count { get; private set; }

    /// <param name="port">0: any that is free.</param>
    public static Receiver On(int port = 0) => new(port);

    public static string Response(int status, string body = "", string headers = "") =>
        $"HTTP/1.1 {status} X\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n{headers}\r\n{body}";

    public async Task<Received> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        return await _received.Reader.ReadAsync(patience.Token);
    }

    /// <summary>What has come and was not asked for yet.</summary>
    public bool HasMore => _received.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            Assert.True(_stop.IsCancellationRequested, error.ToString());
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        await using var stream = new NetworkStream(socket);
        try
        {
            var request = await ReadAsync(stream);
            string? answer = Answer(++Count);
            _received.Writer.TryWrite(request);
            if (answer == "")
                socket.LingerState = new LingerOption(true, 0);
            else if (answer is not null)
                await stream.WriteAsync(Encoding.UTF8.GetBytes(answer), _stop.Token);
            else
                await stream.CopyToAsync(Stream.Null, _stop.Token);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException)
        {
            // The peer closed first, or the test is over.
            Assert.False(socket.Connected && !_stop.IsCancellationRequested, error.ToString());
        }
    }

    private async Task<Received> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, _stop.Token);
            head.Append((char)one[0]);
        }
        var received = new Received(head.ToString(), "");
        var body = new byte[int.Parse(received.Header("Content-Length")!, CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return received with { Body = Encoding.UTF8.GetString(body) };
    }
}

/// <summary>A request as it came.</summary>
internal sealed record Received(string Head, string Body)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string AlertId => Header("X-QSchedd-Alert-Id")!;

    public string RequestLine => Head.Split("\r\n")[0];

    public string? Header(string name) => Head.Split("\r\n")
        .FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.OrdinalIgnoreCase))?[(name.Length + 2)..];
}
