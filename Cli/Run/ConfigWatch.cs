using System.Threading.Channels;

namespace Qschedd.Cli.Run;

/// <summary>
/// Tells when the files of a configuration have changed and come to rest. The kernel's events (inotify) make it quick; a look every
/// two seconds makes it sure: of a directory that was replaced as a whole, or of a link that was turned, some events never come.
/// </summary>
internal sealed class ConfigWatch : IDisposable
{
    public static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly Channel<bool> _events = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private FileSystemWatcher? _watcher;
    private string _seen;

    public ConfigWatch(string path)
    {
        _path = Path.GetFullPath(path);
        _seen = ConfigFingerprint.Of(_path);
        Watch();
    }

    /// <summary>Asks for a reload whether or not the files look changed: SIGHUP.</summary>
    public void Force()
    {
        IsForced = true;
        _events.Writer.TryWrite(true);
    }

    /// <summary>What was seen could not be taken into force: it counts as a change again.</summary>
    public void Repeat() => IsForced = true;

    public bool IsForced { get; private set; }

    /// <summary>Completes when there is a change, at rest for <see cref="Settle"/>, or a forced look.</summary>
    public async Task WaitAsync(CancellationToken stop)
    {
        while (!IsForced && ConfigFingerprint.Of(_path) == _seen)
        {
            Watch();
            await EventOrTimeAsync(LookEvery, stop);
        }
        IsForced = false;
        await RestAsync(stop);
    }

    public void Dispose() => _watcher?.Dispose();

    private async Task RestAsync(CancellationToken stop)
    {
        do
        {
            _seen = ConfigFingerprint.Of(_path);
            await Task.Delay(Settle, stop);
        }
        while (ConfigFingerprint.Of(_path) != _seen);
    }

    private async Task EventOrTimeAsync(TimeSpan most, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        either.CancelAfter(most);
        try
        {
            await _events.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Time for a look without an event.
        }
    }

    /// <summary>Watches the directory, once it is there; a directory that was replaced is watched anew.</summary>
    private void Watch()
    {
        string directory = Directory.Exists(_path) ? _path : Path.GetDirectoryName(_path)!;
        if (_watcher is not null || !Directory.Exists(directory))
            return;
        try
        {
            _watcher = WatcherOf(directory);
        }
        catch (IOException)
        {
            // No inotify instance is left: the looks go on without events.
        }
    }

    private FileSystemWatcher WatcherOf(string directory)
    {
        var watcher = new FileSystemWatcher(directory) { NotifyFilter = NotifyFilters.FileName | NotifyFilters.LastWrite | NotifyFilters.Size };
        watcher.Changed += (_, _) => _events.Writer.TryWrite(true);
        watcher.Created += (_, _) => _events.Writer.TryWrite(true);
        watcher.Deleted += (_, _) => _events.Writer.TryWrite(true);
        watcher.Renamed += (_, _) => _events.Writer.TryWrite(true);
        watcher.Error += (_, _) => Forget();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private void Forget()
    {
        Interlocked.Exchange(ref _watcher, null)?.Dispose();
        _events.Writer.TryWrite(true);
    }
}
