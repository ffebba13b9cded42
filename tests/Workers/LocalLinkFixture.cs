using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers;
using Qschedd.Workers.Local;

namespace Qschedd.Tests.Workers;

public abstract class LocalLinkFixture : IDisposable
{
    private protected static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);
    private protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private protected readonly LocalProcesses _processes = new(4, ["DEMO_SECRET"]);
    private protected readonly LocalLink _link;
    private protected readonly string _directory = Directory.CreateTempSubdirectory("qschedd-local").FullName;

    private protected LocalLinkFixture() => _link = new LocalLink(_processes, Grace, TimeProvider.System);

    public void Dispose()
    {
        _processes.Dispose();
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    private protected Task<RunOutcome> RunAsync(LocalCommand command, string? parameter = null) =>
        _link.RunAsync(Samples.Local(command, parameter), static _ => { }, CancellationToken.None).WaitAsync(Limit);

    /// <summary>Starts a command and waits until it has made the file "ready", by an event rather than by looking again and again.</summary>
    private protected async Task<(Task<RunOutcome> Run, string Process)> StartAsync(RunRequest request)
    {
        var process = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var watcher = new FileSystemWatcher(_directory, "ready");
        watcher.Created += (_, _) => ready.TrySetResult();
        watcher.EnableRaisingEvents = true;
        Task<RunOutcome> run = _link.RunAsync(request, process.SetResult, CancellationToken.None);
        await ready.Task.WaitAsync(Limit);
        return (run.WaitAsync(Limit), await process.Task);
    }

    private protected LocalCommand ShellHere(string line) => Samples.Shell(line) with { WorkingDirectory = _directory };

    private protected Task<KillOutcome> KillAsync(string taskId) =>
        _link.KillAsync(new KillRequest(taskId, Samples.Job(), "local"), CancellationToken.None);
}
