using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace Qschedd.Cli.ReferenceAgent;

/// <summary>Tells the daemon that the agent lives: at once, then again and again, for a registration ends by itself.</summary>
internal sealed class AgentRegistration(
    AgentOptions options, AgentCommands commands, AgentDaemon daemon, IPEndPoint listening, ILogger log, TimeProvider time)
{
    private readonly Uri _server = options.Server ?? throw new ArgumentException("no server", nameof(options));
    private string? _lastFault = "";

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            string address = AddressTowards();
            string? fault = await daemon.RegisterAsync(Endpoint("register"), address, options.Hostname, options.App!, Jobs(), stop);
            if (!stop.IsCancellationRequested)
            {
                NoteChange(fault, address);
                await Task.Delay(fault is null ? options.RegisterEvery : options.RegisterAgainAfterFailure, time, stop)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>One try: if it fails, the registration ends by itself.</summary>
    public async Task UnregisterAsync()
    {
        string? fault = await daemon.RegisterAsync(
            Endpoint("unregister"), AddressTowards(), options.Hostname, options.App!, Jobs(), CancellationToken.None);
        if (fault is null)
        {
            AgentLog.Unregistered(log, _server);
        }
    }

    /// <summary>Where the daemon reaches the agent: as told, else where it listens; of a wildcard, the address that the route to the server has.</summary>
    internal string AddressTowards()
    {
        if (options.Address is { } told)
        {
            return told;
        }
        if (!listening.Address.Equals(IPAddress.Any) && !listening.Address.Equals(IPAddress.IPv6Any))
        {
            return listening.ToString();
        }
        try
        {
            // Connecting a datagram socket sends nothing; it only asks for the route.
            using var probe = new Socket(SocketType.Dgram, ProtocolType.Udp);
            probe.Connect(_server.DnsSafeHost, _server.Port);
            IPAddress own = ((IPEndPoint)probe.LocalEndPoint!).Address;
            return new IPEndPoint(own.IsIPv4MappedToIPv6 ? own.MapToIPv4() : own, listening.Port).ToString();
        }
        catch (SocketException)
        {
            // No route now: the call will fail too, and is logged there.
            return $"{options.Hostname}:{listening.Port}";
        }
    }

    private IEnumerable<string> Jobs() => commands.ByJob.Keys.Order(StringComparer.Ordinal);

    private Uri Endpoint(string verb) => new(_server, $"api/workers/{verb}.do");

    private void NoteChange(string? fault, string address)
    {
        if (fault == _lastFault)
        {
            return;
        }
        _lastFault = fault;
        if (fault is null)
        {
            AgentLog.Registered(log, address, _server);
        }
        else
        {
            AgentLog.NotRegistered(log, _server, fault, options.RegisterAgainAfterFailure);
        }
    }
}
