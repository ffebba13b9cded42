using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Sockets that somebody else opened and keeps, handed over at each start.</summary>
public sealed class ActivationTests : IDisposable
{
    // Opens the sockets, then for each line on its input: starts the program with them from descriptor 3 up, and tells of its end.
    private const string Keeper = """
        import os, socket, sys
        kept = []
        for address in sys.argv[1].split(','):
            if address.startswith('/'):
                s = socket.socket(socket.AF_UNIX); s.bind(address)
            else:
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM if address == 'udp' else socket.SOCK_STREAM); s.bind(('127.0.0.1', 0))
            if address != 'udp': s.listen(16)
            os.set_inheritable(s.fileno(), False); kept.append(s)
        print('port', kept[0].getsockname()[1] if not sys.argv[1].startswith('/') else 0, flush=True)
        for line in sys.stdin:
            child = os.fork()
            if child == 0:
                high = [os.dup(s.fileno()) for s in kept]
                for i, fd in enumerate(high): os.dup2(fd, 100 + i)
                for i in range(len(high)): os.dup2(100 + i, 3 + i)
                os.closerange(3 + len(high), 200)
                os.environ.update(LISTEN_FDS=str(len(high)), LISTEN_PID=str(os.getpid()), LISTEN_FDNAMES=sys.argv[2])
                os.execv(sys.argv[3], sys.argv[3:])
            print('started', child, flush=True)
            print('ended', os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
        """;

    private const string Apps = """
        apps:
          - name: demo
            id: 1
            token: t-demo-1
            jobs:
              - {name: look, type: local, command: [/bin/sh, -c, "env; ls -l /proc/$$/fd"]}
        """;

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly DaemonProcess _place = new(Apps);
    private Process? _keeper;

    public void Dispose()
    {
        if (Last("started") is { } pid && Last("ended") is null)
            Process.GetProcessById(int.Parse(pid)).Kill();
        if (_keeper is { HasExited: false })
            _keeper.Kill();
        _keeper?.Dispose();
        Directory.Delete(_place.Directory, recursive: true);
    }

    [Fact]
    public async Task HandedSockets_ReplaceListen_AndConnectionsWaitWhileTheDaemonRestarts()
    {
        string unix = Path.Combine(_place.Directory, "api.sock");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{await KeepAsync($"tcp,{unix}", "http:admin")}/") };
        await StartAsync();
        Assert.Equal("ok", await http.GetStringAsync("healthz"));
        Assert.Contains("200 OK", await AskUnixAsync(unix), StringComparison.Ordinal);
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync($"http://127.0.0.1:{_place.Port}/healthz"));
        Assert.Contains(_lines, l => l.Contains($"unix:{unix}", StringComparison.Ordinal));

        Assert.Equal(0, DaemonProcess.SendSignal(int.Parse(Last("started")!, CultureInfo.InvariantCulture), 15));
        await Eventually.Holds(() => Last("ended") == "0", "the daemon did not stop");
        Task<string> waiting = http.GetStringAsync("healthz"), waitingUnix = AskUnixAsync(unix);
        Assert.False(waiting.IsCompleted);
        await StartAsync();
        Assert.Equal("ok", await waiting);
        Assert.Contains("200 OK", await waitingUnix, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commands_GetNeitherSocketsNorTheirVariables()
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{await KeepAsync("tcp", "http")}/") };
        await StartAsync();
        await http.PostAsync("api/tasks.do", new StringContent("""{"job":"look","token":"t-demo-1","param":{}}"""));
        JsonNode? task = null;
        await Eventually.Holds(
            async () => (task = JsonNode.Parse(await http.GetStringAsync("api/tasks.do?job=look&token=t-demo-1"))!["data"]!.AsArray().FirstOrDefault(t => (int)t!["state"]! == 300)) is not null,
            TimeSpan.FromSeconds(30), () => "the command did not end");
        string output = (string)JsonNode.Parse(await http.GetStringAsync($"api/tasks/{task!["id"]}.do?token=t-demo-1"))!["data"]!["output"]!;
        Assert.Contains("QSCHEDD_TASK_ID", output, StringComparison.Ordinal);
        Assert.DoesNotContain("LISTEN_", output, StringComparison.Ordinal);
        Assert.DoesNotContain("socket:", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("udp", "http", "does not listen for streams")]
    [InlineData("tcp", "https", "server.tls")]
    public async Task Start_SaysWhy_WhenASocketCannotBeServed(string sockets, string names, string words)
    {
        await KeepAsync(sockets, names);
        await _keeper!.StandardInput.WriteLineAsync();
        await Eventually.Holds(() => Last("ended") == "1", $"the daemon did not refuse:\n{string.Join('\n', _lines)}");
        await Eventually.Holds(() => _lines.Any(l => l.Contains(words, StringComparison.Ordinal)), $"it does not say why:\n{string.Join('\n', _lines)}");
    }

    private async Task<int> KeepAsync(string sockets, string names)
    {
        var info = new ProcessStartInfo("python3", ["-c", Keeper, sockets, names, Binary.Path, "run", "-c", _place.ConfigPath])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        _keeper = Process.Start(info)!;
        _keeper.OutputDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        _keeper.ErrorDataReceived += (_, e) => _lines.Enqueue(e.Data ?? "");
        _keeper.BeginOutputReadLine();
        _keeper.BeginErrorReadLine();
        await Eventually.Holds(() => Last("port") is not null, "no sockets were opened");
        return int.Parse(Last("port")!);
    }

    private async Task StartAsync()
    {
        int before = _lines.Count(l => l.Contains("listening on", StringComparison.Ordinal));
        await _keeper!.StandardInput.WriteLineAsync();
        await _keeper.StandardInput.FlushAsync();
        await Eventually.Holds(() => _lines.Count(l => l.Contains("listening on", StringComparison.Ordinal)) > before, "the daemon did not start");
    }

    /// <summary>What the keeper said of it last, since the last start.</summary>
    private string? Last(string word) =>
        _lines.Reverse().TakeWhile(l => word != "ended" || !l.StartsWith("started ", StringComparison.Ordinal))
            .FirstOrDefault(l => l.StartsWith(word + " ", StringComparison.Ordinal))?.Split(' ')[1];

    private static async Task<string> AskUnixAsync(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await socket.SendAsync(Encoding.ASCII.GetBytes("GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
        using var stream = new NetworkStream(socket);
        return await new StreamReader(stream).ReadToEndAsync();
    }
}
