using System.Text.Json;

namespace Qschedd.Bench.Measure;

/// <summary>What a measured process has to say: under each name the figures of its repetitions. It travels as one JSON line.</summary>
internal sealed class Samples
{
    private readonly Dictionary<string, List<double>> _series = new(StringComparer.Ordinal);

    public IEnumerable<string> Names => _series.Keys;

    public void Add(string name, double value)
    {
        if (!_series.TryGetValue(name, out var series))
            _series[name] = series = [];
        series.Add(value);
    }

    public void AddAll(Samples other)
    {
        foreach (var (name, values) in other._series)
            values.ForEach(value => Add(name, value));
    }

    public int Count(string name) => _series.TryGetValue(name, out var series) ? series.Count : 0;

    /// <summary>Null when nothing was measured under that name.</summary>
    public double? Median(string name) => _series.TryGetValue(name, out var series) && series.Count > 0 ? MedianOf(series) : null;

    public static double MedianOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    public string ToLine() => JsonSerializer.Serialize(_series);

    public static Samples FromLine(string line)
    {
        var samples = new Samples();
        foreach (var (name, values) in JsonSerializer.Deserialize<Dictionary<string, double[]>>(line)!)
            foreach (double value in values)
                samples.Add(name, value);
        return samples;
    }
}
