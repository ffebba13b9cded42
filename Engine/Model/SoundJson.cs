using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace Qschedd.Engine.Model;

/// <summary>
/// A <c>\uD800</c> without its other half, or bytes that are no UTF-8, are JSON by the grammar and text in no encoding: the parser
/// takes them, and throws when such a text, or any name beside such a name, is asked for. JSON from outside is checked, or mended,
/// before it is parsed.
/// </summary>
internal static class SoundJson
{
    private const int EscapeBytes = 6;

    public static bool IsSound(ReadOnlySpan<byte> json) => Utf8.IsValid(json) && FindLoneSurrogate(json, 0) < 0;

    /// <summary>The same, without a byte order mark, with U+FFFD for what is unsound.</summary>
    public static ReadOnlyMemory<byte> Mend(ReadOnlyMemory<byte> json)
    {
        json = json.Span.StartsWith("\uFEFF"u8) ? json[3..] : json;
        if (IsSound(json.Span))
            return json;
        byte[] mended = Utf8.IsValid(json.Span) ? json.ToArray() : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json.Span));
        for (int at = 0; (at = FindLoneSurrogate(mended, at)) >= 0; at += EscapeBytes)
            @"\uFFFD"u8.CopyTo(mended.AsSpan(at));
        return mended;
    }

    /// <summary>Where its escape begins, or -1.</summary>
    private static int FindLoneSurrogate(ReadOnlySpan<byte> json, int from)
    {
        while (json[from..].IndexOf((byte)'\\') is >= 0 and int found)
        {
            int at = from + found;
            int unit = EscapedUnit(json[at..]);
            bool isHigh = unit is >= 0xD800 and <= 0xDBFF;
            bool isPair = isHigh && EscapedUnit(json[(at + EscapeBytes)..]) is >= 0xDC00 and <= 0xDFFF;
            if (unit is >= 0xD800 and <= 0xDFFF && !isPair)
                return at;
            from = Math.Min(at + (unit < 0 ? 2 : isPair ? 2 * EscapeBytes : EscapeBytes), json.Length);
        }
        return -1;
    }

    /// <summary>The UTF-16 unit of a <c>\uXXXX</c> at the beginning, -1 of anything else (the parser refuses what is no escape).</summary>
    private static int EscapedUnit(ReadOnlySpan<byte> json) =>
        json.Length >= EscapeBytes && json[0] == '\\' && json[1] == 'u'
        && int.TryParse(json[2..EscapeBytes], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int unit)
            ? unit
            : -1;
}
