using System.Collections.Concurrent;
using System.Diagnostics;

namespace Qschedd.Tests.EndToEnd;

/// <summary>
/// A <c>qschedd agent</c> on a host of its own (all of 127.0.0.0/8 is this machine), whose commands leave a receipt each: one line
/// with the task's id. It may be killed and started again.
/// </summary>
internal sealed class FleetAgent : IAsyncDisposable
{
    private readonly string _directory;
    private readonly string _server;
    private readonly HttpClient _http = new();
    private readonly ConcurrentQueue<string> _lines = new();
    private Process? _process;

    public FleetAgent(string directory, int number, string server, IEnumerable<string> jobs)
    {
        (_directory, _server) = (Path.Combine(directory, $"agent{number}"), server);
        Host = $"127.0.1.{number}";
        Address = $"{Host}:{FreePort.Take()}";
        Directory.CreateDirectory(_directory);
        // Every tenth takes more than a second, so that there is always something to wait for.
        File.WriteAllLines(CommandsPath, jobs.Select((job, i) =>
            $"{job}: [/bin/sh, -c, '{(i % 10 == 0 ? "sleep 1.2; " : "")}echo \"$QSCHEDD_TASK_ID\" >> {ReceiptsPath}']"));
        File.WriteAllText(ReceiptsPath, "");
    }

    public string Host { get; }
    public string Address { get; }
    public IEnumerable<string> Lines => _lines;
    private string CommandsPath => Path.Combine(_directory, "commands.yaml");
    private string ReceiptsPath => Path.Combine(_directory, "receipts");

    public async Task<FleetAgent> StartAsync()
    {
        _process = Binary.Start(
            ["agent", "--listen", Address, "--commands", CommandsPath, "--server", _server, "--app", "fleet", "--slots", "500", "--log-level", "warning"],
            new Dictionary<string, string> { ["QSCHEDD_TOKEN"] = DaemonProcess.Token });
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.Holds(IsHealthyAsync, TimeSpan.FromSeconds(60), () => $"the agent on {Address} did not get ready:\n{string.Join('\n', _lines)}");
        return this;
    }

    /// <summary>SIGKILL: it cannot finish, report or say goodbye.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _process = null;
    }

    /// <summary>The ids of the tasks that its commands ran for.</summary>
    public string[] Receipts() => File.ReadAllLines(ReceiptsPath);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_process is not null)
            await KillAsync();
    }

    private async Task<bool> IsHealthyAsync()
    {
        Assert.False(_process!.HasExited, $"the agent on {Address} ended:\n{string.Join('\n', _lines)}");
        try
        {
            return (await _http.GetAsync($"http://{Address}/healthz")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // not listening yet
        }
    }

    private void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}
