using System.Collections.Concurrent;

namespace Qschedd.Workers.Native;

/// <summary>URLs of workers, made once: parsing one costs as much as signing a run. Any thread.</summary>
internal sealed class Targets
{
    /// <summary>Workers come and go: past so many the URLs are made anew.</summary>
    private const int CountMax = 10_000;

    private readonly ConcurrentDictionary<(string Address, string Path), Uri> _urls = new();
    private int _count;

    /// <summary>Null: not host:port, as <see cref="NativeLink.TargetOf"/> says.</summary>
    public Uri? Of(string address, string path)
    {
        if (_urls.TryGetValue((address, path), out Uri? url))
            return url;
        if (NativeLink.TargetOf(address, path) is not { } made)
            return null;
        if (Interlocked.Increment(ref _count) > CountMax)
        {
            _urls.Clear();
            Volatile.Write(ref _count, 1);
        }
        _urls[(address, path)] = made;
        return made;
    }
}
