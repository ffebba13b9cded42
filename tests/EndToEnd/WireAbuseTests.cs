using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Qschedd.Tests.Fuzz;
using Xunit.Abstractions;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Bytes that are no request, or two in one: the published binary answers what it may, and never the hidden one.</summary>
public class WireAbuseTests(ITestOutputHelper output)
{
    /// <summary>So long nothing more came: all that there is has been answered.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private const string Hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n";

    private static readonly string Apps = $"apps:\n  - name: demo\n    id: 1\n    token: {DaemonProcess.Token}\n    jobs: [{{name: job}}]\n";

    private static readonly int Requests =
        int.TryParse(Environment.GetEnvironmentVariable("QSCHEDD_FUZZ_REQUESTS"), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 1500;

    /// <summary>Request, then the statuses that its answers may have, in their order. A hidden request that were answered has 404.</summary>
    private static readonly (string Name, string Bytes, string Statuses)[] Cases =
    [
        ("CL.TE: chunked counts, and the rest is not a request of its own", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nContent-Length: {Hidden.Length + 5}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Hidden}", "400|200"),
        ("TE.CL", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n{Hidden.Length:x}\r\n{Hidden}\r\n0\r\n\r\n", "400|200"),
        ("two lengths", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nContent-Length: {Hidden.Length}\r\n\r\n{Hidden}", "400"),
        ("two equal lengths", "POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", "400"),
        ("a list of lengths", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nContent-Length: 0, {Hidden.Length}\r\n\r\n{Hidden}", "400"),
        ("a length with a sign: Kestrel reads it as the number", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nContent-Length: +{Hidden.Length}\r\n\r\n{Hidden}", "400|200"),
        ("a length in hex", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nContent-Length: 0x0\r\n\r\n{Hidden}", "400"),
        ("a name with a space", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nContent-Length : {Hidden.Length}\r\n\r\n{Hidden}", "400"),
        ("obs-fold", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n{Hidden}", "400"),
        ("TE that is not chunked", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n{Hidden}", "400|501"),
        ("two TE", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n{Hidden}", "400"),
        ("a chunk with bare LF", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\n{{}}\n0\n\n{Hidden}", "400"),
        ("a negative chunk", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n{Hidden}", "400"),
        ("a chunk of 2^64", $"POST /api/jobs/on.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n10000000000000000\r\n{Hidden}", "400"),
        ("chunked in HTTP/1.0", $"POST /api/jobs/on.do HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{Hidden}", "400|200"),
        ("a NUL in a header", "GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n", "400"),
        ("a bare CR in a header", $"GET /healthz HTTP/1.1\r\nHost: x\r\nX: a\rGET /hidden HTTP/1.1\r\n\r\n", "400"),
        ("no host", "GET /healthz HTTP/1.1\r\n\r\n", "400"),
        ("two hosts", "GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "400"),
        ("a host that is another's", "GET /healthz HTTP/1.1\r\nHost: evil.example:99\r\nConnection: close\r\n\r\n", "200"),
        ("absolute form", "GET http://evil.example/healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", "200"),
        ("authority form", "CONNECT 10.0.0.1:22 HTTP/1.1\r\nHost: 10.0.0.1:22\r\nConnection: close\r\n\r\n", "400|404|405"),
        ("asterisk form", "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"),
        ("HTTP/1.0", "GET /healthz HTTP/1.0\r\n\r\n", "200"),
        ("HTTP/0.9", "GET /healthz\r\n\r\n", "400"),
        ("HTTP/2 in the clear", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x4\0\0\0\0\0", "400|505"),
        ("an upgrade", "GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", "200"),
        ("encoded dots", "GET /api/%2e%2e/healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"),
        ("dots", "GET /api/../healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "404"),
        ("an encoded slash in a name", "GET /api2/jobs/a%2fb.do HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200"),
        ("an encoded NUL in a name", "GET /api2/jobs/job%00.do HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200|400"),
        ("overlong UTF-8 in a name", "GET /api2/jobs/%c0%ae.do HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200"),
        ("raw bytes in a path", "GET /api2/jobs/\u00ff\u00fe.do HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        ("TLS on a plain port", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "400"),
        ("pipelined requests", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "200 404"),
    ];

    [Fact]
    public async Task Requests_AreAnsweredOnce_OrNotAtAll_WhenTheyAreMadeToConfuse()
    {
        await using var daemon = new DaemonProcess();
        daemon.Write(Apps);
        await daemon.StartAsync();
        var wrong = new List<string>();
        List<int>[] all = await Task.WhenAll(Cases.Select(c => ExchangeAsync(daemon.Port, Encoding.Latin1.GetBytes(c.Bytes), Quiet)));
        foreach (var ((name, _, statuses), answers) in Cases.Zip(all))
        {
            string answered = string.Join(' ', answers);
            // What was no request ends the connection without a word, at times.
            if (!statuses.Split('|').Contains(answered) && !(answered.Length == 0 && statuses.Contains("400")))
                wrong.Add($"{name}: {answered}, not {statuses}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Equal("ok", await daemon.GetAsync("healthz"));
    }

    [Fact]
    public async Task Daemon_AnswersAsBefore_AfterRandomBytes()
    {
        await using var daemon = new DaemonProcess();
        daemon.Write(Apps);
        await daemon.StartAsync();
        byte[][] seeds = [.. Cases.Select(c => Encoding.Latin1.GetBytes(c.Bytes))];
        string[] words = ["\r\n", "\n", "\r", "\0", ": ", "HTTP/1.1", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "ffffffff\r\n", "Expect: 100-continue\r\n", "%", "\u00e4", "POST ", "Host: x\r\n"];
        await Task.WhenAll(Enumerable.Range(0, 20).Select(i => ExchangeAsync(daemon.Port, seeds[i])));
        var before = HostFigures.Of(daemon.Pid);
        const int Senders = 8;
        await Task.WhenAll(Enumerable.Range(0, Senders).Select(sender => Task.Run(async () =>
        {
            var random = new Random(20261122 + sender);
            for (int i = 0; i < Requests / Senders; i++)
                await ExchangeAsync(daemon.Port, Mutation.Mutate(random, random.Pick(seeds), words));
        })));
        Assert.Equal("ok", await daemon.GetAsync("healthz"));
        await Eventually.Holds(() => HostFigures.Of(daemon.Pid) is var now && now.Files <= before.Files + 16 && now.KiB <= before.KiB + 64 * 1024,
            $"not given back: {before}, now {HostFigures.Of(daemon.Pid)}");
        Assert.DoesNotContain(daemon.Lines, line => line.Contains("a fault of ours", StringComparison.Ordinal) || line.Contains("Unhandled", StringComparison.Ordinal));
        output.WriteLine($"{Requests} requests; {before} before, {HostFigures.Of(daemon.Pid)} after");
    }

    /// <summary>
    /// Sends, closes its half, and reads to the end: the statuses of what was answered. Kestrel takes the closed half for a client that
    /// went away, so who wants all answers lets it be quiet before.
    /// </summary>
    private static async Task<List<int>> ExchangeAsync(int port, byte[] bytes, TimeSpan quiet = default)
    {
        using var client = new TcpClient();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var answer = new MemoryStream();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port, patience.Token);
            NetworkStream stream = client.GetStream();
            await stream.WriteAsync(bytes, patience.Token);
            if (quiet > TimeSpan.Zero)
                await ReadUntilQuietAsync(stream, answer, quiet);
            client.Client.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer, patience.Token);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Reset, as a refused connection with unread bytes is: what was answered before counts.
        }
        return [.. Encoding.Latin1.GetString(answer.ToArray()).Split("HTTP/1.1 ").Skip(1).Select(a => int.Parse(a[..3], CultureInfo.InvariantCulture))];
    }

    private static async Task ReadUntilQuietAsync(NetworkStream stream, MemoryStream answer, TimeSpan quiet)
    {
        var buffer = new byte[4096];
        try
        {
            for (int read = 1; read > 0;)
            {
                using var silence = new CancellationTokenSource(quiet);
                read = await stream.ReadAsync(buffer, silence.Token);
                answer.Write(buffer, 0, read);
            }
        }
        catch (OperationCanceledException)
        {
            // Quiet: that is what it waits for.
        }
    }
}
