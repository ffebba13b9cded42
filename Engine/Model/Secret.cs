using System.Text;

namespace Qschedd.Engine.Model;

/// <summary>A token that no log, message or dump may show: <see cref="ToString"/> hides it.</summary>
internal sealed class Secret(string value) : IEquatable<Secret>
{
    private HmacKey? _signing;

    /// <summary>The bytes themselves, for signing and for sending to a peer that asks for them.</summary>
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(value);

    /// <summary>To sign under it. Any thread.</summary>
    public HmacKey Signing => _signing ??= new HmacKey(Utf8);

    public bool Equals(Secret? other) => other is not null && Utf8.AsSpan().SequenceEqual(other.Utf8);

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Utf8);
        return hash.ToHashCode();
    }

    public override string ToString() => "***";
}
