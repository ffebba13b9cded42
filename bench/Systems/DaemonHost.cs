using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Qschedd.Bench.Measure;

namespace Qschedd.Bench.Systems;

/// <summary>The published binary on a directory of its own.</summary>
internal sealed partial class DaemonHost : IDisposable
{
    private const int SigHup = 1;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan LongestCommit = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(10);

    private readonly Child _process;

    private DaemonHost(Child process, int port, double startSeconds)
    {
        (_process, Port, StartSeconds) = (process, port, startSeconds);
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}/") };
        Stat = new ProcStat(process.Pid);
    }

    public int Port { get; }
    public HttpClient Http { get; }
    public ProcStat Stat { get; }
    /// <summary>From the start of the process to its first answer.</summary>
    public double StartSeconds { get; }

    public static DaemonHost Start(string binary, string folder, int port)
    {
        long start = Stopwatch.GetTimestamp();
        var process = Child.Start(binary, ["run", "-c", folder]);
        process.IgnoreOutput();
        try
        {
            while (!Answers(port))
            {
                if (process.HasEnded || Stopwatch.GetElapsedTime(start) > Patience)
                    throw new InvalidOperationException($"qschedd did not start:\n{process.Errors}");
                Thread.Sleep(PauseAfter(Stopwatch.GetElapsedTime(start)));
            }
            return new DaemonHost(process, port, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        catch
        {
            process.Dispose();
            throw;
        }
    }

    /// <summary>Asks it to read its configuration again.</summary>
    public void Reload() => _ = Signal(_process.Pid, SigHup);

    /// <summary>
    /// Waits until it writes nothing any more: a start with many new jobs goes on saving their rows for seconds after its first answer.
    /// </summary>
    public async Task RestAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        for (string before = "", now = await SavedAsync(); now != before; (before, now) = (now, await SavedAsync()))
            await Task.Delay(LongestCommit, patience.Token);
    }

    /// <summary>Waits until nothing runs at a worker of this machine any more, and nothing is on its way there.</summary>
    public async Task FinishAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!(await Http.GetStringAsync("api/check/127.0.0.1.do", patience.Token)).Contains("\"data\":[]", StringComparison.Ordinal))
            await Task.Delay(Look, patience.Token);
    }

    private async Task<string> SavedAsync()
    {
        string metrics = await Http.GetStringAsync("metrics");
        return metrics.Split('\n').First(line => line.StartsWith("qschedd_store_batch_changes_sum ", StringComparison.Ordinal));
    }

    public async Task<string> JobAsync(int number) =>
        await Http.GetStringAsync($"api/jobs/{JobFiles.NameOf(number)}.do?token={JobFiles.Token}");

    public void Dispose()
    {
        Http.Dispose();
        _process.Dispose();
    }

    /// <summary>Looks cost processor time, which the start needs: they come further apart, each within a hundredth of what has gone by.</summary>
    private static TimeSpan PauseAfter(TimeSpan elapsed) => TimeSpan.FromMilliseconds(Math.Max(1, elapsed.TotalMilliseconds / 100));

    /// <summary>By a bare socket: an HTTP client of .NET would add its own start to the first figure.</summary>
    private static bool Answers(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            socket.Send("GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"u8);
            Span<byte> answer = stackalloc byte[256];
            return socket.Receive(answer) is var read && answer[..read].StartsWith("HTTP/1.1 200"u8);
        }
        catch (SocketException)
        {
            return false; // not listening yet
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int pid, int signal);
}
