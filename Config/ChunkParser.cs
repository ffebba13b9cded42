using YamlDotNet.Core;

namespace Qschedd.Config;

/// <summary>Parses chunks of a text: plain items as such, the others each as a document of its own.</summary>
internal sealed class ChunkParser(ReadOnlyMemory<byte> text)
{
    // A parser is made for so many bytes of items: more of them where odd ones follow one another.
    private const int OddBytesMin = 128;
    private const int OddBytesMax = 16 * 1024;

    private int _oddBytes = OddBytesMin;

    /// <summary>Of the chunk parsed last, in the lines of the whole text.</summary>
    public YamlEventList Events { get; } = new();

    /// <summary>False: it is not whole items and nothing else. Its events are not to be used then.</summary>
    public bool TryParse(YamlChunk chunk)
    {
        Events.Count = 0;
        while (chunk.Start < chunk.End)
        {
            YamlChunk item = YamlCuts.FirstItems(text.Span, chunk, bytesMin: 0);
            bool isPlain = PlainItem.TryRead(
                text.Span[item.Start..item.End], item.Indent, item.LinesBefore + 1, item.LinesBefore + item.Lines + 1, Events);
            if (isPlain)
                _oddBytes = OddBytesMin;
            else if (!TryParseOdd(ref item, chunk))
                return false;
            chunk = chunk with { Start = item.End, LinesBefore = item.LinesBefore + item.Lines };
        }
        return true;
    }

    private bool TryParseOdd(ref YamlChunk item, YamlChunk chunk)
    {
        item = YamlCuts.FirstItems(text.Span, chunk, _oddBytes);
        _oddBytes = Math.Min(2 * _oddBytes, OddBytesMax);
        return TryParseItems(item);
    }

    private bool TryParseItems(YamlChunk items)
    {
        try
        {
            // With the first two characters of the item behind it, so that what ends there ends where it does in the whole text.
            int end = items.End + items.Indent + "- ".Length;
            var parser = new Parser(new Scanner(new Utf8Reader(text[items.Start..end])));
            return BeginsList(parser, items) && TryItems(parser, items) && Ends(parser);
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException or ArgumentException)
        {
            // Reading the text as a whole will tell what is wrong with it, and where.
            return false;
        }
    }

    private static bool BeginsList(Parser parser, YamlChunk items) =>
        parser.MoveNext() && parser.MoveNext() && parser.MoveNext()
        && YamlEvent.Of(parser.Current!) is { Kind: YamlEventKind.ListStart } list && list.At == new Position(1, items.Indent + 1);

    /// <summary>To the list's end, which is to be that of the item behind, of which nothing is there.</summary>
    private bool TryItems(Parser parser, YamlChunk items)
    {
        for (int depth = 1; parser.MoveNext();)
        {
            YamlEvent next = YamlEvent.Of(parser.Current!);
            depth += next.NestingIncrease;
            if (depth > 0)
                Events.Add(next.Below(items.LinesBefore));
            else
                return IsOfItemBehind(Events[--Events.Count], items);
        }
        return false;
    }

    private static bool IsOfItemBehind(YamlEvent last, YamlChunk items) => last.Kind == YamlEventKind.Scalar
        && last.At == new Position(items.LinesBefore + items.Lines + 1, items.Indent + "- ".Length);

    private static bool Ends(Parser parser) =>
        parser.MoveNext() && YamlEvent.Of(parser.Current!).Kind == YamlEventKind.DocumentEnd
        && parser.MoveNext() && YamlEvent.Of(parser.Current!).Kind == YamlEventKind.StreamEnd && !parser.MoveNext();
}
