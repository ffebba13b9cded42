namespace Qschedd.Cli.Run;

/// <summary>
/// Tells when the files of a configuration have changed and come to rest. The kernel's events (inotify) make it quick; a look every
/// two seconds makes it sure: of a directory that was replaced as a whole, or of a link that was turned, some events never come.
/// </summary>
/// <remarks>
/// It waits on a thread, not on a timer: a tick of a timer wakes the timers' thread, a worker of the pool and the thread that counts
/// these, some six wake-ups for each look.
/// </remarks>
internal sealed class ConfigWatch : IDisposable
{
    public static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);

    private readonly string _path;
    private readonly AutoResetEvent _events = new(false);
    private FileSystemWatcher? _watcher;
    private volatile bool _isForced;
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
        _isForced = true;
        _events.Set();
    }

    /// <summary>What was seen could not be taken into force: it counts as a change again.</summary>
    public void Repeat() => _isForced = true;

    /// <summary>Blocks until there is a change, at rest for <see cref="Settle"/>, or a forced look. False: stopped.</summary>
    public bool Wait(CancellationToken stop)
    {
        WaitHandle[] eventOrStop = [_events, stop.WaitHandle];
        while (!_isForced && ConfigFingerprint.Of(_path) == _seen)
        {
            Watch();
            WaitHandle.WaitAny(eventOrStop, LookEvery);
            if (stop.IsCancellationRequested)
                return false;
        }
        _isForced = false;
        return Rests(stop);
    }

    // The event is not disposed: a watcher that is being disposed may still set it, and it holds nothing of the system's.
    public void Dispose() => _watcher?.Dispose();

    private bool Rests(CancellationToken stop)
    {
        do
        {
            _seen = ConfigFingerprint.Of(_path);
            if (stop.WaitHandle.WaitOne(Settle))
                return false;
        }
        while (ConfigFingerprint.Of(_path) != _seen);
        return true;
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
        watcher.Changed += (_, _) => _events.Set();
        watcher.Created += (_, _) => _events.Set();
        watcher.Deleted += (_, _) => _events.Set();
        watcher.Renamed += (_, _) => _events.Set();
        watcher.Error += (_, _) => Forget();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private void Forget()
    {
        Interlocked.Exchange(ref _watcher, null)?.Dispose();
        _events.Set();
    }
}
