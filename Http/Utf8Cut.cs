using System.Text;

namespace Qschedd.Http;

/// <summary>Cuts text to a number of UTF-8 bytes without cutting a character.</summary>
internal static class Utf8Cut
{
    public static string? Head(string? text, int bytesMax)
    {
        if (text is null || Encoding.UTF8.GetByteCount(text) <= bytesMax)
            return text;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int end = bytesMax;
        while (IsInside(bytes[end]))
            end--;
        return Encoding.UTF8.GetString(bytes, 0, end);
    }

    public static string? Tail(string? text, int bytesMax)
    {
        if (text is null || Encoding.UTF8.GetByteCount(text) <= bytesMax)
            return text;
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        int start = bytes.Length - bytesMax;
        while (start < bytes.Length && IsInside(bytes[start]))
            start++;
        return Encoding.UTF8.GetString(bytes, start, bytes.Length - start);
    }

    private static bool IsInside(byte value) => (value & 0xC0) == 0x80;
}
