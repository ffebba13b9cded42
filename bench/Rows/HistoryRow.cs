using Qschedd.Bench.Measure;
using Qschedd.Bench.Modes;
using Qschedd.Bench.Table;

namespace Qschedd.Bench.Rows;

/// <summary>A long history must not be felt.</summary>
internal static class HistoryRow
{
    public const string Title = "history in SQLite, 10,000 jobs";

    private const int SetsOfRow = 5;

    public static async Task<IReadOnlyList<Line>> MeasureAsync(BenchRun run)
    {
        int tasks = run.Pick(10_000_000, 100_000), sets = run.Pick(SetsOfRow, 1);
        using var folder = new TempFolder();
        var samples = await Child.MeasureAsync(
            "history", "--tasks", $"{tasks}", "--batch", run.Pick("20000", "2000"), "--sets", $"{sets}", "--dir", folder.Path);
        string Sized(int part) => FormattableString.Invariant($"a page of 100 of a job's tasks, {tasks / part:N0} on record");
        return
        [
            new Line(
                Title, FormattableString.Invariant($"durable inserts with {tasks:N0} on record ({sets * HistoryMode.Turns} batches together)"),
                samples.Median("insertLast"), Unit.PerSecond, new Peer("an empty database", samples.Median("insertFirst"), RatioMin: 0.9)),
            new Line(Title, Sized(100), samples.Median("pageHundredth"), Unit.Milliseconds),
            new Line(Title, Sized(10), samples.Median("pageTenth"), Unit.Milliseconds),
            new Line(Title, Sized(1), samples.Median("page"), Unit.Milliseconds) { Max = 10 },
            new Line(Title, "trimming: tasks removed", samples.Median("trimmed"), Unit.PerSecond),
            new Line(
                Title, "a commit while it trims", samples.Median("commitTrimming"), Unit.Milliseconds,
                new Peer("without trimming", samples.Median("commitQuiet"))),
            new Line(Title, "size of the file", samples.Median("megabytes"), Unit.Megabytes),
        ];
    }
}
