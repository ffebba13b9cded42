using YamlDotNet.Core;

namespace Qschedd.Config;

/// <summary>
/// The events of a text that is cut: its chunks are read by themselves, and what is left of it, the skeleton, by a parser as if it were
/// the whole.
/// <list type="bullet">
/// <item>The skeleton's parser reads what a parser of the whole text would, as long as its scanner is not past the dash that the first
/// chunk begins with: its events until then are the same. That its next event is the item behind the cut, in its exact place, shows that
/// both are at the start of an item there.</item>
/// <item>From there a chunk's parser does as that of the whole does, character by character: both are in a block list of this indentation,
/// and no line has less, so that they never meet what is around it; nor markers of documents, which have none. That the part ends with
/// the item behind it, in the outermost list, shows that no quote, bracket or block of text is open there, and so that the next part, or
/// the skeleton, goes on with an item.</item>
/// <item>Nothing is taken from chunks behind the end of the first document: that a comment followed its last text the scanner keeps in
/// mind beyond that end.</item>
/// <item>Anchors and tags are only noted, and aliases not looked up, so that no part needs what stands in another; but for a tag that a
/// directive declares, which is a fault to it.</item>
/// </list>
/// Where any of this does not hold, or a parser finds a fault, there are no more events here. Those until then are the whole text's.
/// </summary>
internal sealed class SplicedEvents
{
    private readonly IReadOnlyList<YamlChunk> _chunks;
    private readonly ChunkParser _parser;
    private readonly Scanner _scanner;
    private readonly Parser _skeleton;

    private int _next;
    private int _chunk;

    /// <summary>Up to this chunk they follow one another without a gap.</summary>
    private int _runEnd;
    private int _linesLeftOut;

    /// <summary>Behind the dash of the item that the next run of chunks begins with; or past the text.</summary>
    private Position _cut;

    /// <summary>The skeleton's event behind the chunks that come now.</summary>
    private YamlEvent? _held;

    public SplicedEvents(ReadOnlyMemory<byte> text, IReadOnlyList<YamlChunk> chunks)
    {
        _chunks = chunks;
        _scanner = new Scanner(new Utf8Reader([.. Rest(text, chunks)]));
        _skeleton = new Parser(_scanner);
        _cut = CutBefore(0);
        _parser = new ChunkParser(text);
    }

    /// <summary>False: the following events, if any, are to be read from the whole text.</summary>
    public bool TryNext(out YamlEvent next)
    {
        next = default;
        while (_next == _parser.Events.Count)
        {
            if (_chunk < _runEnd)
            {
                _next = 0;
                if (!_parser.TryParse(_chunks[_chunk++]))
                    return false;
            }
            else if (!TrySkeleton(out next))
                return false;
            else if (next.At.CompareTo(_cut) < 0)
                return next.Kind != YamlEventKind.DocumentEnd || _runEnd == _chunks.Count;
            else if (!TryBeginRun(next))
                return false;
        }
        next = _parser.Events[_next++];
        return true;
    }

    private bool TrySkeleton(out YamlEvent next)
    {
        if (_held is { } held)
        {
            next = held;
            _held = null;
        }
        else if (!TryParse(out next))
            return false;
        // An event before the cut is good while nothing from behind it has been looked at: a quote before it may go on there.
        return next.At.CompareTo(_cut) >= 0 || Below(_scanner.CurrentPosition).CompareTo(_cut) <= 0;
    }

    private bool TryParse(out YamlEvent next)
    {
        next = default;
        try
        {
            bool isParsed = _skeleton.MoveNext();
            if (isParsed)
                next = YamlEvent.Of(_skeleton.Current!).Below(_linesLeftOut);
            return isParsed;
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException)
        {
            // Reading the text as a whole will tell what is wrong with it, and where.
            return false;
        }
    }

    /// <summary>Puts all chunks up to the next gap before the event, if it is that of the item behind them.</summary>
    private bool TryBeginRun(YamlEvent next)
    {
        if (next.At != _cut with { Column = _cut.Column + 1 })
            return false;
        int lines = 0;
        do
            lines += _chunks[_runEnd++].Lines;
        while (_runEnd < _chunks.Count && _chunks[_runEnd].Start == _chunks[_runEnd - 1].End);
        _held = next.Below(lines);
        _linesLeftOut += lines;
        _cut = CutBefore(_runEnd);
        return true;
    }

    private Position CutBefore(int chunk) => chunk == _chunks.Count
        ? new Position(int.MaxValue, 0)
        : new Position(_chunks[chunk].LinesBefore + 1, _chunks[chunk].Indent + 1 + "-".Length);

    private Position Below(Mark mark) => new((int)mark.Line + _linesLeftOut, (int)mark.Column);

    private static IEnumerable<ReadOnlyMemory<byte>> Rest(ReadOnlyMemory<byte> text, IReadOnlyList<YamlChunk> chunks)
    {
        int start = 0;
        foreach (YamlChunk chunk in chunks)
        {
            yield return text[start..chunk.Start];
            start = chunk.End;
        }
        yield return text[start..];
    }
}
