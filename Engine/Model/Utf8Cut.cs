using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Qschedd.Engine.Model;

/// <summary>Cuts text to a number of UTF-8 bytes without cutting a character.</summary>
internal static class Utf8Cut
{
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Head(string? text, int bytesMax)
    {
        if (text is null || Encoding.UTF8.GetByteCount(text) <= bytesMax)
            return text;
        int chars = 0;
        int bytes = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > bytesMax)
                break;
            chars += rune.Utf16SequenceLength;
        }

        return text[..chars];
    }

    [return: NotNullIfNotNull(nameof(text))]
    public static string? Tail(string? text, int bytesMax)
    {
        if (text is null)
            return null;
        int excess = Encoding.UTF8.GetByteCount(text) - bytesMax;
        int chars = 0;
        while (excess > 0)
        {
            Rune.DecodeFromUtf16(text.AsSpan(chars), out Rune rune, out int units);
            excess -= rune.Utf8SequenceLength;
            chars += units;
        }

        return text[chars..];
    }
}
