using YamlDotNet.Core;

namespace Qschedd.Config;

/// <summary>The file cannot be read beyond this place. Private to reading one file: it never leaves the loader.</summary>
internal sealed class SyntaxFault(Position at, string message, bool isUnquotedCron = false) : Exception(message)
{
    public Position At { get; } = at;
    public bool IsUnquotedCron { get; } = isUnquotedCron;
}

/// <summary>A scalar as the scanner saw it.</summary>
/// <param name="Text">Its value.</param>
/// <param name="IsPlain">Written without quotes.</param>
/// <param name="FirstColumn">Where its text begins, after a quote.</param>
/// <param name="IsVerbatim">It stands on one line as its value reads, so that an offset into it is a column.</param>
internal readonly record struct YamlScalar(string Text, bool IsPlain, int FirstColumn, bool IsVerbatim)
{
    /// <summary>It begins with a <c>*</c> that is not quoted, and was read only because the source marks it.</summary>
    public bool IsUnquotedCron { get; init; }

    /// <summary>No value, in the words of YAML 1.2's core schema.</summary>
    public bool IsNull => IsPlain && Text is ("" or "~" or "null" or "Null" or "NULL");
}

/// <summary>
/// Steps through the parser's events under bounds. Anchors, aliases and tags are errors here and nowhere else;
/// an alias reads as <see cref="IsAlias"/>, so that reading goes on after it.
/// </summary>
internal sealed class YamlCursor : IDisposable
{
    public const int DepthMax = 32;

    private readonly SourceText _source;
    private readonly FileErrors _errors;
    private readonly EventReader _events;
    private YamlEvent _event;
    private int _depth;
    private int _flowDepth;
    private Position _flowAt;

    public YamlCursor(SourceText source, FileErrors errors)
    {
        _source = source;
        _errors = errors;
        _events = new EventReader(source.Bytes);
        Next();
    }

    /// <summary>Never before an earlier event: the parser puts a mapping without braces in a flow list at the file's start.</summary>
    public Position At { get; private set; }
    public bool IsStreamEnd => _event.Kind == YamlEventKind.StreamEnd;
    public bool IsDocumentStart => _event.Kind == YamlEventKind.DocumentStart;
    public bool IsDocumentEnd => _event.Kind == YamlEventKind.DocumentEnd;
    public bool IsMapping => _event.Kind == YamlEventKind.MappingStart;
    public bool IsBlockMapping => IsMapping && !_event.Has(YamlTraits.Flow);
    public bool IsMappingEnd => _event.Kind == YamlEventKind.MappingEnd;
    public bool IsList => _event.Kind == YamlEventKind.ListStart;
    public bool IsListEnd => _event.Kind == YamlEventKind.ListEnd;
    public bool IsAlias => _event.Kind == YamlEventKind.Alias;

    public YamlScalar? Scalar =>
        _event.Kind != YamlEventKind.Scalar ? null : _source.IsMarked ? Unmarked(AsScalar(_event)) : AsScalar(_event);

    /// <summary>What stands here, in words for "not ...".</summary>
    public string Describe() => _event.Kind switch
    {
        YamlEventKind.MappingStart => "a mapping",
        YamlEventKind.ListStart => "a list",
        _ => "a plain value",
    };

    public void Next()
    {
        bool afterCron = _event.Text == "cron";
        try
        {
            _event = _events.Next();
        }
        catch (YamlException e)
        {
            throw Reword(e, afterCron);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // The scanner's own slip, above all on a [ or { that is not closed before the next key: no position, no words.
            throw _flowDepth > 0
                ? new SyntaxFault(_flowAt, SyntaxWords.Unclosed)
                : new SyntaxFault(PositionOf(_events.FaultAt), SyntaxWords.Unreadable);
        }
        At = _event.At.CompareTo(At) < 0 ? At : _event.At;
        NoteFlow();
        if (afterCron && IsAlias)
            throw UnquotedCronAt(At);
        _depth += _event.NestingIncrease;
        Check();
    }

    public void Dispose() => _events.Dispose();

    /// <summary>Passes over the node that starts here, whatever it holds. Iterative: its depth costs no stack.</summary>
    public void Skip()
    {
        int depth = 0;
        do
        {
            depth += _event.NestingIncrease;
            Next();
        }
        while (depth > 0);
    }

    public bool IsTabIndented => _source.IsTabIndented(_event.At.Line);

    /// <summary>Keeps where the outermost open [ or { stands.</summary>
    private void NoteFlow()
    {
        bool isFlow = _event.Has(YamlTraits.Flow);
        if (isFlow && _flowDepth == 0)
            _flowAt = At;
        if (isFlow || _flowDepth > 0)
            _flowDepth += _event.NestingIncrease;
    }

    private void Check()
    {
        if (_errors.IsFull)
            throw new SyntaxFault(At, "too many errors");
        // Stream and document count as two levels of nesting.
        if (_depth - 2 > DepthMax)
            throw new SyntaxFault(At, $"nested deeper than {DepthMax} levels: no key of qschedd needs that");
        if (IsAlias)
            _errors.Add(At, "an alias (*...) is not accepted: put what jobs share under the app's 'defaults', or quote the value");
        if (_event.Has(YamlTraits.HasAnchor))
            _errors.Add(At, "an anchor (&...) is not accepted: put what jobs share under the app's 'defaults'");
        if (_event.Has(YamlTraits.HasTag))
            _errors.Add(At, "a tag (!...) is not accepted: write the value without it; what jobs share goes under the app's 'defaults'");
    }

    private SyntaxFault Reword(YamlException fault, bool afterCron)
    {
        if (SyntaxWords.IsTab(fault.Message))
            return new SyntaxFault(PositionOf(_events.FaultAt), SyntaxWords.Tab);
        Position at = PositionOf(fault.Start);
        string text = _source.TextAt(at);
        return afterCron && text.StartsWith('*') ? UnquotedCronAt(at) : new SyntaxFault(at, SyntaxWords.Of(fault.Message, text));
    }

    private static SyntaxFault UnquotedCronAt(Position at) => new(at, SyntaxWords.UnquotedCron, isUnquotedCron: true);

    private static YamlScalar AsScalar(in YamlEvent scalar) => new(
        scalar.Text!, scalar.Has(YamlTraits.Plain), scalar.At.Column + (scalar.Has(YamlTraits.Quoted) ? 1 : 0), scalar.Has(YamlTraits.Verbatim));

    private static YamlScalar Unmarked(YamlScalar scalar) => scalar with
    {
        Text = scalar.Text.Replace(SourceText.UnquotedCronMark, '*'),
        IsUnquotedCron = scalar.IsPlain && scalar.Text.StartsWith(SourceText.UnquotedCronMark),
    };

    private static Position PositionOf(Mark mark) => new((int)mark.Line, (int)mark.Column);
}
