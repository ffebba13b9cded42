using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Checker;

/// <summary>
/// A run in which all went well, to put faults into: a job of each minute, two processes with four minutes between them, and a
/// worker that finishes everything.
/// </summary>
internal sealed class GoodRun
{
    private const long StartMs = 1_767_225_600_000; // 2026-01-01T00:00:00Z
    private const long MinuteMs = 60_000;
    private const long SecondBootMs = StartMs + (14 * MinuteMs) + 30_000;

    private static readonly TriggerSpec Minutely = new(11, "0 * * * * ?");

    public GoodRun(bool isRetry = false)
    {
        var spec = new JobSpec("job.a", [Minutely], isRetry, IsAlone: !isRetry);
        History = new History { MisfireThresholdMs = MinuteMs, EndedByWallMs = StartMs + (30 * MinuteMs) };
        History.Lives.Add(new JobLife(spec, StartMs, StartMs) { SureFromMs = StartMs });
        History.Segments.Add(new Segment(1, Beginning.Start, StartMs, StartMs + (10 * MinuteMs) + 10_000, 0, true));
        History.Segments.Add(new Segment(2, Beginning.Start, SecondBootMs, StartMs + (30 * MinuteMs), 0, true));
        for (int minute = 1; minute < 30; minute++)
            if (TakenUp(minute, isRetry) is var (takenMs, pid))
                Add(StartMs + (minute * MinuteMs), takenMs, pid);
    }

    public History History { get; }

    public TaskRow Row(int index) => History.Rows[index];

    /// <summary>The missed fire that the second process made up.</summary>
    public TaskRow AfterDowntime() => History.Rows.First(r => r.ScheduledMs == StartMs + (13 * MinuteMs));

    public void Change(int index, Func<TaskRow, TaskRow> change) => History.Rows[index] = change(History.Rows[index]);

    public void RemoveTask(string id)
    {
        History.Rows.RemoveAll(r => r.Id == id);
        History.Receipts.RemoveAll(r => r.TaskId == id);
    }

    public void Receive(string id, TaskRow of, string worker, long atMs, int attempt = 1, bool wasOnRecord = true) => History.Receipts.Add(new Receipt
    {
        TaskId = id,
        Job = of.Job,
        ScheduledMs = of.ScheduledMs,
        Attempt = attempt,
        Worker = worker,
        Host = worker.Split(':')[0],
        BegunMs = atMs,
        WasOnRecord = wasOnRecord,
        WorkFromMs = atMs + 5,
        WorkToMs = atMs + 1_000,
        End = WorkEnd.Finished,
    });

    /// <summary>On time while a process runs; late by less than the threshold, or for the latest with retry, after it did not.</summary>
    private static (long TakenMs, int Pid)? TakenUp(int minute, bool isRetry) => minute switch
    {
        <= 10 => (StartMs + (minute * MinuteMs) + 1, 1),
        13 when isRetry => (SecondBootMs, 2),
        14 => (SecondBootMs, 2),
        > 14 => (StartMs + (minute * MinuteMs) + 1, 2),
        _ => null,
    };

    private void Add(long dueMs, long takenMs, int pid)
    {
        int seq = History.Rows.Count + 1;
        History.Rows.Add(new TaskRow
        {
            Seq = seq,
            Id = $"x.{pid}.{seq}",
            JobId = 1,
            Job = "job.a",
            App = "demo",
            TriggerKey = Minutely.Key,
            ScheduledMs = dueMs,
            FireMs = takenMs,
            UpdatedMs = takenMs,
            EndedMs = takenMs + 2_000,
            State = TaskState.Finished,
            Worker = "w1:1",
        });
        Receive($"x.{pid}.{seq}", History.Rows[^1], "w1:1", takenMs + 3 + (seq * 2));
    }
}
