namespace Qschedd.Config;

/// <summary>Items of one block list: from the line of one up to the line of another.</summary>
/// <param name="Start">Offset of its first line in the text.</param>
/// <param name="End">Offset of the item's line behind it.</param>
/// <param name="Indent">Of its items.</param>
/// <param name="LinesBefore">In the text.</param>
/// <param name="Lines">In it.</param>
internal readonly record struct YamlChunk(int Start, int End, int Indent, int LinesBefore, int Lines);

/// <param name="LongBytesMin">A shorter text is not worth a cut, or a thread.</param>
/// <param name="ChunkBytesMin">A chunk ends at the first item behind so much.</param>
/// <param name="ChunkBytesMax">Longer than this none is made: its events would wait in memory.</param>
internal sealed record YamlCutSizes(int LongBytesMin, int ChunkBytesMin, int ChunkBytesMax)
{
    public static readonly YamlCutSizes Usual = new(256 * 1024, 24 * 1024, 256 * 1024);
}

/// <summary>
/// Finds where a long text can be cut into parts that are read by themselves: at lines of one indentation that begin with <c>- </c>, as
/// far as no line between them has less. Only what it looks like: that such a line begins an item, and is not within a value, is seen when
/// what is before it has been parsed.
/// </summary>
internal readonly ref struct YamlCuts
{
    private const int IndentMax = 31;

    private readonly ReadOnlySpan<byte> _text;
    private readonly YamlCutSizes _sizes;

    // By indentation:
    private readonly List<YamlChunk>?[] _chunks = new List<YamlChunk>?[IndentMax + 1];
    private readonly int[] _covered = new int[IndentMax + 1];
    private readonly (int Offset, int Line)?[] _begun = new (int, int)?[IndentMax + 1];

    private YamlCuts(ReadOnlySpan<byte> text, YamlCutSizes sizes)
    {
        _text = text;
        _sizes = sizes;
    }

    /// <summary>In their order, all of one indentation; none: the text is to be left whole.</summary>
    public static IReadOnlyList<YamlChunk> Find(ReadOnlySpan<byte> text, YamlCutSizes sizes) =>
        text.Length < sizes.LongBytesMin || HasRareBreaks(text) ? [] : new YamlCuts(text, sizes).Find();

    /// <summary>The scanner ends a line also at these.</summary>
    private static bool HasRareBreaks(ReadOnlySpan<byte> text) =>
        text.Count((byte)'\r') != text.Count("\r\n"u8)
        || text.IndexOf("\u0085"u8) >= 0 || text.IndexOf("\u2028"u8) >= 0 || text.IndexOf("\u2029"u8) >= 0;

    /// <summary>Of a chunk its first item, or as many items as are no fewer bytes.</summary>
    public static YamlChunk FirstItems(ReadOnlySpan<byte> text, YamlChunk chunk, int bytesMin)
    {
        int start = chunk.Start;
        int lines = 0;
        do
        {
            start += FirstLine(text[start..]).Length;
            lines++;
        }
        while (start < chunk.End && (start - chunk.Start < bytesMin || !BeginsItem(FirstLine(text[start..]), chunk.Indent)));
        return chunk with { End = start, Lines = lines };
    }

    private IReadOnlyList<YamlChunk> Find()
    {
        int deepest = 0;
        for (int start = 0, line = 0; start < _text.Length; line++)
        {
            ReadOnlySpan<byte> text = FirstLine(_text[start..]);
            int indent = text.IndexOfAnyExcept((byte)' ');
            if (indent >= 0 && text[indent] is not ((byte)'\n' or (byte)'\r' or (byte)'#'))
            {
                for (; deepest > indent; deepest--)
                    _begun[deepest] = null;
                if (indent is > 0 and <= IndentMax)
                    Note(text[indent..], indent, start, line);
                deepest = Math.Clamp(indent, deepest, IndentMax);
            }
            start += text.Length;
        }
        return Best();
    }

    private static ReadOnlySpan<byte> FirstLine(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOf((byte)'\n');
        return end < 0 ? text : text[..(end + 1)];
    }

    private static bool BeginsItem(ReadOnlySpan<byte> line, int indent) =>
        line.IndexOfAnyExcept((byte)' ') == indent && line[indent..].StartsWith("- "u8) && BeginsPlainly(line[(indent + 2)..]);

    private void Note(ReadOnlySpan<byte> text, int indent, int start, int line)
    {
        if (!text.StartsWith("- "u8))
            _begun[indent] = null;
        else if (BeginsPlainly(text["- ".Length..]))
            Cut(indent, start, line);
    }

    /// <summary>
    /// With a letter, perhaps behind a brace. Whether it met a quote or a bracket lately the scanner keeps in mind up to the next text
    /// without quotes, and may read a <c>:</c> by it: here that comes first, so that what of it was kept from before the cut makes no difference.
    /// </summary>
    private static bool BeginsPlainly(ReadOnlySpan<byte> item)
    {
        if (item.StartsWith((byte)'{'))
            item = item[1..].TrimStart((byte)' ');
        return item.Length > 0 && char.IsAsciiLetter((char)item[0]);
    }

    private void Cut(int indent, int start, int line)
    {
        if (_begun[indent] is { } begun)
        {
            int bytes = start - begun.Offset;
            if (bytes < _sizes.ChunkBytesMin)
                return;
            if (bytes <= _sizes.ChunkBytesMax)
            {
                (_chunks[indent] ??= []).Add(new YamlChunk(begun.Offset, start, indent, begun.Line, line - begun.Line));
                _covered[indent] += bytes;
            }
        }
        _begun[indent] = (start, line);
    }

    /// <summary>Those that leave least to read as a whole. If that is more than half, little would be gained.</summary>
    private IReadOnlyList<YamlChunk> Best()
    {
        int most = _covered.Max();
        return most > _text.Length / 2 ? _chunks[Array.IndexOf(_covered, most)]! : [];
    }
}
