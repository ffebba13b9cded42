using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Tests.Checker;

namespace Qschedd.Tests.EndToEnd;

/// <summary>When the processes of one daemon ran, for the checker: the rest it reads from the database and the receipts.</summary>
internal sealed class CrashRun
{
    private readonly List<Segment> _segments = [];
    private long _startedMs;
    private long _firstReadyMs;

    private static long NowMs => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();

    public async Task StartAsync(DaemonProcess daemon)
    {
        _startedMs = NowMs;
        await daemon.StartAsync("--log-level", "warning");
        _firstReadyMs = _firstReadyMs == 0 ? NowMs : _firstReadyMs;
    }

    public async Task KillAsync(DaemonProcess daemon)
    {
        int pid = daemon.Pid;
        await daemon.KillAsync();
        Note(pid);
    }

    /// <summary>From now on nothing is demanded.</summary>
    public void End(DaemonProcess daemon) => Note(daemon.Pid);

    public History HistoryOf(string database, ReceiptWorker worker)
    {
        // The machine may be busy: what is late by less is not the daemon's fault. Loss is loss in any case.
        var history = new History { MisfireThresholdMs = 60_000, SettleMs = 500, PromptMs = 20_000, Rows = ReadTasks(database) };
        history.Segments.AddRange(_segments);
        foreach (string job in history.Rows.Select(r => r.Job).Distinct())
        {
            var trigger = new TriggerSpec(history.Rows.First(r => r.Job == job).TriggerKey, "* * * * * ?");
            history.Lives.Add(new JobLife(new JobSpec(job, [trigger]), _segments[0].FromMs, _segments[0].FromMs) { SureFromMs = _firstReadyMs });
        }
        history.Receipts.AddRange(worker.Receipts.Select(ReceiptOf));
        return history;
    }

    private void Note(int pid) =>
        _segments.Add(new Segment(pid, Beginning.Start, _startedMs, NowMs, WallOffsetMs: 0, IsStoreWell: true));

    /// <summary>Times of receipts are their order alone.</summary>
    private static Receipt ReceiptOf(JsonNode request, int index) => new()
    {
        TaskId = (string)request["taskId"]!,
        Job = (string)request["job"]!,
        ScheduledMs = (long)request["scheduledTime"]!,
        Attempt = (int)request["attempt"]!,
        Worker = "the worker",
        Host = "the host",
        BegunMs = 2 * index,
        WorkFromMs = 2 * index,
        WorkToMs = (2 * index) + 1,
        End = WorkEnd.Finished,
    };

    private static List<TaskRow> ReadTasks(string database)
    {
        using var connection = new SqliteConnection($"Data Source={database};Mode=ReadOnly;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT t.seq, t.id, t.job_id, j.name, j.app, t.trigger_key, t.shard_index, t.shard_total, t.scheduled_ms, t.fire_ms, t.updated_ms, t.state, t.attempt
            FROM task t JOIN job j ON j.id = t.job_id
            """;
        using var reader = command.ExecuteReader();
        var tasks = new List<TaskRow>();
        while (reader.Read())
            tasks.Add(new TaskRow
            {
                Seq = reader.GetInt64(0),
                Id = reader.GetString(1),
                JobId = reader.GetInt32(2),
                Job = reader.GetString(3),
                App = reader.GetString(4),
                TriggerKey = reader.GetInt64(5),
                ShardIndex = reader.GetInt32(6),
                ShardTotal = reader.GetInt32(7),
                ScheduledMs = reader.GetInt64(8),
                FireMs = reader.GetInt64(9),
                UpdatedMs = reader.GetInt64(10),
                State = (TaskState)reader.GetInt32(11),
                Attempt = reader.GetInt32(12),
            });
        return tasks;
    }
}
