using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Attacks by name. Each is given a port, how many connections it may open, and how long; it tells what it did.</summary>
internal static class Abuse
{
    private const string Post = "POST /api/tasks.do HTTP/1.1\r\nHost: x\r\n";
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(200);

    public delegate Task<string> Attack(int port, int connections, CancellationToken over);

    public static readonly Dictionary<string, Attack> All = new()
    {
        ["silent connections"] = (port, n, over) => HoldAsync(port, n, "", "", over),
        ["slow headers"] = (port, n, over) => HoldAsync(port, n, "GET /healthz HTTP/1.1\r\nHost: x\r\nX: ", "a", over),
        ["slow bodies"] = (port, n, over) => HoldAsync(port, n, $"{Post}Content-Length: 1000000\r\n\r\n{{", " ", over),
        ["slow chunks"] = (port, n, over) => HoldAsync(port, n, $"{Post}Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n", over),
        ["slow reads"] = (port, n, over) => HoldAsync(port, n, string.Concat(Enumerable.Repeat(List, 20)), "", over, receiveBytes: 1024),
        ["waiting guesses"] = (port, n, over) => HoldAsync(port, n, Guess, Guess, over),
        ["large bodies"] = (port, n, over) => FloodAsync(port, n, $"{Post}Content-Length: 1048577\r\n\r\n{new string('[', 1_048_577)}", over),
        ["deep JSON"] = (port, n, over) => FloodAsync(port, n, $"{Post}Content-Length: 1000000\r\n\r\n{new string('[', 1_000_000)}", over),
        ["many members"] = (port, n, over) => FloodAsync(port, n, $"{Post}Content-Length: 1000001\r\n\r\n{{{string.Concat(Enumerable.Repeat("\"a\":1,  ", 124_999))}\"a\":1   }}", over),
        ["chunk bombs"] = (port, n, over) => FloodAsync(port, n, $"{Post}Transfer-Encoding: chunked\r\n\r\n" + string.Concat(Enumerable.Repeat($"1;{new string('e', 200)}\r\n \r\n", 5000)), over),
        ["header bombs"] = (port, n, over) => FloodAsync(port, n, "GET /healthz HTTP/1.1\r\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"X{i}: 1\r\n")), over),
        ["long paths"] = (port, n, over) => FloodAsync(port, n, $"GET /api/jobs/{string.Concat(Enumerable.Repeat("%2e%2e%2f", 7000))}.do HTTP/1.1\r\nHost: x\r\n\r\n", over),
        ["pipelines"] = (port, n, over) => FloodAsync(port, n, string.Concat(Enumerable.Repeat("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n", 1000)), over),
        ["cut connections"] = (port, n, over) => FloodAsync(port, n, $"{Post}Content-Length: 100\r\n\r\n{{", over, isCut: true),
    };

    private static string List => $"GET /api2/jobs.do HTTP/1.1\r\nHost: x\r\nQ-Server-Token: {DaemonProcess.AdminToken}\r\n\r\n";

    private static string Guess => "GET /api2/jobs.do HTTP/1.1\r\nHost: x\r\nQ-Server-Token: a-guess\r\n\r\n";

    /// <summary>Opens all, then sends a little more on each, again and again; one that is closed is opened anew.</summary>
    private static async Task<string> HoldAsync(int port, int connections, string first, string more, CancellationToken over, int receiveBytes = 0)
    {
        var open = new TcpClient?[connections];
        int opened = 0, closed = 0;
        using var timer = new PeriodicTimer(Beat);
        try
        {
            while (!over.IsCancellationRequested)
            {
                for (int i = 0; i < connections && !over.IsCancellationRequested; i++)
                {
                    if (open[i] is { } client && TrySend(client, more))
                        continue;
                    closed += open[i] is null ? 0 : 1;
                    open[i]?.Dispose();
                    open[i] = Open(port, first, receiveBytes);
                    opened += open[i] is null ? 0 : 1;
                }
                await timer.WaitForNextTickAsync(CancellationToken.None);
            }
        }
        finally
        {
            foreach (TcpClient? client in open)
                client?.Dispose();
        }
        return $"{connections} at a time, {opened} opened, {closed} closed by the daemon";
    }

    /// <summary>Eight senders, each one request after the other on connections of their own; what is answered is read and dropped.</summary>
    private static async Task<string> FloodAsync(int port, int connections, string request, CancellationToken over, bool isCut = false)
    {
        byte[] bytes = Encoding.ASCII.GetBytes(request);
        int sent = 0;
        await Task.WhenAll(Enumerable.Range(0, Math.Clamp(connections / 25, 2, 16)).Select(_ => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                await OneAsync(port, bytes, isCut);
                Interlocked.Increment(ref sent);
            }
        })));
        return $"{sent} of {bytes.Length} bytes each";
    }

    private static async Task OneAsync(int port, byte[] bytes, bool isCut)
    {
        using var client = new TcpClient { LingerState = new LingerOption(isCut, 0) };
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
            NetworkStream stream = client.GetStream();
            Task send = stream.WriteAsync(bytes, patience.Token).AsTask();
            if (!isCut)
            {
                // Half of it is closed when all is sent: the daemon ends the other half when it has answered.
                _ = send.ContinueWith(_ => client.Client.Shutdown(SocketShutdown.Send), TaskContinuationOptions.OnlyOnRanToCompletion);
                await stream.CopyToAsync(Stream.Null, patience.Token);
            }
            await send;
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It was refused, or cut: what the daemon may do with these.
        }
    }

    private static TcpClient? Open(int port, string first, int receiveBytes)
    {
        var client = new TcpClient();
        try
        {
            if (receiveBytes > 0)
                client.ReceiveBufferSize = receiveBytes;
            client.Connect(IPAddress.Loopback, port);
            client.Client.Blocking = false;
            return TrySend(client, first) ? client : throw new IOException();
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            client.Dispose();
            return null;
        }
    }

    /// <summary>False: the daemon has closed it.</summary>
    private static bool TrySend(TcpClient client, string text)
    {
        try
        {
            if (text.Length > 0)
                client.Client.Send(Encoding.ASCII.GetBytes(text));
            return !(client.Client.Poll(0, SelectMode.SelectRead) && client.Client.Available == 0);
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.WouldBlock; // it reads no more, which is well: the connection stands
        }
    }
}
