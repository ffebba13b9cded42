using Qschedd.Bench.Measure;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>Cron expressions: parsing, and the next fire.</summary>
internal static class CronRow
{
    public const string Title = "cron expressions (.NET both, one round over ten texts)";

    private static readonly (string Name, string Work, double RatioMax)[] Works =
    [
        ("Parse", "parse", 1.0 / 3),
        ("Utc", "next fire, UTC", 0.6),
        ("Zoned", "next fire, America/New_York", 0.8),
        ("RareDates", "next fire: 29 Feb, 31W, 6#5", 0.2),
    ];

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        using var folder = new TempFolder();
        var samples = new Samples();
        // Several processes: what the compiler makes of a method differs from one to the next.
        for (int left = run.Pick(3, 1); left > 0; left--)
            samples.AddAll(await Child.MeasureAsync(
                "cron", "--iterations", run.Pick("3", "2"), "--milliseconds", run.Pick("30", "5"), "--dir", folder.Path));
        return [.. Works.SelectMany(work => Lines(samples, work.Name, work.Work, work.RatioMax))];
    }

    private static IEnumerable<Line> Lines(Samples samples, string name, string work, double ratioMax)
    {
        string quartz = "Quartz" + name;
        yield return new Line(
            Title, work, samples.Median(name), Unit.Nanoseconds, new Peer("Quartz", samples.Median(quartz), RatioMax: ratioMax));
        yield return new Line(
            Title, $"{work}: bytes allocated", samples.Median(name + ".bytes"), Unit.Bytes,
            new Peer("Quartz", samples.Median(quartz + ".bytes")))
        {
            Max = name == "Parse" ? null : 0,
        };
    }
}
