using System.Text;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Storage;
using SQLitePCL;

namespace Qschedd.Tests.Storage;

/// <summary>One bit of the database is wrong, anywhere. Each record says what was written, or is told as damaged.</summary>
[Trait("form", "torture")]
public sealed class FlippedByteTests : IDisposable
{
    private const int Jobs = 5;
    private const int Tasks = 40;
    private const long WatermarkMs = 77_000;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Nothing_IsTold_WhenNothingIsWrong()
    {
        Fill();
        var log = new LogLines();

        Assert.Equal([], Judge(_folder.Database, log));
        Assert.All(log.Lines, line => Assert.StartsWith("Information", line));
    }

    /// <summary>Of a large file the start checks less.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ByteThatIsWrong_IsNeverWhatARecordSays_InTheFile(bool isLarge)
    {
        Fill();
        var random = new Random(Torture.Seed);
        long length = new FileInfo(_folder.Database).Length;
        if (isLarge)
            MakeLarge();
        for (int round = 0; round < (isLarge ? Torture.Rounds(20, 200) : Torture.Rounds(40, 500)); round++)
        {
            long at = random.NextInt64(length);
            string copy = FlippedCopy(at, 1 << random.Next(8));
            List<string> wrong = Judge(copy, new LogLines(), withHistory: !isLarge);
            Assert.True(wrong is [], $"byte {at}, round {round}, seed {Torture.Seed}: {string.Join("; ", wrong)}");
        }
    }

    /// <summary>A name, and where a slice begins: each stands in a row and in an index, and one of them is wrong.</summary>
    [Fact]
    public void Row_CanBeForgotten_WhenItIsNotWhatItsIndexSays()
    {
        Fill();
        byte[] file = File.ReadAllBytes(_folder.Database);
        MakeLarge();
        int refused = 0;
        foreach (byte[] value in (byte[][])[Encoding.UTF8.GetBytes(Rows.JobName(4)), [0x80, 0, 0, 0, 0, 0, 0, 0]])
        {
            for (int at = file.AsSpan().IndexOf(value); at >= 0; at = Next(file, value, at))
            {
                string copy = FlippedCopy(at + value.Length - 1, 0x40);
                if (IsRefused(copy))
                {
                    refused++;
                    Assert.Equal([], RecordMore(copy));
                }
            }
        }
        Assert.True(refused >= 2, $"{refused} refused");
    }

    [Fact]
    public void History_IsTrimmed_PastARowThatIsNotWhatItsIndexSays()
    {
        const long first = 0x0123456789A0;
        FillEnded(20, first);
        byte[] file = File.ReadAllBytes(_folder.Database);
        MakeLarge();
        byte[] value = [0x01, 0x23, 0x45, 0x67, 0x89, 0xA7];
        int told = 0;
        for (int at = file.AsSpan().IndexOf(value); at >= 0; at = Next(file, value, at))
        {
            var log = new LogLines();
            using SqliteStore store = SqliteStore.Open(FlippedCopy(at + value.Length - 1, 0x40), log);
            store.Load();
            store.Trim(new HistorySettings(TimeSpan.FromDays(1), 1), first);
            StoreFolder.AwaitTrim(store);
            Assert.Equal([20L], Enumerable.Range(1, 20).Where(seq => seq != 7).Select(seq => store.FindTask(Rows.TaskId(seq))?.Seq).OfType<long>());
            told += log.Lines.Count(line => line.Contains("task 7 cannot be removed from history"));
        }
        Assert.Equal(2, told); // once for its row, once for the index
    }

    private void FillEnded(int tasks, long firstMs)
    {
        TaskRow[] rows = [.. Enumerable.Range(1, tasks).Select(seq => Rows.Ended(seq, 1, scheduledMs: firstMs + seq))];
        using SqliteStore store = _folder.Open();
        store.Load();
        Change[] changes = [new JobSave(Rows.Job(1)), .. rows.Select(row => new TaskInsert(row)), .. rows.Select(row => new TaskUpdate(row))];
        Assert.Null(StoreSuite.Commit(store, changes).Error);
    }

    private static int Next(byte[] file, byte[] value, int after) =>
        file.AsSpan(after + 1).IndexOf(value) is >= 0 and var offset ? after + 1 + offset : -1;

    private static bool IsRefused(string path)
    {
        using SqliteStore store = SqliteStore.Open(path, new LogLines());
        return Record.Exception(store.Load) is StoreOpenException;
    }

