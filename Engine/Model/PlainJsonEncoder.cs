using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;

namespace Qschedd.Engine.Model;

/// <summary>
/// Escapes only what JSON must have escaped: the framework's relaxed encoder still writes rarer Chinese characters (beyond the
/// basic plane) and the ideographic space as <c>\uXXXX</c>. What it writes is never part of a page.
/// </summary>
internal sealed unsafe class PlainJsonEncoder : JavaScriptEncoder
{
    public static readonly PlainJsonEncoder Instance = new();

    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u0009\u000a\u000b\u000c\u000d\u000e\u000f\u0010\u0011" +
        "\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\"\\");

    /// <summary>ASCII that needs no escape. From the first other byte on the base class reads character by character.</summary>
    private static readonly SearchValues<byte> PlainAscii = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x60).Select(code => (byte)code).Where(code => code is not ((byte)'"' or (byte)'\\'))]);

    public override int MaxOutputCharactersPerInputCharacter => 6;

    public override bool WillEncode(int unicodeScalar) => unicodeScalar is < 0x20 or '"' or '\\';

    /// <summary>Half a surrogate pair counts too: the caller puts U+FFFD in its place.</summary>
    public override int FindFirstCharacterToEncode(char* text, int textLength)
    {
        var span = new ReadOnlySpan<char>(text, textLength);
        int escaped = span.IndexOfAny(Escaped);
        ReadOnlySpan<char> clean = escaped < 0 ? span : span[..escaped];
        int lone = LoneSurrogate(clean);
        return lone >= 0 ? lone : escaped;
    }

    public override int FindFirstCharacterToEncodeUtf8(ReadOnlySpan<byte> utf8Text)
    {
        int other = utf8Text.IndexOfAnyExcept(PlainAscii);
        if (other < 0 || char.IsAscii((char)utf8Text[other]))
            return other;
        int escaped = base.FindFirstCharacterToEncodeUtf8(utf8Text[other..]);
        return escaped < 0 ? escaped : other + escaped;
    }

    public override bool TryEncodeUnicodeScalar(int unicodeScalar, char* buffer, int bufferLength, out int numberOfCharactersWritten)
    {
        var target = new Span<char>(buffer, bufferLength);
        string text = unicodeScalar switch
        {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            < 0x20 => $"\\u{unicodeScalar:X4}",
            _ => new Rune(unicodeScalar).ToString(),
        };
        bool fits = text.TryCopyTo(target);
        numberOfCharactersWritten = fits ? text.Length : 0;
        return fits;
    }

    private static int LoneSurrogate(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            int next = text[i..].IndexOfAnyInRange('\ud800', '\udfff');
            if (next < 0)
                return -1;
            i += next;
            if (i + 1 >= text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return i;
            i++;
        }

        return -1;
    }
}
