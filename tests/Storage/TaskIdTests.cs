using Qschedd.Engine;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Storage;

namespace Qschedd.Tests.Storage;

/// <summary>No two tasks ever have one id, whatever becomes of the process, the clock and the files.</summary>
[Trait("form", "torture")]
public sealed class TaskIdTests : IDisposable
{
    private const long NowMs = 1_767_225_600_000;
    private const long YearMs = 365L * 86_400_000;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ids_NeverRepeat_OverRestartsLossesAndClocksThatGoBack()
    {
        var random = new Random(Torture.Seed);
        var given = new HashSet<string>();
        var copies = new List<string>();
        for (int start = 0; start < Torture.Rounds(40, 1000); start++)
        {
            // A container: the same process id, and the same second, at each start; or a clock that a year is taken from.
            long nowMs = random.Next(3) switch { 0 => NowMs, 1 => NowMs - YearMs, _ => NowMs + random.Next(5_000) };
            foreach (string id in RunOnce(random, nowMs))
                Assert.True(given.Add(id), $"{id} twice: start {start}, seed {Torture.Seed}");
            Mishap(random, copies, start);
        }
        Assert.True(given.Count > 40);
    }

    /// <summary>The ids that one daemon gave out: those of durable tasks.</summary>
    private List<string> RunOnce(Random random, long nowMs)
    {
        using SqliteStore store = _folder.Open();
        var tasks = new TaskTable(Options, ZoneTable.Find("Asia/Shanghai")!) { NextSeq = store.Load().NextTaskSeq };
        StoreSuite.Commit(store, new JobSave(Rows.Job(1)));
        var ids = new List<string>();
        for (int left = random.Next(5); left > 0; left--)
        {
            long seq = tasks.NextSeq++;
            string id = tasks.IdStart(nowMs) + seq;
            Assert.Null(StoreSuite.Commit(store, new TaskInsert(Rows.Ended(seq, scheduledMs: seq) with { Id = id, TriggerKey = -seq })).Error);
            ids.Add(id);
        }
        if (random.Next(4) == 0)
            LeaveAsByAKill();
        return ids;
    }

    /// <summary>The files as they are now, in place of those that closing leaves.</summary>
    private void LeaveAsByAKill() => _folder.CopyAsLeftByAKill("killed.db");

    private void Mishap(Random random, List<string> copies, int start)
    {
        if (File.Exists(_folder.Path("killed.db")))
        {
            foreach (string suffix in (string[])["", "-wal", ".mark"])
                File.Move(_folder.Path("killed.db") + suffix, _folder.Database + suffix, overwrite: true);
        }
        switch (random.Next(8))
        {
            case 0:
                copies.Add(_folder.Path($"copy{start}"));
                CopyWhole(_folder.Database, copies[^1]);
                break;
            case 1 when copies.Count > 0:
                CopyWhole(copies[random.Next(copies.Count)], _folder.Database);
                break;
            case 2:
                File.Delete(_folder.Database);
                File.Delete(_folder.Database + "-wal");
                break;
            case 3:
                File.Delete(_folder.Database + ".lock");
                break;
        }
    }

    private static void CopyWhole(string from, string to)
    {
        File.Copy(from, to, overwrite: true);
        File.Delete(to + "-wal");
        if (File.Exists(from + "-wal"))
            File.Copy(from + "-wal", to + "-wal");
    }

    private static EngineOptions Options => new()
    {
        ServerIp = "10.0.0.5",
        ProcessId = 1,
        HostNames = [],
        RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink>(),
        LocalLink = new Engine.ScriptedLink(),
        IsProcessAlive = _ => false,
    };
}
