using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Storage;

namespace Qschedd.Bench.Modes;

/// <summary>
/// <c>history --tasks N --batch B --sets S --dir D</c>: an empty database is filled with N ended tasks of 10,000 jobs through the store's own
/// journal, two batches under way as the engine has them. The last batches go by turns to it and to one that was empty before, in S sets, each
/// with a new one; pages of a job's list are read on the way, and at the end it is trimmed.
/// </summary>
internal static class HistoryMode
{
    private const int Jobs = 10_000;
    public const int Turns = 20; // batches of a set, beside as many in an empty database
    private const int WarmTurns = 2; // before them: the empty database gets its first pages
    private const int Pages = 50;

    private static readonly HistorySettings Everything = new(TimeSpan.FromDays(36_500), int.MaxValue);

    public static async Task<Samples> RunAsync(Options options)
    {
        SQLitePCL.Batteries_V2.Init();
        string file = Path.Combine(options.Text("dir"), "history.db");
        int batchRows = options.Number("batch"), sets = options.Number("sets"), compared = sets * (WarmTurns + Turns);
        int batches = Math.Max(2 * compared, options.Number("tasks") / batchRows);
        var samples = new Samples();
        using (var store = SqliteStore.Open(file, NullLogger.Instance))
        {
            store.Load();
            await CommitAsync(store, [.. Enumerable.Range(1, Jobs).Select(JobOf)]);
            await FillAsync(store, batches - compared, batchRows, samples);
            double ofFull = 0, ofEmpty = 0;
            for (int batch = batches - compared; batch < batches; batch += WarmTurns + Turns)
            {
                var (full, empty) = await CompareAsync(store, Path.Combine(options.Text("dir"), $"empty{batch}.db"), batch, batchRows);
                (ofFull, ofEmpty) = (ofFull + full, ofEmpty + empty);
            }
            samples.Add("insertLast", (double)sets * Turns * batchRows / ofFull);
            samples.Add("insertFirst", (double)sets * Turns * batchRows / ofEmpty);
            ReadPages(store, samples, "page");
            await TrimAsync(store, batches * batchRows / Jobs, samples);
        }
        long left = Sqlite.Count(file, "SELECT count(*) FROM task");
        samples.Add("trimmed", ((long)batches * batchRows + TrimCommits - left) / samples.Median("trimSeconds")!.Value);
        samples.Add("megabytes", new FileInfo(file).Length / 1e6);
        return samples;
    }

    private static async Task FillAsync(SqliteStore store, int batches, int batchRows, Samples samples)
    {
        var underWay = CommitAsync(store, BatchOf(0, batchRows));
        for (int batch = 1; batch <= batches; batch++)
        {
            var next = batch < batches ? CommitAsync(store, BatchOf(batch, batchRows)) : Task.CompletedTask;
            await underWay;
            if (IsPlace(batch, batches, out string place))
                ReadPages(store, samples, place);
            underWay = next;
        }
    }

    /// <summary>
    /// By turns, for the machine is up to twice as fast for spells: what came first would be compared by its spell. The rate is that of all
    /// batches: of single ones, each of which falls into one spell or another, the median is by chance that of the one or of the other.
    /// </summary>
    /// <returns>Seconds of the batches of one set.</returns>
    private static async Task<(double OfFull, double OfEmpty)> CompareAsync(SqliteStore full, string emptyFile, int batch, int batchRows)
    {
        using var empty = SqliteStore.Open(emptyFile, NullLogger.Instance);
        empty.Load();
        await CommitAsync(empty, [.. Enumerable.Range(1, Jobs).Select(JobOf)]);
        double ofFull = 0, ofEmpty = 0;
        for (int turn = 0; turn < WarmTurns + Turns; turn++, batch++)
        {
            bool isCounted = turn >= WarmTurns;
            foreach (bool isFull in turn % 2 == 0 ? (bool[])[true, false] : [false, true])
            {
                double seconds = await InsertAsync(isFull ? full : empty, BatchOf(batch, batchRows));
                if (isCounted && isFull)
                    ofFull += seconds;
                else if (isCounted)
                    ofEmpty += seconds;
            }
        }
        return (ofFull, ofEmpty);
    }

