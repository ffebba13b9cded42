using System.Globalization;
using System.Text;

namespace Qschedd.Bench.Table;

/// <summary>The table, for eyes: one text for the terminal and the file.</summary>
internal static class Markdown
{
    public static string Table(IEnumerable<Line> lines)
    {
        var text = new StringBuilder("| work | qschedd | peers in the same run | ratio | to reach |\n|---|---|---|---|---|\n");
        string? row = null;
        foreach (var line in lines)
        {
            if (line.Row != row)
                text.Append(CultureInfo.InvariantCulture, $"| **{line.Row}** | | | | |\n");
            row = line.Row;
            string note = line.Note is null ? "" : $" ({line.Note})";
            text.Append(CultureInfo.InvariantCulture, $"| {line.Work}{note} | {Figure(line.Ours, line.Unit)} | ");
            text.Append(CultureInfo.InvariantCulture, $"{Join(line, p => $"{p.Name}: {Figure(p.Value, line.Unit)}")} | ");
            text.Append(CultureInfo.InvariantCulture, $"{Join(line, p => Ratio(line.Ours, p.Value))} | {Goals(line)} |\n");
        }
        return text.ToString();
    }

    public static string Figure(double? value, Unit unit) => value is { } figure ? $"{Number(figure, unit.Decimals)} {unit.Name}" : "not there";

    private static string Join(Line line, Func<Peer, string> part) => line.Peers.Length == 0 ? "-" : string.Join("; ", line.Peers.Select(part));

    private static string Ratio(double? ours, double? theirs) =>
        ours is { } a && theirs is { } b and not 0 ? Number(a / b, a / b < 10 ? 3 : 1) : "-";

    private static string Goals(Line line)
    {
        var goals = new List<string>();
        if (line.Max is { } max)
            goals.Add($"≤ {Figure(max, line.Unit)}: {Verdict(line.Ours, value => value <= max)}");
        if (line.Min is { } min)
            goals.Add($"≥ {Figure(min, line.Unit)}: {Verdict(line.Ours, value => value >= min)}");
        goals.AddRange(line.Peers.Select(peer => Goal(line, peer)).OfType<string>());
        return goals.Count == 0 ? "-" : string.Join("; ", goals);
    }

    private static string? Goal(Line line, Peer peer)
    {
        double? ratio = peer.Value is { } theirs and not 0 ? line.Ours / theirs : null;
        if (peer.RatioMax is { } max)
            return $"≤ {Number(max, 3)} of {peer.Name}: {Verdict(ratio, value => value <= max)}";
        return peer.RatioMin is { } min ? $"≥ {Number(min, 3)} of {peer.Name}: {Verdict(ratio, value => value >= min)}" : null;
    }

    private static string Verdict(double? value, Func<double, bool> holds) =>
        value is not { } figure ? "not measured" : holds(figure) ? "reached" : "**missed**";

    private static string Number(double value, int decimals)
    {
        // Three digits that count are enough of any figure.
        int shown = Math.Abs(value) >= 100 ? 0 : Math.Abs(value) >= 10 ? Math.Min(1, decimals) : decimals;
        string text = value.ToString("N" + shown, CultureInfo.InvariantCulture);
        return shown == 0 ? text : text.TrimEnd('0').TrimEnd('.');
    }
}
