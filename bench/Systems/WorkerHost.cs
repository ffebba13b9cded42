using Qschedd.Bench.Measure;

namespace Qschedd.Bench.Systems;

/// <summary>The worker of the measured tasks, in a process of its own.</summary>
internal sealed class WorkerHost : IDisposable
{
    public const string RunPath = "/qschedule/run";

    /// <summary>Runs that are posted here wait between <see cref="HoldAsync"/> and <see cref="ReleaseAsync"/>.</summary>
    public const string HeldPath = "/held/run";

    private readonly Child _process;
    private readonly HttpClient _http = new();

    private WorkerHost(Child process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    public string Address => $"127.0.0.1:{Port}";

    /// <summary>Where a run is posted to.</summary>
    public string Url => $"http://{Address}{RunPath}";

    public static async Task<WorkerHost> StartAsync()
    {
        int port = FreePort.Take();
        return new WorkerHost(await StartServerAsync("worker", port), port);
    }

    /// <summary>A serving mode of this program, once it listens.</summary>
    public static async Task<Child> StartServerAsync(string mode, int port)
    {
        var process = Child.StartSelf(mode, "--port", $"{port}");
        await process.ReadLineAsync();
        return process;
    }

    /// <summary>What reached the worker, second by second.</summary>
    public async Task<Samples> SecondsAsync(int warmUp, int seconds)
    {
        var samples = new Samples();
        await Seconds.NextAsync(warmUp);
        await SeenAsync();
        for (int i = 0; i < seconds; i++)
        {
            await Seconds.NextAsync(1);
            samples.AddAll(await SeenAsync());
        }
        return samples;
    }

    public Task HoldAsync() => _http.GetByteArrayAsync($"http://{Address}/hold");

    public Task ReleaseAsync() => _http.GetByteArrayAsync($"http://{Address}/release");

    public void Dispose()
    {
        _http.Dispose();
        _process.Dispose();
    }

    private async Task<Samples> SeenAsync() => Samples.FromLine(await _http.GetStringAsync($"http://{Address}/seen"));
}