    private void MakeLarge() => _folder.Execute(
        $"CREATE TABLE pad(x); INSERT INTO pad VALUES (zeroblob({17 * 1024 * 1024})); DROP TABLE pad; PRAGMA wal_checkpoint(TRUNCATE)");

    private string FlippedCopy(long at, int bit)
    {
        string copy = _folder.Path("flipped.db");
        foreach (string suffix in (string[])["", ".mark", ".lock"])
            File.Copy(_folder.Database + suffix, copy + suffix, overwrite: true);
        Flip(copy, at, bit);
        return copy;
    }

    private static readonly JobRow[] JobRows =
        [.. Enumerable.Range(1, Jobs).Select(id => id == 2 ? Rows.FullJob(id) : Rows.Job(id) with { LastRunMs = 10 + id, EnabledOverride = id == 3 })];

    private static readonly TaskRow[] TaskRows = [.. Enumerable.Range(1, Tasks).Select(TaskOf)];

    private static readonly AttemptRow[] AttemptRows =
        [.. Enumerable.Range(1, 8).Select(n => new AttemptRow(n, 1, TaskState.NoWorker, $"10.0.0.{n}:20010", n, n + 5, "拒绝 refused"))];

    private static readonly WorkerOverrideRow[] OverrideRows =
        [.. Enumerable.Range(1, Jobs).Select(job => new WorkerOverrideRow(job, $"10.0.0.{job}:20010", job % 2 == 0, "ann", 1000 + job))];

    private static readonly RegistrationRow[] RegistrationRows =
        [.. Enumerable.Range(1, 6).Select(n => new RegistrationRow($"app{n}", $"10.0.0.{n}:20010", $"l-demo{n}", n % 2 == 0 ? ["a", "任务"] : null, n))];

    private static readonly AuditRow[] AuditRows =
        [.. Enumerable.Range(1, 12).Select(n => new AuditRow(n, "app demo from 10.0.0.9", "off", Rows.JobName(1), n % 2 == 0 ? "detail" : null))];

    private static TaskRow TaskOf(int seq)
    {
        int job = 1 + (seq % Jobs);
        return seq % 4 == 0 ? Rows.Task(seq, job, scheduledMs: 1000 + seq) with { Worker = "10.0.0.1:20010", Parameter = """{"city":"北京"}""" }
            : Rows.Ended(seq, job, scheduledMs: 1000 + seq) with
            {
                Attempt = 2,
                Worker = "10.0.0.2:20010",
                Message = $"done {seq}",
                Output = new string((char)('a' + (seq % 26)), seq == 7 ? 20_000 : 300),
            };
    }

    private void Fill()
    {
        using SqliteStore store = _folder.Open();
        store.Load();
        Change[] changes =
        [
            .. JobRows.Select(row => new JobSave(row)), .. TaskRows.Select(row => new TaskInsert(row with { Attempt = 1, Message = "begun" })),
            .. AttemptRows.Select(row => new AttemptInsert(row)), .. OverrideRows.Select(row => new WorkerOverrideSave(row)),
            .. RegistrationRows.Select(row => new RegistrationSave(row)), .. AuditRows.Select(row => new AuditInsert(row)),
            new WatermarkSave(WatermarkMs), .. TaskRows.Select(row => new TaskUpdate(row)),
        ];
        Assert.Null(StoreSuite.Commit(store, changes).Error);
    }

    /// <summary>What is neither as it was written nor told.</summary>
    /// <param name="withHistory">Of a large file no start compares indexes: what one has lost is missing from lists.</param>
    private static List<string> Judge(string path, LogLines log, bool withHistory = true)
    {
        try
        {
            using SqliteStore store = SqliteStore.Open(path, log);
            return [.. Wrong(store.Load(), store.Loss is not null), .. withHistory ? Wrong(store) : []];
        }
        catch (StoreOpenException refusal)
        {
            Assert.Contains(path, refusal.Message);
            return refusal.Message.Contains("--forget-damaged", StringComparison.Ordinal) ? GoOnWithout(path) : [];
        }
    }

    /// <summary>The way on that was named leads somewhere: jobs known and new have their fires recorded, now and at the next start.</summary>
    private static List<string> GoOnWithout(string path)
    {
        try
        {
            return RecordMore(path);
        }
        catch (StoreOpenException refusal) when (refusal.Message.Contains("restore it from a backup", StringComparison.Ordinal))
        {
            return []; // a key that cannot be found where it stands now; it is told
        }
    }

