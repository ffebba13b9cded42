using System.Globalization;
using System.Text;

namespace Qschedd.Bench.Table;

/// <summary>One curve: a name and its points.</summary>
internal sealed record Curve(string Name, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A plot with logarithmic axes as an SVG file, readable on light and dark ground.</summary>
internal static class Plot
{
    private const double Width = 640, Height = 400, Left = 70, Right = 150, Top = 40, Bottom = 50;
    private static readonly string[] Colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7"];

    public static string Svg(string title, string xName, string yName, IReadOnlyList<Curve> curves)
    {
        var points = curves.SelectMany(curve => curve.Points).Where(point => point is { X: > 0, Y: > 0 }).ToList();
        if (points.Count == 0)
            points.Add((1, 1));
        var x = new Axis(points.Select(point => point.X), Left, Width - Right);
        var y = new Axis(points.Select(point => point.Y), Height - Bottom, Top);
        var svg = new StringBuilder();
        svg.Append(Text($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12">"""));
        svg.Append(Text($"""<rect width="{Width}" height="{Height}" fill="#ffffff"/><text x="{Left}" y="22" font-size="15">{title}</text>"""));
        foreach (double at in x.Marks)
        {
            svg.Append(Text($"""<path d="M{x.Place(at):F1} {Top}V{Height - Bottom}" stroke="#dddddd"/>"""));
            svg.Append(Text($"""<text x="{x.Place(at):F1}" y="{Height - 32}" text-anchor="middle">{at:#,0.###}</text>"""));
        }
        foreach (double at in y.Marks)
        {
            svg.Append(Text($"""<path d="M{Left} {y.Place(at):F1}H{Width - Right}" stroke="#dddddd"/>"""));
            svg.Append(Text($"""<text x="{Left - 6}" y="{y.Place(at) + 4:F1}" text-anchor="end">{at:#,0.###}</text>"""));
        }
        svg.Append(Text($"""<text x="{(Left + Width - Right) / 2}" y="{Height - 10}" text-anchor="middle">{xName}</text>"""));
        svg.Append(Text($"""<text transform="translate(16 {(Top + Height - Bottom) / 2}) rotate(-90)" text-anchor="middle">{yName}</text>"""));
        for (int i = 0; i < curves.Count; i++)
            Draw(svg, curves[i], Colors[i % Colors.Length], x, y);
        return svg.Append("</svg>\n").ToString();
    }

    private static void Draw(StringBuilder svg, Curve curve, string color, Axis x, Axis y)
    {
        var places = curve.Points.Where(point => point is { X: > 0, Y: > 0 }).Select(point => (X: x.Place(point.X), Y: y.Place(point.Y))).ToList();
        if (places.Count == 0)
            return;
        string path = string.Join(' ', places.Select(place => Text($"{place.X:F1},{place.Y:F1}")));
        svg.Append(Text($"""<polyline points="{path}" fill="none" stroke="{color}" stroke-width="2"/>"""));
        foreach (var (px, py) in places)
            svg.Append(Text($"""<circle cx="{px:F1}" cy="{py:F1}" r="3" fill="{color}"/>"""));
        svg.Append(Text($"""<text x="{places[^1].X + 8:F1}" y="{places[^1].Y + 4:F1}" fill="{color}">{curve.Name}</text>"""));
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>From the power of ten below the least value to the one above the greatest.</summary>
    private sealed class Axis(IEnumerable<double> values, double start, double end)
    {
        private readonly double _low = Math.Floor(Math.Log10(values.Min()));
        private readonly double _high = Math.Max(Math.Floor(Math.Log10(values.Min())) + 1, Math.Ceiling(Math.Log10(values.Max())));

        public IEnumerable<double> Marks => Enumerable.Range((int)_low, (int)(_high - _low) + 1).Select(power => Math.Pow(10, power));

        public double Place(double value) => start + (Math.Log10(value) - _low) / (_high - _low) * (end - start);
    }
}
