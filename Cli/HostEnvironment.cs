using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Qschedd.Config;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Cli;

/// <summary>What the program asks of the host that it runs on.</summary>
internal static class HostEnvironment
{
    /// <param name="namesRead">Gets the names of the variables that the YAML refers to.</param>
    /// <param name="isDistrustFatal">A file that others may change is refused; else there is a warning.</param>
    public static ConfigEnvironment ForConfig(ICollection<string>? namesRead = null, bool isDistrustFatal = true) => new()
    {
        Trust = FileTrust.OfProcess(),
        IsDistrustFatal = isDistrustFatal,
        GetVariable = name =>
        {
            namesRead?.Add(name);
            return Environment.GetEnvironmentVariable(name);
        },
        HostTimeZone = ZoneTable.Local.Id,
        HostName = Dns.GetHostName(),
        StateDirectory = Environment.GetEnvironmentVariable("STATE_DIRECTORY"),
        NowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
    };

    /// <summary>Of all interfaces. To ask the system takes milliseconds.</summary>
    public static ImmutableArray<IPAddress> Addresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .Select(a => a.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress(a.GetAddressBytes()) : a)
            .Distinct(),
    ];

    /// <summary>Names and addresses of this host, its name first.</summary>
    /// <param name="addresses">What <see cref="Addresses"/> gave.</param>
    public static ImmutableArray<string> Names(ImmutableArray<IPAddress> addresses) =>
        [Dns.GetHostName(), .. addresses.Select(a => a.ToString()), "localhost"];

    /// <summary>An IPv4 address that stands for this host in task ids: the advertised one, else the first of an interface.</summary>
    /// <param name="advertise">The URL under which others reach it.</param>
    /// <param name="addresses">What <see cref="Addresses"/> gave.</param>
    public static string ServerIp(string advertise, ImmutableArray<IPAddress> addresses)
    {
        var host = new Uri(advertise).Host;
        if (IPAddress.TryParse(host, out var ip) && ip.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(ip))
            return ip.ToString();
        var own = addresses.FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));
        return (own ?? IPAddress.Loopback).ToString();
    }
}
