using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Qschedd.Tests.EndToEnd;

/// <summary>What the daemon tells a service manager, heard on a real socket.</summary>
public class ServiceTests
{
    private const int SigHup = 1;
    private const string Apps = """
        apps:
          - name: demo
            id: 1
            token: t-demo-1
            jobs:
              - {name: env, type: local, command: [/usr/bin/env]}
              - {name: often, type: local, command: [/bin/true], cron: "* * * * * ?"}
        """;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Daemon_TellsItsLife_FromReadyToStopping(bool isAbstract)
    {
        using var manager = new ServiceManager(isAbstract);
        await using var daemon = new DaemonProcess(Apps);
        daemon.Env["NOTIFY_SOCKET"] = manager.Address;
        var started = daemon.StartAsync();
        await manager.Hears("READY=1");
        Assert.Equal(HttpStatusCode.OK, (await daemon.Http.GetAsync("readyz")).StatusCode);
        Assert.Contains("STATUS=2 jobs, 2 on; ", manager.Words.First(), StringComparison.Ordinal);
        await started;

        long before = Microseconds();
        daemon.Signal(SigHup);
        string reloading = await manager.Hears("RELOADING=1");
        long told = long.Parse(reloading.Split('\n').Single(l => l.StartsWith("MONOTONIC_USEC=", StringComparison.Ordinal))["MONOTONIC_USEC=".Length..], CultureInfo.InvariantCulture);
        Assert.InRange(told, before, Microseconds());
        await manager.Hears("READY=1", after: reloading);

        Assert.Equal(0, await daemon.TerminateAsync());
        await manager.Hears("STOPPING=1");
        Assert.DoesNotContain(manager.Words, w => w.Contains("WATCHDOG", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RefusedChange_IsReadyAgain_WithItsFirstMistakeInTheStatus()
    {
        using var manager = new ServiceManager(false);
        await using var daemon = new DaemonProcess(Apps);
        daemon.Env["NOTIFY_SOCKET"] = manager.Address;
        await daemon.StartAsync();
        daemon.Write(Apps.Replace("cron", "corn", StringComparison.Ordinal));
        string reloading = await manager.Hears("RELOADING=1");
        string ready = await manager.Hears("READY=1", after: reloading);
        Assert.Contains($"{daemon.ConfigPath}:", ready, StringComparison.Ordinal);
        Assert.Contains("did you mean 'cron'", ready, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignsOfLife_AreGiven_AndCommandsKnowNothingOfTheManager()
    {
        using var manager = new ServiceManager(false);
        await using var daemon = new DaemonProcess(Apps);
        (daemon.Env["NOTIFY_SOCKET"], daemon.Env["WATCHDOG_USEC"]) = (manager.Address, "400000");
        await daemon.StartAsync();
        await Eventually.Holds(() => manager.Words.Count(w => w == "WATCHDOG=1") >= 5, "too few signs of life");
        await daemon.PostAsync("api/tasks.do", new { job = "env", token = DaemonProcess.Token, param = new { } });
        await Eventually.Holds(
            async () => (await daemon.TasksAsync("env")).Any(t => (int)t!["state"]! == 300), TimeSpan.FromSeconds(30), () => "the command did not end");
        string id = (string)(await daemon.TasksAsync("env"))[0]!["id"]!;
        string output = (string)(await daemon.GetJsonAsync($"api2/tasks/{id}.do", DaemonProcess.Token))["data"]!["output"]!;
        Assert.Contains("QSCHEDD_TASK_ID", output, StringComparison.Ordinal);
        Assert.DoesNotContain("NOTIFY_SOCKET", output, StringComparison.Ordinal);
        Assert.DoesNotContain("WATCHDOG", output, StringComparison.Ordinal);
    }

    private static long Microseconds() => (long)(Stopwatch.GetTimestamp() / (Stopwatch.Frequency / 1e6));

    /// <summary>Listens as systemd does.</summary>
    private sealed class ServiceManager : IDisposable
    {
        private readonly string _path;
        private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        private readonly ConcurrentQueue<string> _words = new();

        public ServiceManager(bool isAbstract)
        {
            string name = $"qschedd-notify-{Guid.NewGuid():N}";
            _path = isAbstract ? "" : Path.Combine(Path.GetTempPath(), name);
            Address = isAbstract ? "@" + name : _path;
            _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? '\0' + name : _path));
            _ = ListenAsync();
        }

        public string Address { get; }
        public IReadOnlyList<string> Words => [.. _words];

        public async Task<string> Hears(string line, string? after = null)
        {
            string? Find() => Words.SkipWhile(w => after is not null && w != after).FirstOrDefault(w => w.Split('\n').Contains(line));
            await Eventually.Holds(() => Find() is not null, $"{line} was not told, only:\n{string.Join('\n', Words)}");
            return Find()!;
        }

        public void Dispose()
        {
            _socket.Dispose();
            File.Delete(_path.Length > 0 ? _path : Path.Combine(Path.GetTempPath(), "qschedd-none"));
        }

        private async Task ListenAsync()
        {
            byte[] buffer = new byte[64 * 1024];
            try
            {
                while (true)
                    _words.Enqueue(Encoding.UTF8.GetString(buffer, 0, await _socket.ReceiveAsync(buffer, SocketFlags.None)));
            }
            catch (SocketException)
            {
                // Closed: the test is over.
            }
            catch (ObjectDisposedException)
            {
                // Likewise.
            }
        }
    }
}
