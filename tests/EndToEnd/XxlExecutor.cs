using System.Collections.Concurrent;
using System.Diagnostics;

namespace Qschedd.Tests.EndToEnd;

/// <summary>A real executor of XXL-JOB: the npm package <c>xxl-job</c>, started by node in a directory of its own.</summary>
internal sealed class XxlExecutor : IAsyncDisposable
{
    private const int SigTerm = 15;

    private readonly Process _process;
    private readonly string _directory;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly HttpClient _http = new();

    private XxlExecutor(Process process, string directory, int port)
    {
        (_process, _directory, Port) = (process, directory, port);
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Port { get; }

    /// <summary>As it registers: the package serves below a path.</summary>
    public string Address => $"http://127.0.0.1:{Port}/job";

    public string Lines => string.Join('\n', _lines);

    /// <param name="admin">Where its calls go: the daemon, with the context path of older schedulers or without.</param>
    public static XxlExecutor Start(string admin, string app, string token)
    {
        string script = Path.Combine(Repo.Root, "out", "peers", "xxl-job", "executor.mjs");
        Assert.True(File.Exists(script), $"no executor at {script}: run 'make peers' first");
        string directory = Directory.CreateTempSubdirectory("qschedd-xxl-").FullName;
        int port = FreePort.Take();
        var info = new ProcessStartInfo("node", [script, $"{port}", admin, app, token])
        {
            WorkingDirectory = directory, // it keeps its logs there
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["NODE_OPTIONS"] = "";
        return new XxlExecutor(Process.Start(info)!, directory, port);
    }

    /// <summary>Lets the handler <c>held</c> end.</summary>
    public async Task ReleaseAsync() => (await _http.PostAsync($"http://127.0.0.1:{Port}/release", null)).EnsureSuccessStatusCode();

    /// <summary>SIGTERM: it says goodbye to the scheduler and ends.</summary>
    public async Task LeaveAsync()
    {
        Assert.Equal(0, DaemonProcess.SendSignal(_process.Id, SigTerm));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _process.WaitForExitAsync(patience.Token);
        Assert.True(_process.ExitCode == 0, Lines);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _http.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void Keep(string? line)
    {
        if (line is not null)
            _lines.Enqueue(line);
    }
}
