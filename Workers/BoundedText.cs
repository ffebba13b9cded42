using System.Text;

namespace Qschedd.Workers;

/// <summary>Texts from outside, cut to what a row of the history may hold.</summary>
internal static class BoundedText
{
    public const int MessageBytesMax = 4 * 1024;

    /// <summary>A message of at most 4 KiB of UTF-8; null and empty are no message.</summary>
    public static string? Message(string? text) => string.IsNullOrEmpty(text) ? null : Head(text, MessageBytesMax);

    /// <summary>The beginning of a text, at most so many bytes of UTF-8, cut between characters, without NULs (PostgreSQL keeps none).</summary>
    public static string Head(string text, int bytesMax)
    {
        text = WithoutNul(text);
        if (Encoding.UTF8.GetByteCount(text) <= bytesMax)
        {
            return text;
        }
        int chars = 0;
        int bytes = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > bytesMax)
            {
                break;
            }
            chars += rune.Utf16SequenceLength;
        }
        return text[..chars];
    }

    /// <summary>The end of a text, at most so many bytes of UTF-8, cut between characters, without NULs.</summary>
    public static string Tail(string text, int bytesMax)
    {
        text = WithoutNul(text);
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

    private static string WithoutNul(string text) => text.Contains('\0') ? text.Replace('\0', '\uFFFD') : text;
}
