using System.Text;

namespace Qschedd.Config;

/// <summary>Events of a part of a text. The place is used again for the next part, so that they make no garbage.</summary>
internal sealed class YamlEventList
{
    private const int KeysMax = 64;

    private readonly string?[] _keys = new string?[KeysMax];
    private YamlEvent[] _events = new YamlEvent[2048];

    public int Count { get; set; }

    public YamlEvent this[int index] => _events[index];

    public void Add(in YamlEvent next)
    {
        if (Count == _events.Length)
            Array.Resize(ref _events, Count * 2);
        _events[Count++] = next;
    }

    /// <summary>As text: the same object as before where the key was there lately, as nearly all are.</summary>
    /// <param name="key">ASCII.</param>
    public string KeyOf(ReadOnlySpan<byte> key)
    {
        ref string? known = ref _keys[(key[0] + 8 * key.Length) % KeysMax];
        return known is not null && Ascii.Equals(key, known) ? known : known = Encoding.ASCII.GetString(key);
    }
}
