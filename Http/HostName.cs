using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Qschedd.Engine.Model;

namespace Qschedd.Http;

/// <summary>What counts as a host in a path and as a worker's address in a body. Nothing is ever resolved.</summary>
internal static class HostName
{
    private const int LabelCharsMax = 63;
    private static readonly SearchValues<char> NameChars =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <summary>
    /// An IPv4 address, an IPv6 one (with or without brackets; given back without, in its shortest form), a host name, or the leading
    /// labels of one. What is all digits and dots must be an IPv4 address.
    /// </summary>
    public static bool TryNormalize(string text, [NotNullWhen(true)] out string? host)
    {
        string bare = text is ['[', .., ']'] ? text[1..^1] : text;
        host = bare.Contains(':') ? NormalizeIPv6(bare) : bare.Length == text.Length && (IsIPv4(bare) || IsName(bare)) ? bare : null;
        return host is not null;
    }

    /// <summary><c>host:port</c>, IPv6 in brackets.</summary>
    public static bool IsAddress(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && colon > text.LastIndexOf(']')
            && text.AsSpan(0, colon).Contains(':') == (text[0] == '[')
            && TryNormalize(text[..colon], out _)
            && ushort.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out ushort port) && port > 0;
    }

    /// <summary>The base URL of an XXL-JOB executor.</summary>
    public static bool IsUrl(string text) =>
        text.Length <= HttpLimits.HostCharsMax * 2 && !PercentText.HasControl(text) && !text.AsSpan().ContainsAny(" \\@?#")
        && WebUrl.TryRead(text, out Uri? url)
        && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0;

    private static string? NormalizeIPv6(string text)
    {
        // A zone (fe80::1%eth0) means something on one host only.
        if (text.Contains('%') || text.Contains('[') || !IPAddress.TryParse(text, out IPAddress? address))
            return null;
        return (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }

    /// <summary>Four numbers, none of them padded: the framework also reads <c>1.2</c> and <c>010.0.0.1</c>, each in its own way.</summary>
    private static bool IsIPv4(string text) => IPAddress.TryParse(text, out IPAddress? address) && address.ToString() == text;

    private static bool IsName(string text)
    {
        if (text.Length is 0 or > HttpLimits.HostCharsMax || text.AsSpan().ContainsAnyExcept(NameChars) || !text.AsSpan().ContainsAnyExcept("0123456789."))
            return false;
        foreach (Range label in text.AsSpan().Split('.'))
        {
            if (text.AsSpan(label).Length is 0 or > LabelCharsMax)
                return false;
        }

        return true;
    }
}
