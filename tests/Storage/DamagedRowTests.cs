using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Storage;

namespace Qschedd.Tests.Storage;

/// <summary>A row that does not say what was written: what a start does with it, and what is shown of it.</summary>
public sealed class DamagedRowTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly LogLines _log = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> RowsReadAtStart => new()
    {
        { "UPDATE job SET enabled_override = 1 WHERE id = 2", "job where id = 2" },
        { "UPDATE job SET sum = NULL WHERE id = 2", "job where id = 2" },
        { "UPDATE job_state SET last_task_seq = 98 WHERE job_id = 2", "job_state where job_id = 2" },
        { "DELETE FROM job_state WHERE job_id = 2", "job_state where job_id IN" },
        { "UPDATE job_state SET job_id = 9 WHERE job_id = 2", "job_state where job_id = 9" },
        { "UPDATE worker_override SET online = 1", "worker_override where job_id = 1 AND address = 'a:1'" },
        { "UPDATE registration SET jobs = '[\"j' WHERE app = 'app'", "registration where app = 'app' AND address = CAST(x'6227' AS TEXT)" },
        { "UPDATE registration SET app = CAST(x'61ff0a' AS TEXT)", "registration where app = CAST(x'61FF0A' AS TEXT) AND" },
        { "UPDATE slice SET start_ms = 5", "slice where id = 1" },
        { "UPDATE meta SET value = 1 WHERE key = 'watermark_ms'", "meta where key = 'watermark_ms'" },
        { "UPDATE meta SET value = 0 WHERE key = 'summed_from'", "meta where key = 'summed_from'" },
        { "UPDATE task SET worker = 'b:1' WHERE seq = 1", "task where seq = 1" },
        { "UPDATE task SET parameter = '{}' WHERE seq = 1", "task where seq = 1" },
        { "UPDATE task SET fixed_sum = NULL WHERE seq = 1", "task where seq = 1" },
    };

    [Theory]
    [MemberData(nameof(RowsReadAtStart))]
    public void Start_IsRefused_AndGoesOnWithoutTheRow_WhenAsked(string damage, string named)
    {
        Fill();
        _folder.Execute(damage);

        using (SqliteStore store = _folder.Open())
        {
            string refusal = Assert.Throws<StoreOpenException>(store.Load).Message;
            Assert.Contains(named, refusal);
            Assert.Contains(_folder.Database, refusal);
            Assert.Contains("--forget-damaged", refusal);
        }
        using (SqliteStore store = Forgetting())
        {
            StoreImage image = store.Load();
            Assert.Equal([1, 2], image.Jobs.Select(row => row.Id));
            Assert.Equal(4, image.NextTaskSeq);
            Assert.Equal(50, image.WatermarkMs);
            Assert.Equal(1, store.Figures.DamagedRows);
            Assert.Null(StoreSuite.Commit(store, new TaskInsert(Rows.Task(4, scheduledMs: 9))).Error);
            Assert.Equal([4L, 3, 2, 1], store.ListTasks(Rows.Query()).Select(row => row.Seq).OrderDescending());
        }
        Assert.Contains(_log.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal) && line.Contains("going on without"));
        using (SqliteStore store = _folder.Open())
            store.Load();
    }

    [Fact]
    public void Job_IsAsItsFileSays_WhenItsRowIsForgotten()
    {
        Fill();
        _folder.Execute("UPDATE job SET effective_from_ms = 99999999999999 WHERE id = 2");

        using SqliteStore store = Forgetting();
        JobRow job = store.Load().Jobs[1];

        Assert.Equal((Rows.JobName(2), 0L, 0L), (job.Name, job.TriggerHash, job.DefinitionHash));
        Assert.Equal((null, null, null), (job.EnabledOverride, job.OverriddenYamlState, job.OverrideBy));
        Assert.True(job.EffectiveFromMs < 99999999999999);
    }

    [Fact]
    public void RunningTask_EndsAsUnknown_WhenItsRowIsForgotten()
    {
        Fill();
        _folder.Execute("UPDATE task SET parameter = 'x' WHERE seq = 1");

        using SqliteStore store = Forgetting();
        StoreImage image = store.Load();

        Assert.Empty(image.RunningTasks);
        Assert.Equal(TaskState.Unknown, store.FindTask(Rows.TaskId(1))!.State);
        Assert.StartsWith(DamageNotes.Mark, store.FindTask(Rows.TaskId(1))!.Message);
        Assert.Equal(TaskState.Unknown, image.Jobs[0].LastState);
    }

    [Theory]
    [InlineData("message = 'other'", -100)]
    [InlineData("message = NULL", -100)]
    [InlineData("message = CAST(x'ff00fe' AS TEXT)", -100)]
    [InlineData("id = CAST(x'ff' AS TEXT)", -100)]
    [InlineData("state = 12", -9999)]
    [InlineData("state = 0", -9999)]
    [InlineData("attempt = 9223372036854775807, scheduled_ms = -9223372036854775808", -100)]
    [InlineData("job_id = 99", -100)]
    [InlineData("sum = NULL", -100)]
    [InlineData("fixed_sum = 7", -100)]
    public void HistoryRow_IsShownWithANote_AndToldOnce(string damage, int state)
    {
        Fill();
        _folder.Execute($"PRAGMA foreign_keys = OFF; UPDATE task SET {damage} WHERE seq = 2");
        using SqliteStore store = _folder.Open(logger: _log);
        store.Load();

        for (int time = 0; time < 2; time++)
        {
            TaskRow row = store.FindTask(Rows.TaskId(2))!;
            Assert.StartsWith(DamageNotes.Mark, row.Message);
            Assert.Equal((Rows.TaskId(2), state), (row.Id, (int)row.State));
            foreach (TaskRow listed in store.ListTasks(Rows.Query()).Where(task => task.Seq == 2))
                Assert.StartsWith(DamageNotes.Mark, listed.Message);
        }

        Assert.Single(_log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal) && line.Contains("task where seq = 2"));
        Assert.Equal(1, store.Figures.DamagedRows);
        Assert.Null(store.FindTask(Rows.TaskId(3))!.Message);
    }

    [Fact]
    public void AttemptAndAudit_AreShownWithANote()
    {
        Fill();
        _folder.Execute("UPDATE attempt SET state = 7; UPDATE audit SET actor = 'bob' WHERE id = 1");
        using SqliteStore store = _folder.Open();
        store.Load();

        AttemptRow attempt = Assert.Single(store.ListAttempts(2));
        AuditEntry[] audit = [.. store.ListAudit(new AuditQuery(null, null, 10))];

        Assert.Equal((TaskState.Unknown, $"{DamageNotes.Mark}; refused"), (attempt.State, attempt.Message));
        Assert.Equal(["d2", $"{DamageNotes.Mark}; d1"], audit.Select(entry => entry.Row.Detail!));
        Assert.Equal(2, store.Figures.DamagedRows);
    }

    [Fact]
    public void Update_MakesADamagedRowWell()
    {
        Fill();
        _folder.Execute("UPDATE task SET message = 'other' WHERE seq = 2");
        using SqliteStore store = _folder.Open();
        store.Load();

        StoreSuite.Commit(store, new TaskUpdate(Rows.Ended(2, scheduledMs: 2) with { Message = "right" }));

        Assert.Equal("right", store.FindTask(Rows.TaskId(2))!.Message);
    }

    /// <summary>An index that lacks a running task would leave it running for good, and no table says so.</summary>
    [Fact]
    public void IndexThatDiffers_IsMadeAnew_AndTold()
    {
        Fill();
        string index = Scalar("SELECT printf('%d, %Q', rootpage, sql) FROM sqlite_schema WHERE name = 'task_running'");
        _folder.Execute("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'task_running'");
        _folder.Execute($"UPDATE task SET state = 200, sum = {RowSum.None} WHERE seq = 3");
        _folder.Execute($"PRAGMA writable_schema = ON; INSERT INTO sqlite_schema VALUES ('index', 'task_running', 'task', {index})");

        using SqliteStore store = _folder.Open(logger: _log);

        Assert.Equal([1L, 3], store.Load().RunningTasks.Select(task => task.Seq));
        Assert.Contains(_log.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal) && line.Contains("made anew from the tables"));
    }

    [Fact]
    public void DefinitionOfATable_IsRefused_WhenItIsNotAsWritten()
    {
        Fill();
        _folder.Execute("CREATE TABLE of_another_program(x)");
        using (SqliteStore store = _folder.Open())
            store.Load();
        _folder.Execute(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, '(100, 200)', '(100, 300)') WHERE name = 'task_running'");

        Assert.Contains("definitions of its tables", _folder.Refusal());
    }

    [Fact]
    public void DefinitionText_IsRefusedToWhoReadsIt_AndWrittenAnewWhenForgotten()
    {
        Fill();
        _folder.Execute("INSERT INTO definition(name, text, sum) VALUES ('server', '{}', 5)");
        Assert.Contains("definition where name = 'server'", Assert.Throws<StoreOpenException>(() => KeptDefinitions.Open(_folder.Database)).Message);

        using (SqliteStore store = Forgetting())
            store.Load();

        using var kept = KeptDefinitions.Open(_folder.Database);
        Assert.Null(kept.Server());
    }

    /// <summary>A database of the version before: it opens, and what it held counts as right until it is written anew.</summary>
    [Fact]
    public void DatabaseWithoutSums_GetsThem_WithWhatIsWritten()
    {
        WriteVersion2();

        using (SqliteStore store = _folder.Open(logger: _log))
        {
            StoreImage image = store.Load();
            Assert.Equal([Rows.FullJob(1)], image.Jobs);
            Assert.Equal([Rows.Task(1)], image.RunningTasks);
            Assert.Equal("old", store.FindTask(Rows.TaskId(2))!.Message);
            Assert.Equal("old", Assert.Single(store.ListAudit(new AuditQuery(null, null, 10))).Row.Detail);
            Assert.Equal("old", Assert.Single(store.ListAttempts(2)).Message);
            Assert.Equal((3L, 60L), (image.NextTaskSeq, image.WatermarkMs));
            StoreSuite.Commit(store, new TaskInsert(Rows.Task(3, scheduledMs: 9)), new TaskUpdate(Rows.Ended(2, scheduledMs: 2)), new JobSave(Rows.Job(1)));
        }

        Assert.All(_log.Lines, line => Assert.False(line.Contains("damaged"), line));
        _folder.Execute("UPDATE task SET parameter = 'x' WHERE seq = 1; UPDATE task SET message = 'other' WHERE seq = 2");
        using (SqliteStore store = _folder.Open())
        {
            store.Load();
            Assert.Null(store.FindTask(Rows.TaskId(1))!.Message);
            Assert.StartsWith(DamageNotes.Mark, store.FindTask(Rows.TaskId(2))!.Message);
        }
        _folder.Execute("UPDATE task SET parameter = 'x' WHERE seq = 3; UPDATE job SET app = 'x'");
        using (SqliteStore store = _folder.Open())
            Assert.Contains("job where id = 1; task where seq = 3", Assert.Throws<StoreOpenException>(store.Load).Message);
    }

    private void Fill()
    {
        using SqliteStore store = _folder.Open();
        store.Load();
        StoreSuite.Commit(store,
            new JobSave(Rows.Job(1) with { LastTaskSeq = 1, LastState = TaskState.Starting }), new JobSave(Rows.FullJob(2)),
            new TaskInsert(Rows.Task(1, scheduledMs: 1) with { Worker = "a:1" }),
            new TaskInsert(Rows.Ended(2, scheduledMs: 2) with { State = TaskState.Failed, Attempt = 2, Message = "was" }),
            new TaskInsert(Rows.Ended(3, scheduledMs: 3)),
            new AttemptInsert(new AttemptRow(2, 1, TaskState.Failed, "a:1", 1, 2, "refused")),
            new WorkerOverrideSave(new WorkerOverrideRow(1, "a:1", false, "ann", 10)),
            new RegistrationSave(new RegistrationRow("app", "b'", "host", ["任务"], 10)),
            new AuditInsert(new AuditRow(1, "ann", "off", "job1", "d1")), new AuditInsert(new AuditRow(2, "ann", "off", "job1", "d2")),
            new WatermarkSave(50));
    }

    private void WriteVersion2()
    {
        File.WriteAllBytes(_folder.Database, []);
        using Database database = Database.Open(_folder.Database);
        Schema.Upgrade(database, [.. Schema.Steps.Take(2)]);
        JobRow job = Rows.FullJob(1);
        TaskRow task = Rows.Task(1);
        database.Execute($"""
            INSERT INTO meta(key, value) VALUES ('watermark_ms', 60), ('commit_count', 4);
            UPDATE meta SET value = 2 WHERE key IN ('task_seq', 'boot_count');
            INSERT INTO job VALUES (1, '{job.Name}', '{job.App}', {job.CreatedMs}, {job.UpdatedMs}, {job.DefinitionHash}, {job.TriggerHash},
                {job.EffectiveFromMs}, 0, 1, '{job.OverrideBy}', {job.OverrideAtMs});
            INSERT INTO job_state VALUES (1, {job.LastTaskSeq}, {(int)job.LastState}, {job.LastRunMs}, {job.LastUpdateMs}, {job.FailuresInRow},
                {job.MisfiresDiscarded});
            INSERT INTO slice VALUES (1, -9223372036854775808);
            INSERT INTO task(seq, slice, job_id, trigger_key, shard_index, shard_total, scheduled_ms, fire_ms, updated_ms, state, attempt,
                heartbeat, id, message)
            VALUES (1, 1, 1, {task.TriggerKey}, 0, {task.ShardTotal}, {task.ScheduledMs}, {task.FireMs}, {task.UpdatedMs}, 100, {task.Attempt},
                0, '{task.Id}', NULL), (2, 1, 1, 7, 0, 1, 2, 2, 2, 300, 2, 0, '{Rows.TaskId(2)}', 'old');
            INSERT INTO attempt VALUES (2, 1, -100, NULL, 1, 2, 'old');
            INSERT INTO audit(at_ms, actor, action, target, detail) VALUES (1, 'ann', 'off', 'job1', 'old')
            """);
    }

    private SqliteStore Forgetting() => SqliteStore.Open(_folder.Database, _log, forgetDamaged: true);

    private string Scalar(string sql)
    {
        using var database = Database.Open(_folder.Database);
        return database.ScalarText(sql)!;
    }
}
