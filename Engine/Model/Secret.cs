using System.Text;

namespace Qschedd.Engine.Model;

/// <summary>A token that no log, message or dump may show: <see cref="ToString"/> hides it.</summary>
internal sealed class Secret(string value)
{
    /// <summary>The bytes themselves, for signing and for sending to a peer that asks for them.</summary>
    public byte[] Utf8 { get; } = Encoding.UTF8.GetBytes(value);

    public override string ToString() => "***";
}
