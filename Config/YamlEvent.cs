using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Qschedd.Config;

internal enum YamlEventKind : byte
{
    StreamStart,
    StreamEnd,
    DocumentStart,
    DocumentEnd,
    MappingStart,
    MappingEnd,
    ListStart,
    ListEnd,
    Scalar,
    Alias,
}

[Flags]
internal enum YamlTraits : byte
{
    None = 0,
    /// <summary>A mapping in braces, or a list in brackets.</summary>
    Flow = 1,
    HasAnchor = 2,
    HasTag = 4,
    /// <summary>A scalar without quotes.</summary>
    Plain = 8,
    /// <summary>A scalar in quotes.</summary>
    Quoted = 16,
    /// <summary>A scalar on one line that reads as its value, so that an offset into it is a column.</summary>
    Verbatim = 32,
}

/// <summary>
/// What is looked at of one of the parser's events. A value: the events of a batch lie behind one another in memory for the thread
/// that reads them, and the parser's objects are garbage at once, of which the collector sees nothing.
/// </summary>
internal readonly struct YamlEvent
{
    public YamlEvent(YamlEventKind kind, Position at, YamlTraits traits = YamlTraits.None, string? text = null)
    {
        Kind = kind;
        At = at;
        Traits = traits;
        Text = text;
    }

    private YamlEvent(YamlEventKind kind, ParsingEvent of)
    {
        Kind = kind;
        At = new Position((int)of.Start.Line, (int)of.Start.Column);
        if (of is NodeEvent node)
            Traits = (node.Anchor.IsEmpty ? 0 : YamlTraits.HasAnchor) | (node.Tag.IsEmpty ? 0 : YamlTraits.HasTag);
    }

    private YamlEvent(Scalar of) : this(YamlEventKind.Scalar, of)
    {
        Text = of.Value;
        bool isQuoted = of.Style is ScalarStyle.SingleQuoted or ScalarStyle.DoubleQuoted;
        bool isVerbatim = of.Start.Line == of.End.Line && of.End.Column - of.Start.Column == Text.Length + (isQuoted ? 2 : 0);
        Traits |= (of.Style == ScalarStyle.Plain ? YamlTraits.Plain : 0) | (isQuoted ? YamlTraits.Quoted : 0)
            | (isVerbatim ? YamlTraits.Verbatim : 0);
    }

    private YamlEvent(YamlEventKind kind, ParsingEvent of, bool isFlow) : this(kind, of) => Traits |= isFlow ? YamlTraits.Flow : 0;

    public string? Text { get; }
    public Position At { get; private init; }
    public YamlEventKind Kind { get; }
    public YamlTraits Traits { get; }

    public int NestingIncrease => Kind switch
    {
        YamlEventKind.MappingStart or YamlEventKind.ListStart or YamlEventKind.DocumentStart or YamlEventKind.StreamStart => 1,
        YamlEventKind.MappingEnd or YamlEventKind.ListEnd or YamlEventKind.DocumentEnd or YamlEventKind.StreamEnd => -1,
        _ => 0,
    };

    public bool Has(YamlTraits trait) => (Traits & trait) != 0;

    /// <summary>The same, so many lines further down. What the parser makes up stands at the text's start, wherever that is.</summary>
    public YamlEvent Below(int lines) => At == Position.Start ? this : this with { At = At with { Line = At.Line + lines } };

    public static YamlEvent Of(ParsingEvent of) => of switch
    {
        Scalar scalar => new(scalar),
        MappingStart mapping => new(YamlEventKind.MappingStart, of, mapping.Style == MappingStyle.Flow),
        MappingEnd => new(YamlEventKind.MappingEnd, of),
        SequenceStart list => new(YamlEventKind.ListStart, of, list.Style == SequenceStyle.Flow),
        SequenceEnd => new(YamlEventKind.ListEnd, of),
        AnchorAlias => new(YamlEventKind.Alias, of),
        DocumentStart => new(YamlEventKind.DocumentStart, of),
        DocumentEnd => new(YamlEventKind.DocumentEnd, of),
        StreamStart => new(YamlEventKind.StreamStart, of),
        StreamEnd => new(YamlEventKind.StreamEnd, of),
        _ => throw new NotSupportedException($"an event of a kind that the scanner was not asked for: {of}"),
    };
}