    private static List<string> RecordMore(string path)
    {
        using (SqliteStore store = SqliteStore.Open(path, new LogLines(), forgetDamaged: true))
        {
            StoreImage image = store.Load();
            int id = image.Jobs.Max(row => row.Id);
            List<JobRow> news = [.. JobRows.Where(row => image.Jobs.All(known => known.Name != row.Name)).Select(row => Rows.Job(++id) with { Name = row.Name })];
            long seq = image.NextTaskSeq;
            Change[] changes =
            [
                .. news.Select(row => new JobSave(row)), .. image.Jobs.Select(row => new JobSave(row)),
                .. image.Jobs.Concat(news).Select(row => new TaskInsert(Rows.Task(seq++, row.Id, scheduledMs: 9_000))),
            ];
            if (StoreSuite.Commit(store, changes).Error is { } refused && refused is not SqliteFailure { Code: raw.SQLITE_CORRUPT })
                return [$"after forgetting: {refused.Message}"];
        }
        using SqliteStore next = SqliteStore.Open(path, new LogLines());
        next.Load();
        return [];
    }

    private static IEnumerable<string> Wrong(StoreImage image, bool isLossTold)
    {
        if (!image.Jobs.SequenceEqual(JobRows))
            yield return "jobs";
        if (!image.RunningTasks.SequenceEqual(TaskRows.Where(row => row.State.IsRunning())))
            yield return "running tasks";
        if (!image.WorkerOverrides.SequenceEqual(OverrideRows))
            yield return "overrides";
        if (!image.Registrations.Select(TextOf).SequenceEqual(RegistrationRows.Select(TextOf)))
            yield return "registrations";
        if (!isLossTold && (image.NextTaskSeq, image.BootCount, image.WatermarkMs) != (Tasks + 1, 2, WatermarkMs))
            yield return $"counters: {image.NextTaskSeq} {image.BootCount} {image.WatermarkMs}";
    }

    private static IEnumerable<string> Wrong(SqliteStore store)
    {
        foreach (TaskRow row in TaskRows)
            if (store.FindTask(row.Id) is not { } found || !IsToldOr(found.Message, found == row))
                yield return $"task {row.Seq}: {store.FindTask(row.Id)}";
        for (int job = 1; job <= Jobs; job++)
            foreach (string wrong in WrongList(store, job))
                yield return wrong;
        foreach (AttemptRow row in AttemptRows)
            if (store.ListAttempts(row.TaskSeq) is not [var found] || !IsToldOr(found.Message, found == row))
                yield return $"attempt {row.TaskSeq}";
        IReadOnlyList<AuditEntry> audit = store.ListAudit(new AuditQuery(null, null, 100));
        if (audit.Count != AuditRows.Length)
            yield return "audit is not whole";
        foreach (var (entry, row) in audit.Reverse().Zip(AuditRows))
            if (!IsToldOr(entry.Row.Detail, entry.Row == row))
                yield return $"audit {entry}";
    }

    private static IEnumerable<string> WrongList(SqliteStore store, int job)
    {
        var written = TaskRows.Where(row => row.JobId == job).ToDictionary(row => row.Seq);
        IReadOnlyList<TaskRow> listed = store.ListTasks(Rows.Query(job));
        foreach (TaskRow row in listed)
            if (!IsToldOr(row.Message, row == written.GetValueOrDefault(row.Seq)))
                yield return $"listed {row}";
        // One whose damaged row names another job is in its list; it is told when it is asked for.
        foreach (TaskRow row in written.Values.Where(row => !listed.Any(other => other.Seq == row.Seq)))
            if (!IsToldOr(store.FindTask(row.Id)?.Message, false))
                yield return $"task {row.Seq} is not in the list of job {job}";
    }

    private static bool IsToldOr(string? message, bool isRight) => isRight || message?.StartsWith(DamageNotes.Mark, StringComparison.Ordinal) == true;

    private static string TextOf(RegistrationRow row) =>
        $"{row.App} {row.Address} {row.Hostname} {(row.Jobs is null ? "all" : string.Join(',', row.Jobs))} {row.LastSeenMs}";

    private static void Flip(string path, long at, int bit)
    {
        using FileStream file = File.Open(path, FileMode.Open);
        file.Position = at;
        int right = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(right ^ bit));
    }
}
