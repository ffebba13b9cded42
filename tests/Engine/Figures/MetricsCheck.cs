using System.Globalization;
using System.Text.RegularExpressions;

namespace Qschedd.Tests.Engine.Figures;

/// <summary>
/// Reads Prometheus text 0.0.4 strictly: its grammar, and the rules of naming that its own linter holds. What is wrong is an
/// assertion that quotes the line.
/// </summary>
internal sealed partial class MetricsCheck
{
    private static readonly string[] NoUnits = ["ms", "milliseconds", "microseconds", "minutes", "hours", "days", "kb", "kilobytes", "megabytes", "percent"];

    private readonly Dictionary<string, string> _types = [];
    private readonly Dictionary<string, double> _samples = [];

    private MetricsCheck(string text)
    {
        Assert.EndsWith("\n", text);
        string? helped = null, family = null;
        foreach (string line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
                helped = help.Groups[1].Value;
            else if (Type().Match(line) is { Success: true } type)
                family = Begin(line, helped, type.Groups[1].Value, type.Groups[2].Value);
            else
                Add(line, family);
        }
        foreach (string name in _types.Where(t => t.Value == "histogram").Select(t => t.Key))
            CheckHistogram(name);
    }

    /// <summary>Name to type.</summary>
    public IReadOnlyDictionary<string, string> Families => _types;

    /// <summary>The value of a series, as it is written.</summary>
    public double this[string series] => _samples.TryGetValue(series, out double value) ? value : throw new KeyNotFoundException($"no series {series}");

    public IEnumerable<string> Series => _samples.Keys;

    public static MetricsCheck Read(string text) => new(text);

    private string Begin(string line, string? helped, string name, string type)
    {
        Assert.True(helped == name, $"TYPE without HELP before it: {line}");
        Assert.True(_types.TryAdd(name, type), $"a family twice: {line}");
        Assert.True(Name().IsMatch(name), $"a bad name: {line}");
        Assert.True(type == "counter" == name.EndsWith("_total", StringComparison.Ordinal), $"counters end in _total, and nothing else does: {line}");
        string[] words = name.Split('_');
        Assert.Empty(words.Intersect(NoUnits));
        Assert.Empty(words.Intersect(["counter", "gauge", "histogram", "summary", "count", "sum", "bucket"]));
        return name;
    }

    private void Add(string line, string? family)
    {
        var sample = Sample().Match(line);
        Assert.True(sample.Success, $"no sample: {line}");
        string name = sample.Groups["name"].Value, labels = sample.Groups["labels"].Value;
        bool isHistogram = family is not null && _types[family] == "histogram";
        Assert.True(isHistogram ? Parts(family!).Contains(name) : name == family, $"not of the family {family}: {line}");
        Assert.True(labels.Contains("le=\"", StringComparison.Ordinal) == (isHistogram && name == family + "_bucket"), $"le is for buckets: {line}");
        double value = Number(sample.Groups["value"].Value);
        Assert.False(value < 0 && (isHistogram || _types[family!] == "counter"), $"a negative count: {line}");
        Assert.True(_samples.TryAdd(name + labels, value), $"a series twice: {line}");
    }

    private void CheckHistogram(string name)
    {
        var buckets = _samples.Where(s => s.Key.StartsWith($"{name}_bucket{{le=\"", StringComparison.Ordinal))
            .Select(s => (Bound: Number(s.Key[(name.Length + 12)..^2]), Count: s.Value)).ToList();
        Assert.True(buckets.Count > 1, $"{name} has no buckets");
        Assert.Equal(buckets.OrderBy(b => b.Bound), buckets);
        Assert.Equal(buckets.Select(b => b.Count).Order(), buckets.Select(b => b.Count));
        Assert.Equal(double.PositiveInfinity, buckets[^1].Bound);
        Assert.Equal(buckets[^1].Count, this[name + "_count"]);
        Assert.True(this[name + "_sum"] >= 0, $"{name} has a negative sum");
    }

    private static string[] Parts(string family) => [family + "_bucket", family + "_sum", family + "_count"];

    private static double Number(string text) => text == "+Inf" ? double.PositiveInfinity : double.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^# HELP (\S+) \S(?:[^\\]|\\\\|\\n)*\.$")]
    private static partial Regex Help();

    [GeneratedRegex(@"^# TYPE (\S+) (counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex(@"^qschedd(_[a-z]+)+$")]
    private static partial Regex Name();

    [GeneratedRegex("""^(?<name>[a-z_]+)(?<labels>(\{[a-z]+="([^"\\\n]|\\\\|\\"|\\n)*"(,[a-z]+="([^"\\\n]|\\\\|\\"|\\n)*")*\})?) (?<value>\+Inf|-?[0-9.]+(E[+-]?[0-9]+)?)$""")]
    private static partial Regex Sample();
}
