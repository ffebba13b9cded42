using System.Security.Cryptography;
using System.Text;
using Qschedd.Engine.Model;

namespace Qschedd.Workers.Native;

/// <summary><c>X-QSchedule-Signature: sha256=&lt;hex HMAC-SHA256 of the body, key = app token&gt;</c>, both ends of it.</summary>
internal static class Signature
{
    public const string Header = "X-QSchedule-Signature";
    private const string Scheme = "sha256=";

    public static string Of(ReadOnlySpan<byte> body, Secret token)
    {
        Span<byte> signature = stackalloc byte[Sha256.Bytes];
        token.Signing.Sign(body, signature);
        Span<char> text = stackalloc char[Scheme.Length + 2 * Sha256.Bytes];
        Scheme.CopyTo(text);
        _ = Convert.TryToHexStringLower(signature, text[Scheme.Length..], out _);
        return new string(text);
    }

    /// <summary>Compares in constant time; the case of the digits does not matter.</summary>
    public static bool IsValid(string? header, ReadOnlySpan<byte> body, Secret token)
    {
        if (header is null || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
        string expected = Of(body, token);
        string given = Scheme + header[Scheme.Length..].Trim().ToLowerInvariant();
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(expected));
    }
}
