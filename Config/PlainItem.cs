using System.Buffers;
using System.Text;

namespace Qschedd.Config;

/// <summary>
/// Reads an item of a block list without the scanner where it is as plain as most jobs are: a mapping with letters for keys, in braces
/// on one line or with a key on each line, of values that stand on that line, have nothing to be unescaped, and no character that could
/// mean something. Such an item has one reading, and its events are those of the parser; every other is left to that.
/// </summary>
internal ref struct PlainItem
{
    /// <summary>The scanner looks for the colon behind a key no further than 1,024 characters: a line of more bytes than this is left to it.</summary>
    private const int LineBytesMax = 1000;

    private static readonly byte[] WordBytes = [.. "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8];
    private static readonly byte[] Controls = [.. Enumerable.Range(0, ' ').Select(i => (byte)i)];
    private static readonly byte[] BeyondAscii = [.. Enumerable.Range(0x80, 0x80).Select(i => (byte)i)];

    private static readonly SearchValues<byte> KeyBytes = SearchValues.Create(WordBytes);
    private static readonly SearchValues<byte> ValueBytes = SearchValues.Create([.. WordBytes, .. BeyondAscii, .. "./+=();- "u8]);
    private static readonly SearchValues<byte> NotQuoted = SearchValues.Create([.. Controls, (byte)'"', (byte)'\\']);
    private static readonly SearchValues<byte> NotSingleQuoted = SearchValues.Create([.. Controls, (byte)'\'']);

    private readonly YamlEventList _events;
    private ReadOnlySpan<byte> _line;
    private int _number;
    private int _next;

    /// <summary>What of the line is read has so many characters fewer than bytes.</summary>
    private int _wide;

    private PlainItem(YamlEventList events) => _events = events;

    private readonly Position At => new(_number, _next - _wide + 1);
    private readonly bool IsLineEnd => _next == _line.Length;
    private readonly byte Peek => _next < _line.Length ? _line[_next] : default;

    /// <summary>False: it is not so plain, and none of its events are there.</summary>
    /// <param name="item">Whole lines, of which the first begins with <c>- </c>.</param>
    /// <param name="indent">Of that line.</param>
    /// <param name="line">Its number.</param>
    /// <param name="lineBehind">That of the next item.</param>
    /// <param name="events">Where its events are put.</param>
    public static bool TryRead(ReadOnlySpan<byte> item, int indent, int line, int lineBehind, YamlEventList events)
    {
        int count = events.Count;
        if (new PlainItem(events) { _number = line }.TryItem(item, indent, lineBehind))
            return true;
        events.Count = count;
        return false;
    }

    private bool TryItem(ReadOnlySpan<byte> lines, int indent, int lineBehind)
    {
        lines = TakeLine(lines, indent + "- ".Length);
        if (Peek == (byte)'{')
            return TryMapping() && IsLineEnd && IsRestBlank(lines);
        Add(YamlEventKind.MappingStart);
        while (TryEntry() && IsLineEnd)
        {
            do
            {
                if (lines.IsEmpty)
                {
                    _events.Add(new YamlEvent(YamlEventKind.MappingEnd, new Position(lineBehind, indent + 1)));
                    return true;
                }
                _number++;
                lines = TakeLine(lines, indent + "- ".Length);
            }
            while (IsBlank(_line));
            if (_line.IndexOfAnyExcept((byte)' ') != _next)
                return false;
        }
        return false;
    }

    private ReadOnlySpan<byte> TakeLine(ReadOnlySpan<byte> lines, int from)
    {
        int length = lines.IndexOf((byte)'\n') + 1;
        if (length == 0)
            length = lines.Length;
        _line = lines[..length].TrimEnd("\r\n"u8);
        _next = from;
        _wide = 0;
        return lines[length..];
    }

    private static bool IsRestBlank(ReadOnlySpan<byte> lines)
    {
        foreach (Range line in lines.Split((byte)'\n'))
            if (!IsBlank(lines[line]))
                return false;
        return true;
    }

    private static bool IsBlank(ReadOnlySpan<byte> line)
    {
        int start = line.IndexOfAnyExcept((byte)' ');
        return start < 0 || line[start] is (byte)'#' or (byte)'\r';
    }

    private bool TryEntry()
    {
        if (!char.IsAsciiLetter((char)Peek))
            return false;
        int length = _line[_next..].IndexOfAnyExcept(KeyBytes);
        if (length < 0 || _line.Length > LineBytesMax || !_line[(_next + length)..].StartsWith(": "u8))
            return false;
        Add(YamlEventKind.Scalar, YamlTraits.Plain | YamlTraits.Verbatim, _events.KeyOf(_line.Slice(_next, length)));
        _next += length + 1;
        SkipSpaces();
        return TryValue();
    }

    private bool TryValue() => Peek switch
    {
        (byte)'{' => TryMapping(),
        (byte)'[' => TryList(),
        (byte)'"' => TryQuoted(NotQuoted),
        (byte)'\'' => TryQuoted(NotSingleQuoted),
        (byte)'-' => false,
        _ => TryPlain(),
    };

    private bool TryMapping()
    {
        Open(YamlEventKind.MappingStart);
        while (Peek != (byte)'}')
            if (!TryEntry() || !TryComma((byte)'}'))
                return false;
        Close(YamlEventKind.MappingEnd);
        return true;
    }

    private bool TryList()
    {
        Open(YamlEventKind.ListStart);
        while (Peek != (byte)']')
            if (!TryValue() || !TryComma((byte)']'))
                return false;
        Close(YamlEventKind.ListEnd);
        return true;
    }

    private bool TryQuoted(SearchValues<byte> not)
    {
        int length = _line[(_next + 1)..].IndexOfAny(not);
        if (length < 0 || _line[_next + 1 + length] != _line[_next])
            return false;
        AddText(_line.Slice(_next + 1, length), YamlTraits.Quoted | YamlTraits.Verbatim, quotes: 2);
        return true;
    }

    private bool TryPlain()
    {
        ReadOnlySpan<byte> rest = _line[_next..];
        int length = rest.IndexOfAnyExcept(ValueBytes);
        ReadOnlySpan<byte> value = (length < 0 ? rest : rest[..length]).TrimEnd((byte)' ');
        if (value.IsEmpty)
            return false;
        AddText(value, YamlTraits.Plain | YamlTraits.Verbatim, quotes: 0);
        return true;
    }

    /// <summary>With another value behind it, or the end; a comma before the end is left to the parser.</summary>
    private bool TryComma(byte end)
    {
        SkipSpaces();
        if (Peek == end)
            return true;
        if (Peek != (byte)',')
            return false;
        _next++;
        SkipSpaces();
        return Peek != end;
    }

    private void SkipSpaces()
    {
        while (Peek == (byte)' ')
            _next++;
    }

    private void Open(YamlEventKind kind)
    {
        Add(kind, YamlTraits.Flow);
        _next++;
        SkipSpaces();
    }

    private void Close(YamlEventKind kind)
    {
        Add(kind);
        _next++;
    }

    private void AddText(ReadOnlySpan<byte> text, YamlTraits traits, int quotes)
    {
        string value = Encoding.UTF8.GetString(text);
        Add(YamlEventKind.Scalar, traits, value);
        _next += text.Length + quotes;
        _wide += text.Length - value.Length;
    }

    private readonly void Add(YamlEventKind kind, YamlTraits traits = YamlTraits.None, string? text = null) =>
        _events.Add(new YamlEvent(kind, At, traits, text));
}
