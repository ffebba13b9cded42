using YamlDotNet.Core;

namespace Qschedd.Config;

/// <summary>
/// The parser's events of a text. Those of a long one are read in parts, which is many times cheaper, as long as no part has anything
/// unusual; from there on, and with any fault, they are those of a parser that has read the text from its start.
/// </summary>
internal sealed class TextEvents
{
    private readonly Scanner _scanner;
    private readonly Parser _parser;
    private SplicedEvents? _spliced;
    private int _read;
    private bool _isEnd;

    public TextEvents(ReadOnlyMemory<byte> text, YamlCutSizes sizes)
    {
        _scanner = new Scanner(new Utf8Reader(text));
        _parser = new Parser(_scanner);
        if (YamlCuts.Find(text.Span, sizes) is { Count: > 0 } chunks)
            _spliced = new SplicedEvents(text, chunks);
    }

    public Mark ScannerAt => _scanner.CurrentPosition;

    /// <summary>False: the stream has ended. Throws what the parser throws.</summary>
    public bool TryNext(out YamlEvent next)
    {
        next = default;
        if (_isEnd)
            return false;
        if (_spliced?.TryNext(out next) == true)
            _read++;
        else
            next = ParsedNext();
        _isEnd = next.Kind == YamlEventKind.StreamEnd;
        return true;
    }

    private YamlEvent ParsedNext()
    {
        _spliced = null;
        for (; _read > 0; _read--)
            _parser.MoveNext();
        _parser.MoveNext();
        return YamlEvent.Of(_parser.Current!);
    }
}
