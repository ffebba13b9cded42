using System.Collections.Immutable;
using System.Net;

namespace Qschedd.Engine;

/// <summary>A host as a caller of <c>check</c> names it, compared with names that workers gave: nothing is ever resolved.</summary>
internal sealed class HostName(string text, ImmutableArray<string> own)
{
    private readonly IPAddress? _ip = IPAddress.TryParse(text, out var ip) ? Plain(ip) : null;

    /// <summary>It is the daemon's own host. Each name of that is compared: for who has something to ask of it only.</summary>
    public bool IsOwn => own.Any(FitsName);

    /// <param name="worker">By the host part of its address, or by a name that it goes by.</param>
    public bool Fits(WorkerState worker) => Fits(worker.Host) || worker.Names.Any(FitsName);

    /// <summary>A name may carry a port.</summary>
    public bool FitsName(string name) => Fits(Model.Worker.HostOf(name)) || Fits(name);

    /// <summary>An address fits an address alone; leading labels are for names.</summary>
    private bool Fits(string name)
    {
        if (IPAddress.TryParse(name, out var other))
            return Plain(other).Equals(_ip);
        return _ip is null && name.StartsWith(text, StringComparison.OrdinalIgnoreCase)
            && (name.Length == text.Length || name[text.Length] == '.');
    }

    private static IPAddress Plain(IPAddress ip) => ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip;
}
