using System.Globalization;
using Microsoft.Data.Sqlite;
using Xunit.Abstractions;

namespace Qschedd.Tests.EndToEnd;

public class CrashTests(ITestOutputHelper output)
{
    private const int Jobs = 200;

    /// <summary>Rounds of kill -9; the long form is <c>make crash-rounds</c>.</summary>
    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("QSCHEDD_CRASH_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 3;

    [Fact]
    public async Task KillMinus9_WhileManyJobsFire_LosesNoFireAndDoublesNone()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        await using var daemon = new DaemonProcess(Yaml(worker.Address));
        int seed = Environment.TickCount;
        var random = new Random(seed);
        await daemon.StartAsync("--log-level", "warning");
        for (int round = 0; round < Rounds; round++)
        {
            int target = worker.Receipts.Count + random.Next(Jobs / 2, 3 * Jobs);
            await Eventually.Holds(() => worker.Receipts.Count >= target, $"no fires in round {round}, seed {seed}");
            await daemon.KillAsync();
            await daemon.StartAsync("--log-level", "warning");
        }
        int last = worker.Receipts.Count + 2 * Jobs;
        await Eventually.Holds(() => worker.Receipts.Count >= last, $"no fires after the last round, seed {seed}");
        Assert.Equal(0, await daemon.TerminateAsync());
        Check(daemon.DatabasePath, worker, seed);
        output.WriteLine($"crashes: {Rounds} kills, {worker.Receipts.Count} tasks received, none lost or doubled (seed {seed})");
    }

    private static void Check(string database, ReceiptWorker worker, int seed)
    {
        var recorded = ReadTasks(database);
        long first = recorded.Min(t => t.ScheduledMs), last = recorded.Max(t => t.ScheduledMs);
        foreach (var job in recorded.GroupBy(t => t.Job))
        {
            var times = job.Select(t => t.ScheduledMs).Order().ToList();
            var expected = Enumerable.Range(0, (int)((last - first) / 1000) + 1).Select(i => first + i * 1000L).ToList();
            Assert.True(expected.SequenceEqual(times), $"{job.Key}, seed {seed}: {times.Count} tasks for {expected.Count} seconds");
        }
        Assert.Equal(Jobs, recorded.GroupBy(t => t.Job).Count());
        var doubled = worker.Receipts.GroupBy(r => ((string)r["job"]!, (long)r["scheduledTime"]!)).Where(g => g.Count() > 1).ToList();
        Assert.True(doubled.Count == 0, $"{doubled.Count} fires reached the worker twice, seed {seed}");
        var known = recorded.Select(t => t.Id).ToHashSet();
        Assert.All(worker.Receipts, r => Assert.Contains((string)r["taskId"]!, known));
    }

    private static List<(string Id, string Job, long ScheduledMs)> ReadTasks(string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT t.id, j.name, t.scheduled_ms FROM task t JOIN job j ON j.id = t.job_id";
        using var reader = command.ExecuteReader();
        var tasks = new List<(string, string, long)>();
        while (reader.Read())
            tasks.Add((reader.GetString(0), reader.GetString(1), reader.GetInt64(2)));
        return tasks;
    }

    private static string Yaml(string worker) => $"""
        apps:
          - name: demo
            id: 1
            token: {DaemonProcess.Token}
            workers: [{worker}]
            defaults: {'{'}overlap: allow{'}'}
            jobs:
        {string.Join('\n', Enumerable.Range(0, Jobs).Select(i => $"      - {'{'}name: job.{i}, cron: \"* * * * * ?\"{'}'}"))}
        """;
}
