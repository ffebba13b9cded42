using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Qschedd.Http;

/// <summary>
/// Decodes percent-encoded text once and strictly: a stray '%', <c>%u0041</c>, overlong or otherwise broken UTF-8, and control
/// characters are refused rather than guessed at.
/// </summary>
internal static class PercentText
{
    /// <summary>What stands for itself: printable ASCII.</summary>
    private static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(' ', '~' - ' ' + 1).Select(code => (char)code).Where(code => code is not ('%' or '+'))]);

    public static bool TryDecode(ReadOnlySpan<char> raw, bool plusIsSpace, [NotNullWhen(true)] out string? text)
    {
        text = null;
        if (!raw.ContainsAnyExcept(Plain))
        {
            text = raw.ToString();
            return true;
        }
        byte[] bytes = ArrayPool<byte>.Shared.Rent(raw.Length);
        try
        {
            int length = DecodeBytes(raw, plusIsSpace, bytes);
            if (length < 0 || !Utf8.IsValid(bytes.AsSpan(0, length)))
                return false;
            text = Encoding.UTF8.GetString(bytes, 0, length);
            return !HasControl(text);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
        }
    }

    public static bool HasControl(string text)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c))
                return true;
        }

        return false;
    }

    /// <summary>Returns the number of bytes, or -1 for what is no percent-encoded text.</summary>
    private static int DecodeBytes(ReadOnlySpan<char> raw, bool plusIsSpace, byte[] bytes)
    {
        int length = 0;
        for (int i = 0; i < raw.Length; i++)
        {
            int value = raw[i];
            if (value == '%')
            {
                value = Octet(raw[(i + 1)..]);
                i += 2;
            }
            else if (value == '+' && plusIsSpace)
            {
                value = ' ';
            }
            else if (!char.IsAscii((char)value))
            {
                return -1;
            }

            if (value < 0)
                return -1;
            bytes[length++] = (byte)value;
        }

        return length;
    }

    private static int Octet(ReadOnlySpan<char> digits) =>
        digits.Length >= 2 && char.IsAsciiHexDigit(digits[0]) && char.IsAsciiHexDigit(digits[1])
            ? (Digit(digits[0]) << 4) | Digit(digits[1])
            : -1;

    private static int Digit(char hex) => hex <= '9' ? hex - '0' : (hex | 0x20) - 'a' + 10;
}
