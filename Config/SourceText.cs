using System.Buffers;
using System.Text;

namespace Qschedd.Config;

/// <summary>
/// The bytes of one file, checked for what the YAML scanner would misread: it takes a NUL for the end of the file.
/// </summary>
internal sealed class SourceText
{
    public const int BytesMax = 64 * 1024 * 1024;

    /// <summary>Stands in place of the <c>*</c> of an unquoted cron; no source holds it, for control characters are refused.</summary>
    public const char UnquotedCronMark = '\u007f';

    private static readonly SearchValues<byte> Refused =
        SearchValues.Create(
            "\u0000\u0001\u0002\u0003\u0004\u0005\u0006\u0007\u0008\u000b\u000c\u000e\u000f\u0010\u0011\u0012\u0013"u8 +
            "\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u007f"u8);
    private static readonly SearchValues<byte> LineEnds = SearchValues.Create([(byte)'\n', (byte)'\r', 0xC2, 0xE2]); // the last two begin the rarer ones
    private static readonly UTF8Encoding Utf8 = new(false);

    private readonly byte[] _bytes;
    private readonly int _from;
    private readonly int _to;
    private readonly HashSet<int>? _tabLines;
    private Position _end;

    public SourceText(byte[] bytes, int length)
    {
        _bytes = bytes;
        _from = bytes.AsSpan(0, length).StartsWith("\uFEFF"u8) ? 3 : 0;
        _to = length;
        _tabLines = FindTabLines();
    }

    /// <summary>It holds marks, and so an error: in every other text than a cron they are to be read as <c>*</c>.</summary>
    public bool IsMarked { get; private set; }

    private ReadOnlySpan<byte> Text => _bytes.AsSpan(_from, _to - _from);

    /// <summary>Null when the bytes are UTF-8 without control characters, else the first fault.</summary>
    public (Position At, string Message)? FindFault()
    {
        int control = Text.IndexOfAny(Refused);
        if (!System.Text.Unicode.Utf8.IsValid(Text))
            return FindInvalidUtf8(control < 0 ? Text.Length : control);
        return control < 0 ? null : (PositionOf(control), $"a control character (0x{Text[control]:x2}) does not belong in YAML: remove it");
    }

    /// <summary>As the scanner is to see it: without a byte order mark.</summary>
    public ReadOnlyMemory<byte> Bytes => _bytes.AsMemory(_from, _to - _from);

    /// <summary>The line's indentation holds a tab.</summary>
    public bool IsTabIndented(int line) => _tabLines?.Contains(line) == true;

    /// <summary>The text of a line from a column on; for looking at the place of a fault.</summary>
    public string TextAt(Position at)
    {
        string line = Utf8.GetString(LineOf(at.Line));
        return at.Column <= line.Length ? line[(at.Column - 1)..] : "";
    }

    /// <summary>
    /// The place, or the end of the file where it is past that: of a last line without an end the scanner says the
    /// line after it, and of its own slips at times no place at all.
    /// </summary>
    public Position Within(Position at)
    {
        if (!_end.IsGiven)
            _end = FindEnd();
        at = new Position(Math.Max(at.Line, 1), Math.Max(at.Column, 1));
        return at.CompareTo(_end) < 0 ? at : _end;
    }

    /// <summary>
    /// Marks the crons of the file that begin with an unquoted <c>*</c> (an alias, to YAML), so that a second reading
    /// gets past them and finds all other errors too. False: there is none (any more).
    /// </summary>
    public bool TryMarkUnquotedCrons()
    {
        Span<byte> rest = _bytes.AsSpan(_from, _to - _from);
        int star = FindUnquotedCron(rest);
        for (bool found = star >= 0; ; star = FindUnquotedCron(rest))
        {
            if (star < 0)
                return found;
            IsMarked = true;
            rest[star] = (byte)UnquotedCronMark;
            rest = rest[star..];
        }
    }

    private static int FindUnquotedCron(ReadOnlySpan<byte> text)
    {
        for (int from = 0; text[from..].IndexOf("cron:"u8) is >= 0 and int found;)
        {
            from += found + "cron:"u8.Length;
            int star = from + text[from..].IndexOfAnyExcept((byte)' ');
            if (star > from && text[star] == (byte)'*')
                return star;
        }
        return -1;
    }

    private (Position, string) FindInvalidUtf8(int controlAt)
    {
        ReadOnlySpan<byte> rest = Text;
        while (Rune.DecodeFromUtf8(rest, out _, out int width) == OperationStatus.Done)
            rest = rest[width..];
        int at = Text.Length - rest.Length;
        return controlAt < at
            ? (PositionOf(controlAt), "the file is not text in UTF-8: save it as UTF-8")
            : (PositionOf(at), "invalid UTF-8: save the file as UTF-8");
    }

    private Position PositionOf(int offset)
    {
        ReadOnlySpan<byte> before = Text[..offset];
        int lineStart = before.LastIndexOf((byte)'\n') + 1;
        return new Position(before.Count((byte)'\n') + 1, Utf8.GetCharCount(before[lineStart..]) + 1);
    }

    private ReadOnlySpan<byte> LineOf(int line)
    {
        ReadOnlySpan<byte> rest = Text;
        for (int i = 1; i < line; i++)
        {
            int end = rest.IndexOf((byte)'\n');
            if (end < 0)
                return [];
            rest = rest[(end + 1)..];
        }
        int length = rest.IndexOf((byte)'\n');
        return length < 0 ? rest : rest[..length];
    }

    private Position FindEnd()
    {
        ReadOnlySpan<byte> rest = Text;
        int line = 1;
        for (int width; (width = LineWidth(rest)) >= 0; line++)
            rest = rest[width..];
        return new Position(line, Utf8.GetCharCount(rest) + 1);
    }

    /// <summary>Of the first line with its end, as the scanner sees ends; -1: it has none.</summary>
    private static int LineWidth(ReadOnlySpan<byte> text)
    {
        for (int at = 0; text[at..].IndexOfAny(LineEnds) is >= 0 and int found; at++)
        {
            at += found;
            ReadOnlySpan<byte> end = text[at..];
            if (end[0] is (byte)'\n' or (byte)'\r')
                return at + (end.StartsWith("\r\n"u8) ? 2 : 1);
            if (end.StartsWith("\u0085"u8))
                return at + 2;
            if (end.StartsWith("\u2028"u8) || end.StartsWith("\u2029"u8))
                return at + 3;
        }
        return -1;
    }

    private HashSet<int>? FindTabLines()
    {
        if (Text.IndexOf((byte)'\t') < 0)
            return null;
        HashSet<int> lines = [];
        int number = 1;
        foreach (Range range in Text.Split((byte)'\n'))
        {
            ReadOnlySpan<byte> line = Text[range];
            int indent = line.IndexOfAnyExcept((byte)' ', (byte)'\t');
            if (line[..Math.Max(indent, 0)].Contains((byte)'\t'))
                lines.Add(number);
            number++;
        }
        return lines;
    }
}