    /// <returns>Seconds.</returns>
    private static async Task<double> InsertAsync(SqliteStore store, List<Change> changes)
    {
        long start = Stopwatch.GetTimestamp();
        await CommitAsync(store, changes);
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Pages are read at a hundredth, at a tenth and, later, at the full size.</summary>
    private static bool IsPlace(int batch, int batches, out string place)
    {
        place = batch == batches / 10 ? "pageTenth" : "pageHundredth";
        return batch == batches / 10 || batch == Math.Max(1, batches / 100);
    }

    private static void ReadPages(SqliteStore store, Samples samples, string name)
    {
        var random = new Random(7);
        for (int i = 0; i < Pages; i++)
        {
            long start = Stopwatch.GetTimestamp();
            store.ListTasks(new TaskQuery(JobName(random.Next(1, Jobs)), null, null, null, null, Limit: 100));
            samples.Add(name, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    private const int TrimCommits = 200;

    /// <summary>Half of each job's tasks are to go; meanwhile small commits come, as from a daemon at work, and what they wait is taken.</summary>
    private static async Task TrimAsync(SqliteStore store, int perJob, Samples samples)
    {
        await CommitSmallAsync(store, perJob, TrimCommits / 2, "commitQuiet", samples);
        long start = Stopwatch.GetTimestamp();
        store.Trim(Everything with { KeepPerJob = Math.Max(1, perJob / 2) }, Day0Ms);
        await CommitSmallAsync(store, perJob + 1, TrimCommits / 2, "commitTrimming", samples);
        while (store.IsTrimming && Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(6))
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        samples.Add("trimSeconds", Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static async Task CommitSmallAsync(SqliteStore store, int round, int count, string name, Samples samples)
    {
        for (int i = 1; i <= count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await CommitAsync(store, [new TaskInsert(TaskOf(i, round))]);
            samples.Add(name, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }

    private static Task CommitAsync(SqliteStore store, IReadOnlyList<Change> changes)
    {
        var durable = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        store.Commit(new JournalBatch(changes), batch =>
        {
            if (batch.Error is null)
                durable.SetResult();
            else
                durable.SetException(batch.Error);
        });
        return durable.Task;
    }

    private const long Day0Ms = 1_767_225_600_000;

    private static string JobName(int id) => $"bench.job{id}";

    private static List<Change> BatchOf(int batch, int batchRows)
    {
        var changes = new List<Change>(batchRows);
        for (long i = (long)batch * batchRows; i < (batch + 1L) * batchRows; i++)
            changes.Add(new TaskInsert(TaskOf((int)(i % Jobs) + 1, (int)(i / Jobs))));
        return changes;
    }

    /// <summary>Each job runs once a minute, finished ten milliseconds later.</summary>
    private static TaskRow TaskOf(int job, int round)
    {
        long seq = (long)round * Jobs + job, scheduledMs = Day0Ms + round * 60_000L;
        return new TaskRow
        {
            Seq = seq,
            Id = $"260101.000000.127.0.0.1.4711.{seq}",
            JobId = job,
            Job = JobName(job),
            App = "bench",
            TriggerKey = job,
            ScheduledMs = scheduledMs,
            FireMs = scheduledMs + 1,
            StartedMs = scheduledMs + 2,
            EndedMs = scheduledMs + 10,
            UpdatedMs = scheduledMs + 10,
            State = TaskState.Finished,
            Worker = "10.0.0.1:20010",
            Message = "done",
        };
    }

    private static Change JobOf(int id) => new JobSave(new JobRow
    {
        Id = id,
        Name = JobName(id),
        App = "bench",
        CreatedMs = Day0Ms,
        UpdatedMs = Day0Ms,
        DefinitionHash = id,
        TriggerHash = id,
        EffectiveFromMs = Day0Ms,
    });
}
