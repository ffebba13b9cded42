using System.Text.RegularExpressions;

namespace Qschedd.Tests.Architecture;

/// <summary>Imports go one way. A layer is a namespace with what lies below it, unless that is a layer of its own.</summary>
internal static partial class Layers
{
    private const string Model = "Qschedd.Engine.Model";
    private const string Cron = "Qschedd.Engine.Cron";
    private const string Definitions = "Qschedd.Engine.Definitions";
    private const string Wheel = "Qschedd.Engine.Wheel";
    private const string Clock = "Qschedd.Engine.Clock";
    private const string Figures = "Qschedd.Engine.Figures";
    private const string Engine = "Qschedd.Engine";
    private const string Ports = "Qschedd.Engine.Ports";

    // Program.cs stands in no namespace, and like the Cli it sees all.
    private const string SeesAll = "Qschedd.Cli";

    private static readonly Dictionary<string, string[]> MaySee = new()
    {
        [Model] = [],
        [Wheel] = [],
        [Clock] = [],
        [Figures] = [],
        [Cron] = [Model],
        [Definitions] = [Model],
        ["Qschedd.Config"] = [Model, Cron, Definitions],
        [Engine] = [Ports, Model, Cron, Wheel, Clock, Figures],
        [Ports] = [Engine, Model, Cron, Wheel, Clock, Figures],
        ["Qschedd.Workers"] = [Engine, Ports, Model],
        ["Qschedd.Storage"] = [Engine, Ports, Model, Figures, Definitions],
        ["Qschedd.Http"] = [Engine, Ports, Model, Figures, Definitions],
        ["Qschedd.Alerts"] = [Engine, Ports, Model, Figures],
    };

    /// <summary>Why code of one namespace may not mention the other, or null when it may.</summary>
    public static string? Objection(string? from, string to)
    {
        if (string.IsNullOrEmpty(from) || Of(from) is SeesAll)
            return null;
        if (Of(from) is not { } fromLayer)
            return $"{from} is in no layer: add it to Layers and to the design's import rule";
        if (Of(to) is not { } toLayer)
            return $"{to} is in no layer";
        if (toLayer == fromLayer || MaySee.TryGetValue(fromLayer, out string[]? seen) && seen.Contains(toLayer))
            return null;
        return $"{fromLayer} may not see {toLayer}";
    }

    /// <summary>The layer of a namespace or of a qualified name; null: of none.</summary>
    public static string? Of(string name) =>
        MaySee.Keys.Append(SeesAll)
            .Where(layer => name == layer || name.StartsWith(layer + ".", StringComparison.Ordinal))
            .MaxBy(layer => layer.Length);

    /// <summary>Breaches that stand in a file's using lines and qualified names.</summary>
    public static IEnumerable<string> Breaches(SourceFile file)
    {
        string? from = Namespace().Match(file.Code) is { Success: true } match ? match.Groups[1].Value : null;
        string expected = string.Join('.', file.Path.Split('/').SkipLast(1).Prepend("Qschedd"));
        if (from is not null && from != expected)
            yield return $"{file.Path}: is of namespace {from}, but lies where {expected} does";
        foreach (Match mention in Mention().Matches(file.Code))
            if (mention.Value != from && Objection(from, mention.Value) is { } objection)
                yield return $"{file.Path}:{file.LineOf(mention.Index)}: {objection}";
    }

    [GeneratedRegex(@"^\s*namespace\s+([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();

    [GeneratedRegex(@"\bQschedd(\.\w+)+")]
    private static partial Regex Mention();
}
