using System.Net;
using System.Net.Sockets;
using System.Text;
using Qschedd.Bench.Measure;

namespace Qschedd.Bench.Modes;

/// <summary>
/// <c>load --port P --path /x [--body JSON] --connections N --repetitions R [--lead MS]</c>: requests over kept connections, one at a time
/// on each, by plain sockets, so that the load costs less than what it loads; those of the lead are not counted.
/// </summary>
internal static class LoadMode
{
    public static async Task<Samples> RunAsync(Options options)
    {
        byte[] request = Request(options.Text("path"), options.Find("body"));
        var server = new IPEndPoint(IPAddress.Loopback, options.Number("port"));
        var meter = new LagMeter();
        using var stop = new CancellationTokenSource();
        var loops = Enumerable.Range(0, options.Number("connections")).Select(_ => LoopAsync(server, request, meter, stop.Token)).ToArray();
        var lead = TimeSpan.FromMilliseconds(options.Number("lead", 1000));
        var measured = Seconds.MeasureEvenAsync(meter, lead, options.Number("repetitions"));
        if (await Task.WhenAny([measured, .. loops]) is var first && first != measured)
            await first; // it failed, and says why
        var samples = await measured;
        await stop.CancelAsync();
        await Task.WhenAll(loops);
        return samples;
    }

    private static byte[] Request(string path, string? body)
    {
        string head = body is null
            ? $"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            : $"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
              + $"Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n";
        return Encoding.UTF8.GetBytes(head + body);
    }

    private static async Task LoopAsync(IPEndPoint server, byte[] request, LagMeter meter, CancellationToken stop)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, CancellationToken.None);
        byte[] buffer = new byte[64 * 1024];
        while (!stop.IsCancellationRequested)
        {
            long startUs = LagMeter.NowUs;
            await socket.SendAsync(request, SocketFlags.None, CancellationToken.None);
            await ReadAnswerAsync(socket, buffer);
            meter.Record(LagMeter.NowUs - startUs);
        }
    }

    private static async Task ReadAnswerAsync(Socket socket, byte[] buffer)
    {
        int filled = 0, wanted = int.MaxValue;
        while (filled < wanted)
        {
            int read = await socket.ReceiveAsync(buffer.AsMemory(filled), SocketFlags.None, CancellationToken.None);
            if (read == 0)
                throw new InvalidOperationException("the connection was closed");
            filled += read;
            if (wanted == int.MaxValue)
                wanted = LengthOf(buffer.AsSpan(0, filled)) ?? int.MaxValue;
        }
    }

    /// <summary>Head and body together; null while the head is not complete.</summary>
    private static int? LengthOf(ReadOnlySpan<byte> answer)
    {
        int end = answer.IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return null;
        int at = answer.IndexOf("Content-Length: "u8);
        if (!answer.StartsWith("HTTP/1.1 200 "u8) || at < 0 || at > end || answer[end..].IndexOf("\"ret\":false"u8) >= 0)
            throw new InvalidOperationException($"answered: {Encoding.UTF8.GetString(answer)}");
        ReadOnlySpan<byte> digits = answer[(at + "Content-Length: ".Length)..end];
        int line = digits.IndexOf((byte)'\r');
        return end + 4 + int.Parse(line < 0 ? digits : digits[..line], System.Globalization.CultureInfo.InvariantCulture);
    }
}
