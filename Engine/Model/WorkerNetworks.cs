using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Qschedd.Engine.Model;

/// <summary>
/// Where workers may be. Addresses of workers come from callers, too; without this, whoever holds an app's token could have the daemon
/// send requests to any place that it reaches.
/// </summary>
internal sealed record WorkerNetworks(ImmutableArray<IPNetwork> Ranges)
{
    /// <summary>
    /// What is private by RFC 1918 and RFC 4193, and the host itself. Not link-local addresses, nor 100.64.0.0/10: clouds keep their
    /// metadata, and the keys in it, there.
    /// </summary>
    public static readonly WorkerNetworks Private = new(
    [
        IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16"), IPNetwork.Parse("127.0.0.0/8"),
        IPNetwork.Parse("::1/128"), IPNetwork.Parse("fc00::/7"),
    ]);

    public bool Allows(IPAddress address)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        foreach (IPNetwork range in Ranges)
            if (range.Contains(plain))
                return true;
        return false;
    }

    /// <summary>A network, or one address. Null: neither.</summary>
    public static IPNetwork? Parse(string text)
    {
        string[] parts = text.Split('/');
        if (parts.Length > 2 || ParseAddress(parts[0]) is not { } address)
            return null;
        int bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (parts.Length == 1)
            return new IPNetwork(address, bits);
        bool isLength = int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int length) && length <= bits;
        return isLength && IsZeroAfter(address, length) ? new IPNetwork(address, length) : null;
    }

    /// <summary>10.0.0.1/8 is more likely a slip than 10.0.0.0/8.</summary>
    private static bool IsZeroAfter(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int bit = length; bit < bytes.Length * 8; bit++)
            if ((bytes[bit / 8] & (0x80 >> (bit % 8))) != 0)
                return false;
        return true;
    }

    /// <summary>Only whole addresses: "10.1" would be 10.0.0.1.</summary>
    public static IPAddress? ParseAddress(string text) =>
        (text.Contains(':') || text.Count(letter => letter == '.') == 3) && IPAddress.TryParse(text, out IPAddress? address) ? address : null;

    public override string ToString() => string.Join(", ", Ranges);
}
