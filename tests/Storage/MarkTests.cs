using Qschedd.Engine.Ports;
using Qschedd.Storage;

namespace Qschedd.Tests.Storage;

/// <summary>A database that lost records says so, by the mark that stands outside of it.</summary>
[Trait("form", "torture")]
public sealed class MarkTests : IDisposable
{
    private const int Tasks = 30;

    private readonly StoreFolder _folder = new();
    private readonly LogLines _log = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void WalThatIsCut_IsTold_WhereverItIsCut()
    {
        using SqliteStore store = Filled();
        long whole = new FileInfo(_folder.Database + "-wal").Length;

        for (int part = 0; part < 12; part++)
        {
            string copy = _folder.CopyAsLeftByAKill($"cut{part}.db");
            using (FileStream wal = File.OpenWrite(copy + "-wal"))
                wal.SetLength(whole * part / 12);
            AssertLossIsTold(copy);
        }
    }

    [Fact]
    public void WalThatIsGone_IsTold()
    {
        using SqliteStore store = Filled();
        string copy = _folder.CopyAsLeftByAKill("gone.db");
        File.Delete(copy + "-wal");

        AssertLossIsTold(copy);
        Assert.Contains(_log.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal) && line.Contains("was here before"));
    }

    [Fact]
    public void Kill_IsNoLoss_AfterWhateverCommit()
    {
        using SqliteStore store = _folder.Open();
        store.Load();
        StoreSuite.Commit(store, new JobSave(Rows.Job(1)));
        for (int seq = 1; seq <= 10; seq++)
        {
            StoreSuite.Commit(store, new TaskInsert(Rows.Task(seq, scheduledMs: seq)), new WatermarkSave(seq));
            using SqliteStore after = SqliteStore.Open(_folder.CopyAsLeftByAKill($"kill{seq}.db"), _log);
            Assert.Equal(seq + 1, after.Load().NextTaskSeq);
            Assert.Null(after.Loss);
        }
        Assert.All(_log.Lines, line => Assert.StartsWith("Information", line));
    }

    [Fact]
    public void OldCopy_IsTold_AndNeitherNumbersNorFiresRepeat()
    {
        Filled().Dispose();
        File.Copy(_folder.Database, _folder.Path("backup"));
        using (SqliteStore store = _folder.Open())
        {
            store.Load();
            StoreSuite.Commit(store, new TaskInsert(Rows.Task(Tasks + 1, scheduledMs: 9_000)), new WatermarkSave(9_000));
        }
        File.Copy(_folder.Path("backup"), _folder.Database, overwrite: true);

        using SqliteStore again = _folder.Open(logger: _log);
        StoreImage image = again.Load();

        Assert.Contains("is older than when it was last used", again.Loss);
        Assert.True(image.NextTaskSeq > Tasks + 2, $"goes on from {image.NextTaskSeq}");
        Assert.Equal(9_000, image.WatermarkMs);
        Assert.Equal(3, image.BootCount);
    }

    [Fact]
    public void UpdateThatIsMissing_IsTold_AlthoughNoNumberTellsOfIt()
    {
        Filled().Dispose();
        File.Copy(_folder.Database, _folder.Path("backup"));
        // The same start: as if the disk had kept less than it said.
        string mark = File.ReadAllText(_folder.Database + ".mark");
        File.Copy(_folder.Path("backup"), _folder.Path("less.db"));
        using (MarkFile marks = MarkFile.Open(_folder.Path("less.db"), TimeProvider.System, _log))
            marks.Write(Numbers(mark) with { Commits = Numbers(mark).Commits + 1 });

        using SqliteStore store = SqliteStore.Open(_folder.Path("less.db"), _log);
        store.Load();

        Assert.Contains("1 or more commits are missing", store.Loss);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void DatabaseThatIsGone_IsTold_AndNumbersGoOn(bool withoutLock)
    {
        Filled().Dispose();
        File.Delete(_folder.Database);
        if (withoutLock)
            File.Delete(_folder.Database + ".lock");

        using SqliteStore store = _folder.Open(logger: _log);
        StoreImage image = store.Load();

        Assert.Contains("was here before (start 1) and is gone or empty", store.Loss);
        Assert.True(image.NextTaskSeq > Tasks + 1);
        Assert.Equal(Tasks, image.WatermarkMs);
        Assert.Equal(2, image.BootCount);
    }

    [Fact]
    public void EmptyDatabaseInItsPlace_IsTold()
    {
        Filled().Dispose();
        _folder.Open("other.db").Dispose();
        File.Copy(_folder.Path("other.db"), _folder.Database, overwrite: true);

        using SqliteStore store = _folder.Open(logger: _log);

        Assert.True(store.Load().NextTaskSeq > Tasks + 1);
        Assert.Contains("was here before", store.Loss);
    }

    [Fact]
    public void MarkThatIsGone_IsWarnedOf_AndMadeAnew()
    {
        Filled().Dispose();
        File.Delete(_folder.Database + ".mark");

        using (SqliteStore store = _folder.Open(logger: _log))
        {
            Assert.Equal(Tasks + 1, store.Load().NextTaskSeq);
            Assert.Null(store.Loss);
        }

        Assert.Contains(_log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal) && line.Contains(".mark is not there"));
        Assert.Equal(2, Numbers(File.ReadAllText(_folder.Database + ".mark")).Start);
    }

    [Fact]
    public void MarkThatIsDamaged_IsWarnedOf_WhateverByteIsWrong()
    {
        Filled().Dispose();
        byte[] right = File.ReadAllBytes(_folder.Database + ".mark");
        int length = Array.LastIndexOf(right, (byte)'k') + " 01234567".Length + 1;
        for (int at = 0; at < length; at++)
        {
            byte[] wrong = [.. right];
            wrong[at] ^= 1;
            File.WriteAllBytes(_folder.Database + ".mark", wrong);
            using MarkFile marks = MarkFile.Open(_folder.Database, TimeProvider.System, _log);
            Assert.Equal(("is damaged", Mark.Nothing), (marks.Fault, marks.Known));
        }

        using SqliteStore store = _folder.Open(logger: _log);
        Assert.Equal(Tasks + 1, store.Load().NextTaskSeq);
        Assert.Contains(_log.Lines, line => line.Contains(".mark is damaged"));
    }

    [Fact]
    public void ByteThatIsWrong_IsNeverASilentLoss_InTheWal()
    {
        using SqliteStore store = Filled();
        var random = new Random(Torture.Seed);
        long length = new FileInfo(_folder.Database + "-wal").Length;
        for (int round = 0; round < Torture.Rounds(40, 1000); round++)
        {
            string copy = _folder.CopyAsLeftByAKill($"wal{round}.db");
            Flip(copy + "-wal", random.NextInt64(length), random);
            if (OpenOrRefuse(copy) is not var (image, loss))
                continue;
            Assert.True(image.RunningTasks.Count == Tasks || loss is not null, $"silent: round {round}, seed {Torture.Seed}");
            Assert.True(image.NextTaskSeq > Tasks, $"numbers begin again: round {round}, seed {Torture.Seed}");
            Assert.True(image.WatermarkMs >= Tasks, $"fires would repeat: round {round}, seed {Torture.Seed}");
        }
    }

    /// <summary>One job and its tasks, each in a commit of its own, all in the -wal file.</summary>
    private SqliteStore Filled()
    {
        SqliteStore store = _folder.Open();
        store.Load();
        StoreSuite.Commit(store, new JobSave(Rows.Job(1)));
        for (int seq = 1; seq <= Tasks; seq++)
            StoreSuite.Commit(store, new TaskInsert(Rows.Task(seq, scheduledMs: seq)), new WatermarkSave(seq));
        return store;
    }

    private void AssertLossIsTold(string path)
    {
        using SqliteStore store = SqliteStore.Open(path, _log);
        StoreImage image = store.Load();
        Assert.NotNull(store.Loss);
        Assert.True(image.NextTaskSeq > Tasks, $"numbers begin again at {image.NextTaskSeq}");
        Assert.Equal(Tasks, image.WatermarkMs);
    }

    private (StoreImage, string? Loss)? OpenOrRefuse(string path)
    {
        try
        {
            using SqliteStore store = SqliteStore.Open(path, _log);
            return (store.Load(), store.Loss);
        }
        catch (StoreOpenException refusal)
        {
            Assert.Contains(path, refusal.Message);
            return null;
        }
    }

    private static void Flip(string path, long at, Random random)
    {
        using FileStream file = File.Open(path, FileMode.Open);
        file.Position = at;
        int right = file.ReadByte();
        file.Position = at;
        file.WriteByte((byte)(right ^ (1 << random.Next(8))));
    }

    private static Mark Numbers(string line)
    {
        string[] words = line.Split(' ');
        return new Mark(long.Parse(words[1]), long.Parse(words[3]), long.Parse(words[5]), long.Parse(words[7]));
    }
}
