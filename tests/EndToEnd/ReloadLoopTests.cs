using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace Qschedd.Tests.EndToEnd;

/// <summary>
/// The configuration is edited again and again, well, badly, in halves, and away, while 500 jobs fire each second. The long form is
/// <c>make reload-rounds</c>.
/// </summary>
public class ReloadLoopTests(ITestOutputHelper output)
{
    private const int Jobs = 500;
    private const string RoundsVariable = "QSCHEDD_RELOAD_ROUNDS";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly bool IsLong = Environment.GetEnvironmentVariable(RoundsVariable) is not null;
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable(RoundsVariable), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 20;

    [Fact]
    public async Task Fires_AreNeitherLostNorDoubled_WhileTheFileIsEditedInEveryWay()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        await using var daemon = new DaemonProcess();
        Action<DaemonProcess, string>[] edits = [InPlace, ByRename, InHalves, InPlace, ByRename];
        File.WriteAllText(daemon.ConfigPath, Good(daemon, worker, 0));
        await daemon.StartAsync("--log-level", "warning");
        await Eventually.Holds(() => worker.Receipts.Count > Jobs, "no fires");
        for (int round = 1; round <= Rounds; round++)
        {
            await SpoilAsync(daemon, round, Good(daemon, worker, round));
            edits[round % edits.Length](daemon, Good(daemon, worker, round));
            int awaited = round;
            await Eventually.Holds(async () => await RoundInForceAsync(daemon) == awaited, Patience, () => $"round {awaited} is not in force");
        }
        int last = worker.Receipts.Count + 2 * Jobs;
        await Eventually.Holds(() => worker.Receipts.Count >= last, "no fires after the last round");
        Assert.Equal("ready", await daemon.GetAsync("readyz"));
        Assert.Equal(0, await daemon.TerminateAsync());
        Check(Rows(daemon.DatabasePath), worker);
    }

    /// <summary>What stands on disk before the good edit: nothing new, a mistake, half a file, or no file.</summary>
    private static async Task SpoilAsync(DaemonProcess daemon, int round, string good)
    {
        switch (round % 4)
        {
            case 1:
                InPlace(daemon, good.Replace("name: probe", "nmae: probe", StringComparison.Ordinal));
                break;
            case 2:
                InPlace(daemon, good[..(good.LastIndexOf("name: job.", StringComparison.Ordinal) + 4)]);
                break;
            case 3:
                File.Delete(daemon.ConfigPath);
                break;
            default:
                return;
        }
        await Eventually.Holds(
            async () => (await daemon.GetAsync("readyz")).Contains("refused", StringComparison.Ordinal), Patience, () => $"round {round}: readyz says nothing");
    }

    private static void InPlace(DaemonProcess daemon, string text) => File.WriteAllText(daemon.ConfigPath, text);

    private static void ByRename(DaemonProcess daemon, string text)
    {
        File.WriteAllText(daemon.ConfigPath + ".new", text);
        File.Move(daemon.ConfigPath + ".new", daemon.ConfigPath, overwrite: true);
    }

    /// <summary>Cut where the rest is no YAML: should the pause grow long, the half is refused, not taken.</summary>
    private static void InHalves(DaemonProcess daemon, string text)
    {
        int cut = text.IndexOf("name: job.", text.Length / 2, StringComparison.Ordinal);
        using var file = new FileStream(daemon.ConfigPath, FileMode.Create, FileAccess.Write, FileShare.ReadWrite);
        using var writer = new StreamWriter(file);
        writer.Write(text[..cut]);
        writer.Flush();
        file.Flush(flushToDisk: true);
        writer.Write(text[cut..]);
    }

    private static async Task<int> RoundInForceAsync(DaemonProcess daemon) =>
        (int)JsonNode.Parse((string)(await daemon.JobAsync("probe"))["parameter"]!)!["round"]!;

    private void Check(List<(string Id, string Job, long ScheduledMs, long FireMs)> rows, ReceiptWorker worker)
    {
        foreach (var job in rows.GroupBy(row => row.Job))
        {
            var seconds = job.Select(row => row.ScheduledMs / 1000).Order().ToList();
            Assert.True(seconds.Count == seconds[^1] - seconds[0] + 1, $"{job.Key}: {seconds.Count} tasks for {seconds[^1] - seconds[0] + 1} seconds");
        }
        Assert.Equal(Jobs, rows.Select(row => row.Job).Distinct().Count());
        var sent = worker.Receipts.Select(receipt => (string)receipt["taskId"]!).ToList();
        Assert.Equal(rows.Select(row => row.Id).Order(StringComparer.Ordinal), sent.Order(StringComparer.Ordinal));
        long worstMs = rows.Max(row => row.FireMs - row.ScheduledMs);
        output.WriteLine($"{Rounds} reloads, {rows.Count} fires, the latest {worstMs} ms after its time");
        Assert.True(!IsLong || worstMs <= 1000, $"a fire was {worstMs} ms late");
    }

    private static List<(string Id, string Job, long ScheduledMs, long FireMs)> Rows(string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT t.id, j.name, t.scheduled_ms, t.fire_ms FROM task t JOIN job j ON j.id = t.job_id";
        using var reader = command.ExecuteReader();
        var rows = new List<(string, string, long, long)>();
        while (reader.Read())
            rows.Add((reader.GetString(0), reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)));
        return rows;
    }

    /// <summary>Each round turns something else: the probe's parameter, another job's description, a job that comes and goes.</summary>
    private static string Good(DaemonProcess daemon, ReceiptWorker worker, int round) => daemon.Compose($$"""
        apps:
          - name: demo
            id: 1
            token: {{DaemonProcess.Token}}
            workers: [{{worker.Address}}]
            defaults: {overlap: allow}
            jobs:
              - {name: probe, parameter: {round: {{round}} } }
              - {name: guest.{{round % 3}}}
        {{string.Join('\n', Enumerable.Range(0, Jobs).Select(i => Job(i, round)))}}
        """);

    private static string Job(int i, int round) =>
        $"      - {{name: job.{i}, desc: round {(i == round % Jobs ? round : 0)}, cron: \"* * * * * ?\", parameter: {{round: {(i % 100 == round % 100 ? round : 0)}}}}}";
}
