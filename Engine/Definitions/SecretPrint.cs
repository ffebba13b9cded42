using System.Text;
using Qschedd.Engine.Model;

namespace Qschedd.Engine.Definitions;

/// <summary>
/// What stands for a secret where definitions are kept and compared: 16 bits of a hash. Enough to see that it changed; too few
/// to find out by trying which of many guesses it is.
/// </summary>
internal static class SecretPrint
{
    private static readonly HmacKey Key = new("qschedd: what stands for a secret"u8);

    public static string Of(ReadOnlySpan<byte> secret) => Convert.ToHexStringLower(Key.Sign(secret).AsSpan(0, 2));

    /// <param name="parts">Framed, so that no two lists run together.</param>
    public static string Of(IEnumerable<string> parts) =>
        Of(Encoding.UTF8.GetBytes(string.Concat(parts.Select(part => $"{part.Length}:{part};"))));
}
