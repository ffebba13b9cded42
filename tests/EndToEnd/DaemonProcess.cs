using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary>A daemon in a directory of its own: the real binary, real sockets, real files. It may be killed and started again.</summary>
internal sealed partial class DaemonProcess : IAsyncDisposable
{
    public const string Token = "t-demo-1";
    public const string AdminToken = "t-admin-1";

    private const int SigTerm = 15;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<string> _lines = new();
    private Process? _process;

    public DaemonProcess(string? yaml = null)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("qschedd-e2e-").FullName;
        Port = FreePort.Take();
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Port}/") };
        if (yaml is not null)
            Write(yaml);
    }

    public string Directory { get; }
    public int Port { get; }
    public HttpClient Http { get; }
    public string ConfigPath => Path.Combine(Directory, "jobs.yaml");
    public string DatabasePath => Path.Combine(Directory, "qschedd.db");
    public IEnumerable<string> Lines => _lines;
    /// <summary>The published binary, unless a test has another.</summary>
    public string Program { get; init; } = Binary.Path;
    /// <summary>Added to its environment at the next start.</summary>
    public Dictionary<string, string> Env { get; } = [];
    public int Pid => _process!.Id;

    /// <summary>A server section with the port of this daemon, then the apps as given.</summary>
    public string Compose(string apps, string server = "") => $"""
        server:
          listen: http://127.0.0.1:{Port}
          adminToken: {AdminToken}
          timeZone: Asia/Shanghai
        {server}
        {apps}
        """;

    public void Write(string apps, string server = "") => File.WriteAllText(ConfigPath, Compose(apps, server));

    public async Task<DaemonProcess> StartAsync(params string[] more)
    {
        _process = Binary.Start(Program, ["run", "-c", ConfigPath, .. more], Env);
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        await Eventually.Holds(async () => await IsReadyAsync(), Patience, () => $"the daemon did not get ready:\n{string.Join('\n', _lines)}");
        return this;
    }

    public async Task<string> GetAsync(string path) => await Http.GetStringAsync(path);

    public async Task<JsonNode> GetJsonAsync(string path) => JsonNode.Parse(await GetAsync(path))!;

    /// <summary>With the token in the header, as the second generation wants it.</summary>
    public async Task<JsonNode> GetJsonAsync(string path, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Q-Server-Token", token);
        using var answer = await Http.SendAsync(request);
        return JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
    }

    public async Task<string> PostAsync(string path, object body) =>
        await (await Http.PostAsJsonAsync(path, body)).Content.ReadAsStringAsync();

    public async Task<JsonNode> JobAsync(string name) => (await GetJsonAsync($"api/jobs/{Uri.EscapeDataString(name)}.do?token={AdminToken}"))["data"]!;

    public async Task<JsonArray> TasksAsync(string job) =>
        (await GetJsonAsync($"api/tasks.do?job={Uri.EscapeDataString(job)}&token={AdminToken}&limit=1000"))["data"]!.AsArray();

    /// <summary>SIGKILL: no chance to tidy up.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    public void Signal(int signal) => Assert.Equal(0, SendSignal(_process!.Id, signal));

    public async Task<int> TerminateAsync()
    {
        Signal(SigTerm);
        using var patience = new CancellationTokenSource(Patience);
        await _process!.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private async Task<bool> IsReadyAsync()
    {
        Assert.False(_process!.HasExited, $"the daemon ended:\n{string.Join('\n', _lines)}");
        try
        {
            return (await Http.GetAsync("readyz")).IsSuccessStatusCode;
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

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    internal static partial int SendSignal(int pid, int signal);
}

/// <summary>Waits for what another process does: looks again at short intervals until it holds.</summary>
internal static class Eventually
{
    public static async Task Holds(Func<Task<bool>> isSo, TimeSpan patience, Func<string> otherwise)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        long start = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < patience, otherwise());
            await timer.WaitForNextTickAsync();
        }
    }

    public static Task Holds(Func<bool> isSo, string otherwise) =>
        Holds(() => Task.FromResult(isSo()), TimeSpan.FromSeconds(30), () => otherwise);
}
