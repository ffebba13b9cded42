using System.Text;

namespace Qschedd.Cli.Client;

internal enum Tone
{
    Plain,
    Good,
    Bad,
    Busy,
    Faint,
}

/// <summary>What stands in one place of a table; nothing shows as a dash, so that each line has the same number of words' places.</summary>
internal sealed record Cell(string? Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Cell(string? text) => new(text);
}

/// <summary>Rows under titles, in columns that are as wide as their widest cell looks. Cells are made harmless here.</summary>
/// <param name="titles">Null: none are shown.</param>
internal sealed class Table(params string[]? titles)
{
    private const string Gap = "  ";
    private const int CellWidthMax = 100;
    private readonly List<Cell[]> _rows = [];

    public bool IsEmpty => _rows.Count == 0;

    public void Add(params Cell[] cells) =>
        _rows.Add(Array.ConvertAll(cells, c => c with { Text = string.IsNullOrEmpty(c.Text) ? "-" : DisplayText.Cut(DisplayText.Line(c.Text), CellWidthMax) }));

    public void Write(TextWriter output, bool colour, string indent = "")
    {
        if (IsEmpty)
            return;
        List<Cell[]> rows = titles is null ? _rows : [Array.ConvertAll(titles, t => new Cell(t, Tone.Faint)), .. _rows];
        int[] widths = WidthsOf(rows);
        foreach (Cell[] row in rows)
            output.Write(indent + LineOf(row, widths, colour) + "\n");
    }

    private static int[] WidthsOf(List<Cell[]> rows)
    {
        int[] widths = new int[rows.Count == 0 ? 0 : rows.Max(r => r.Length)];
        foreach (Cell[] row in rows)
        {
            for (int i = 0; i < row.Length; i++)
                widths[i] = Math.Max(widths[i], DisplayText.Width(row[i].Text!));
        }

        return widths;
    }

    private static string LineOf(Cell[] row, int[] widths, bool colour)
    {
        var line = new StringBuilder();
        for (int i = 0; i < row.Length; i++)
        {
            line.Append(Paint.In(row[i].Text!, row[i].Tone, colour));
            if (i < row.Length - 1)
                line.Append(' ', widths[i] - DisplayText.Width(row[i].Text!)).Append(Gap);
        }

        return line.ToString();
    }
}

internal static class Paint
{
    public static string In(string text, Tone tone, bool colour) => !colour || tone == Tone.Plain ? text : $"\e[{CodeOf(tone)}m{text}\e[0m";

    private static string CodeOf(Tone tone) => tone switch { Tone.Good => "32", Tone.Bad => "31", Tone.Busy => "33", _ => "2" };
}
