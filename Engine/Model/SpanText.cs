using System.Globalization;
using System.Text;

namespace Qschedd.Engine.Model;

/// <summary>Spans as the configuration writes them: 90s is 1m30s.</summary>
internal static class SpanText
{
    // From the longest to the shortest, the order in which they are written.
    public static readonly (string Name, long Ms)[] Units = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

    public static string Format(TimeSpan span)
    {
        long restMs = (long)span.TotalMilliseconds;
        var text = new StringBuilder();
        foreach ((string name, long ms) in Units)
        {
            if (restMs >= ms)
                text.Append(CultureInfo.InvariantCulture, $"{restMs / ms}{name}");
            restMs %= ms;
        }
        return text.Length == 0 ? "0s" : text.ToString();
    }
}
