using System.Runtime.CompilerServices;

namespace Qschedd.Engine.Cron;

/// <summary>A place in the text of an expression.</summary>
internal ref struct CronCursor(string text)
{
    private const ulong Blanks = 1UL << ' ' | 1UL << '\t' | 1UL << '\r' | 1UL << '\n';

    private readonly string _text = text;

    public int At { get; set; }

    public readonly bool AtFieldEnd => IsBlank(Current);

    /// <summary>A blank at the end of the text, so that every field ends with one.</summary>
    public readonly char Current
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            (string text, int at) = (_text, At);
            return (uint)at < (uint)text.Length ? text[at] : ' ';
        }
    }

    public bool Take(char c)
    {
        if (Current != c) return false;
        At++;
        return true;
    }

    public bool TakeLetter(char upper)
    {
        // Bit 5 is the case of an ASCII letter; nothing else comes to a letter without it.
        if ((Current & ~0x20) != upper) return false;
        At++;
        return true;
    }

    /// <summary>Three letters of either case, as one number.</summary>
    public bool TakeName(out long code)
    {
        code = 0;
        if (At + 3 > _text.Length) return false;
        code = CodeOf(_text.AsSpan(At, 3));
        At += 3;
        return true;
    }

    // 16 bits a letter: no other three characters come to the code of a name.
    public static long CodeOf(ReadOnlySpan<char> name) =>
        (long)(name[0] & ~0x20) << 32 | (long)(name[1] & ~0x20) << 16 | (long)(name[2] & ~0x20);

    // More digits than any value has still count, so that the message can show them all.
    public bool ReadDigits(out int value)
    {
        int start = At;
        value = 0;
        for (char c = Current; char.IsAsciiDigit(c); c = Current)
        {
            value = Math.Min(value * 10 + (c - '0'), 1_000_000);
            At++;
        }
        return At > start;
    }

    public static int SkipBlanks(string text, int at)
    {
        while ((uint)at < (uint)text.Length && IsBlank(text[at])) at++;
        return at;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsBlank(char c) => c <= ' ' && (Blanks >> c & 1) != 0;
}
