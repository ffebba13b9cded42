using System.Diagnostics;
using System.Net;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Disks that fill up, may not be written, or forget: nothing is sent without its record, and it is told.</summary>
[Trait("form", "torture")]
public sealed class DiskTests(ITestOutputHelper output) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Starts the daemon with its state on a small disk of its own, in a mount namespace of its own; the process id stays.
    private const string OnSmallDisk = """
        #!/bin/sh
        state="$(dirname "$3")/state"; mkdir -p "$state"
        exec unshare --user --map-root-user --mount sh -c 'mount -t tmpfs -o size=64m none "$0" && OPTION && exec "$@"' "$state"
        """;

    private readonly string _script = Path.Combine(Path.GetTempPath(), $"qschedd-disk-{Guid.NewGuid():n}.sh");

    public void Dispose() => File.Delete(_script);

    [NamespaceFact]
    public async Task DiskThatIsFull_StopsAllSending_AndIsOverByItselfWithTheFirstFreeSpace()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        await using var daemon = await StartOnSmallDiskAsync(worker);
        string disk = $"/proc/{daemon.Pid}/root{daemon.Directory}/state";
        for (int round = 0; round < Torture.Rounds(1, 50); round++)
        {
            int before = worker.Receipts.Count;
            await Eventually.Holds(() => worker.Receipts.Count > before + 20, "nothing fires");
            Fill($"{disk}/filler");
            await Eventually.Holds(() => IsToldFullAsync(daemon), Patience, () => "no trouble is told");
            Assert.Contains("\"ret\":false", await daemon.PostAsync("api/tasks.do", new { job = "manual", token = DaemonProcess.Token }), StringComparison.Ordinal);
            Assert.Equal("""{"message":"停止失败","ret":false}""", await daemon.PostAsync("api/jobs/off.do", new { jobs = new[] { "job.0" }, token = DaemonProcess.Token }));
            File.Delete($"{disk}/filler");
            long freed = Stopwatch.GetTimestamp();
            await Eventually.Holds(async () => await ReadyAsync(daemon) == "ready", Patience, () => "the trouble does not end");
            output.WriteLine($"disk full, round {round}: ready again {Stopwatch.GetElapsedTime(freed).TotalSeconds:0.00} s after space came back");
        }
        int last = worker.Receipts.Count;
        await Eventually.Holds(() => worker.Receipts.Count > last + 20, "nothing fires after the trouble");
        await AssertAllOnRecordAsync(worker, daemon);
        Assert.DoesNotContain(worker.Receipts, r => (string)r["job"]! == "manual");
    }

    [NamespaceFact]
    public async Task DiskThatIsReadOnly_RefusesTheStart_AndSaysWhy()
    {
        WriteScript("mount -o remount,ro \"$0\"");
        await using var place = new DaemonProcess();
        place.Write("apps: []", "  database: state/qschedd.db");
        using var process = Binary.Start(_script, ["run", "-c", place.ConfigPath]);
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("Read-only file system", error, StringComparison.Ordinal);
        Assert.Contains("state/qschedd.db", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CommitThatDoesNotCome_HoldsBackItsTask_UntilItDoes()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        await using var daemon = await new DaemonProcess(Apps(worker)).StartAsync("--log-level", "warning");
        await Eventually.Holds(() => worker.Receipts.Count > 20, "nothing fires");
        using (var shell = new SqliteConnection($"Data Source={daemon.DatabasePath};Pooling=False"))
        {
            shell.Open();
            using var hold = shell.CreateCommand();
            hold.CommandText = "BEGIN IMMEDIATE";
            hold.ExecuteNonQuery();
            var refused = daemon.PostAsync("api/tasks.do", new { job = "manual", token = DaemonProcess.Token });
            await Eventually.Holds(
                async () => (await ReadyAsync(daemon)).Contains("another program holds a lock", StringComparison.Ordinal), Patience, () => "no trouble is told");
            Assert.Contains("\"ret\":false", await refused, StringComparison.Ordinal);
            await AssertNothingIsSentAsync(daemon, worker);
        }
        await Eventually.Holds(async () => await ReadyAsync(daemon) == "ready", Patience, () => "the trouble does not end");
        int last = worker.Receipts.Count;
        await Eventually.Holds(() => worker.Receipts.Count > last + 20, "nothing fires after the trouble");
        await AssertAllOnRecordAsync(worker, daemon);
        Assert.DoesNotContain(worker.Receipts, r => (string)r["job"]! == "manual");
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("gone")]
    [InlineData("flipped")]
    public async Task WalThatIsDamagedAfterAKill_IsTold_AndNoFireAndNoIdRepeats(string damage)
    {
        await using var worker = await ReceiptWorker.StartAsync();
        await using var daemon = await new DaemonProcess(Apps(worker)).StartAsync("--log-level", "warning");
        await Eventually.Holds(() => worker.Receipts.Count > 60, "nothing fires");
        await daemon.KillAsync();
        Damage(daemon.DatabasePath + "-wal", damage);
        await daemon.StartAsync("--log-level", "warning");
        string told = damage == "gone" ? "was here before (start 1) and is gone or empty" : "is older than when it was last used";
        Assert.Contains(told, await ReadyAsync(daemon), StringComparison.Ordinal);
        Assert.Contains(daemon.Lines, l => l.Contains(told, StringComparison.Ordinal));
        int last = worker.Receipts.Count;
        await Eventually.Holds(() => worker.Receipts.Count > last + 60, "nothing fires after the loss");
        Assert.DoesNotContain(worker.Receipts.GroupBy(r => ((string)r["job"]!, (long)r["scheduledTime"]!)), fire => fire.Count() > 1);
        Assert.DoesNotContain(worker.Receipts.GroupBy(r => (string)r["taskId"]!), task => task.Count() > 1);
    }

    /// <summary>
    /// For some time records may find room in the -wal file, which is written from its beginning again, the small ones longest:
    /// full is it when none does.
    /// </summary>
    private static async Task<bool> IsToldFullAsync(DaemonProcess daemon)
    {
        string[] answers =
        [
            await daemon.PostAsync("api/tasks.do", new { job = "extra", token = DaemonProcess.Token, param = new { text = new string('x', 60_000) } }),
            await daemon.PostAsync("api/tasks.do", new { job = "extra", token = DaemonProcess.Token }),
            await daemon.PostAsync("api/jobs/off.do", new { jobs = new[] { "extra" }, token = DaemonProcess.Token }),
        ];
        return answers.All(answer => answer.Contains("\"ret\":false", StringComparison.Ordinal))
            && (await ReadyAsync(daemon)).Contains("is full", StringComparison.Ordinal);
    }

    /// <summary>Some fires fall due meanwhile: their records are not made, so nothing leaves.</summary>
    private static async Task AssertNothingIsSentAsync(DaemonProcess daemon, ReceiptWorker worker)
    {
        long due = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        await Eventually.Holds(() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() > due + Torture.Rounds(2_500, 8_000), "no time passes");
        Assert.DoesNotContain(worker.Receipts, r => (long)r["scheduledTime"]! > due);
        Assert.Contains("lock", await ReadyAsync(daemon), StringComparison.Ordinal);
    }

    private static void Damage(string wal, string how)
    {
        using FileStream file = File.Open(wal, FileMode.Open);
        if (how == "flipped")
        {
            file.Position = file.Length / 3;
            int right = file.ReadByte();
            file.Position = file.Length / 3;
            file.WriteByte((byte)(right ^ 4));
        }
        else
        {
            file.SetLength(how == "gone" ? 0 : file.Length / 2);
        }
    }

    private async Task<DaemonProcess> StartOnSmallDiskAsync(ReceiptWorker worker)
    {
        WriteScript(":");
        var daemon = new DaemonProcess { Program = _script };
        daemon.Write(Apps(worker), "  database: state/qschedd.db");
        return await daemon.StartAsync("--log-level", "warning");
    }

    private void WriteScript(string option)
    {
        File.WriteAllText(_script, OnSmallDisk.Replace("OPTION", option, StringComparison.Ordinal) + $" {Binary.Path} \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_script, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private static void Fill(string path)
    {
        using FileStream file = File.Create(path, 1);
        var block = new byte[4096];
        try
        {
            while (true)
                file.Write(block);
        }
        catch (IOException full)
        {
            Assert.Contains("No space left", full.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>Asked of the daemon itself: no other process has a path to the small disk that SQLite would follow.</summary>
    private static async Task AssertAllOnRecordAsync(ReceiptWorker worker, DaemonProcess daemon)
    {
        var received = worker.Receipts.ToList();
        var known = new HashSet<string>();
        foreach (string job in received.Select(r => (string)r["job"]!).Distinct())
            known.UnionWith((await daemon.TasksAsync(job)).Select(task => (string)task!["id"]!));
        Assert.Equal(received.Count, received.DistinctBy(r => (string)r["taskId"]!).Count());
        Assert.All(received, r => Assert.Contains((string)r["taskId"]!, known));
    }

    private static async Task<string> ReadyAsync(DaemonProcess daemon)
    {
        using HttpResponseMessage answer = await daemon.Http.GetAsync("readyz");
        string text = (await answer.Content.ReadAsStringAsync()).Trim();
        return answer.StatusCode == HttpStatusCode.OK && text.StartsWith("ready;", StringComparison.Ordinal) || answer.StatusCode != HttpStatusCode.OK ? text : "ready";
    }

    private static string Apps(ReceiptWorker worker) => $$"""
        apps:
          - name: demo
            id: 1
            token: {{DaemonProcess.Token}}
            workers: ["{{worker.Address}}"]
            defaults: {overlap: allow}
            jobs:
              - {name: manual}
              - {name: extra}
        {{string.Join('\n', Enumerable.Range(0, 20).Select(i => $"      - {{name: job.{i}, cron: \"* * * * * ?\"}}"))}}
        """;
}
