using System.Net;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>
/// Workers that are given by number can be told at once to be outside of <c>server.workerNetworks</c>, which may stand in another file;
/// names are looked at when they are connected to.
/// </summary>
internal sealed class NetworkCheck
{
    private readonly Dictionary<string, (FileErrors File, Position At, IPAddress Host)> _places = new(StringComparer.Ordinal);

    /// <summary>The first place counts; of a file that is read once more, that of the last reading.</summary>
    public void Note(FileErrors file, Position at, string address)
    {
        bool isReadAgain = _places.TryGetValue(address, out var known) && known.File != file && known.File.File == file.File;
        if (isReadAgain)
            _places[address] = known with { File = file, At = at };
        else if (WorkerNetworks.ParseAddress(Worker.HostOf(address)) is { } host)
            _places.TryAdd(address, (file, at, host));
    }

    public void Report(WorkerNetworks networks)
    {
        string known = ReferenceEquals(networks, WorkerNetworks.Private) ? "private ranges and loopback" : networks.ToString();
        foreach (var (address, (file, at, host)) in _places)
            if (!networks.Allows(host))
                file.Add(at, $"worker {Shown.Quote(address)} is outside server.workerNetworks ({known}): add its network there, as in workerNetworks: [\"{host}\"]");
    }
}
