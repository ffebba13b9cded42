using System.Buffers;
using System.Globalization;
using System.Text;

namespace Qschedd.Engine.Figures;

/// <summary>
/// Writes the Prometheus text format, version 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/.
/// A family is begun by its head; its samples follow before the next head.
/// </summary>
internal sealed class MetricsText(IBufferWriter<byte> output)
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private static readonly SearchValues<char> Special = SearchValues.Create("\\\"\n");

    public void Counter(string name, string help, long value)
    {
        Head(name, help, "counter");
        Sample(name, value);
    }

    public void Gauge(string name, string help, double value)
    {
        Head(name, help, "gauge");
        Sample(name, value);
    }

    public void Histogram(string name, string help, Histogram histogram)
    {
        Head(name, help, "histogram");
        long[] cumulative = histogram.Cumulative();
        for (int i = 0; i < histogram.Bounds.Count; i++)
            Sample(name + "_bucket", "le", Number(histogram.Bounds[i] / histogram.UnitsPerBase), cumulative[i]);
        Sample(name + "_bucket", "le", "+Inf", cumulative[^1]);
        Sample(name + "_sum", histogram.Sum / histogram.UnitsPerBase);
        Sample(name + "_count", cumulative[^1]);
    }

    /// <summary>A family of which samples with a label follow.</summary>
    /// <param name="type">counter or gauge.</param>
    public void Head(string name, string help, string type) =>
        Write($"# HELP {name} {help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\n# TYPE {name} {type}\n");

    public void Sample(string name, double value) => Write($"{name} {Number(value)}\n");

    public void Sample(string name, string label, string text, double value) => Write($"{name}{{{label}=\"{Escaped(text)}\"}} {Number(value)}\n");

    public void Sample(string name, (string Label, string Text) first, (string Label, string Text) second, double value) =>
        Write($"{name}{{{first.Label}=\"{Escaped(first.Text)}\",{second.Label}=\"{Escaped(second.Text)}\"}} {Number(value)}\n");

    private static string Escaped(string text) => text.AsSpan().IndexOfAny(Special) < 0
        ? text
        : text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) => double.IsPositiveInfinity(value) ? "+Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private void Write(string text) => Encoding.UTF8.GetBytes(text, output);
}
