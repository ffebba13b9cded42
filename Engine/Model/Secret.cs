using System.Security.Cryptography;
using System.Text;

namespace Qschedd.Engine.Model;

/// <summary>A token that no log, message or dump may show: <see cref="ToString"/> hides it.</summary>
internal sealed class Secret(string value)
{
    private readonly byte[] _digest = SHA256.HashData(Encoding.UTF8.GetBytes(value));

    /// <summary>The bytes themselves, for signing and for sending to a peer that asks for them.</summary>
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(value);

    /// <summary>Compares in constant time: digests of equal length, whatever the candidate's length.</summary>
    public bool Matches(ReadOnlySpan<byte> candidateSha256) => CryptographicOperations.FixedTimeEquals(_digest, candidateSha256);

    public override string ToString() => "***";
}
