using System.Collections.Immutable;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Storage;

/// <summary>What a <see cref="MemoryStore"/> keeps. A copy costs nothing, which makes a batch all or nothing.</summary>
internal sealed class MemoryImage
{
    public long BootCount { get; set; }
    public long TaskSeqMax { get; private set; }
    public long? WatermarkMs { get; private set; }
    public ImmutableSortedDictionary<int, JobRow> Jobs { get; private set; } = ImmutableSortedDictionary<int, JobRow>.Empty;
    public ImmutableSortedDictionary<long, TaskRow> Tasks { get; private set; } = ImmutableSortedDictionary<long, TaskRow>.Empty;
    public ImmutableDictionary<(long, int), AttemptRow> Attempts { get; private set; } = ImmutableDictionary<(long, int), AttemptRow>.Empty;
    public ImmutableDictionary<(int, string), WorkerOverrideRow> Overrides { get; private set; } =
        ImmutableDictionary<(int, string), WorkerOverrideRow>.Empty;
    public ImmutableDictionary<(string, string), RegistrationRow> Registrations { get; private set; } =
        ImmutableDictionary<(string, string), RegistrationRow>.Empty;
    public ImmutableList<AuditEntry> Audit { get; private set; } = [];
    private ImmutableHashSet<(int, long, long, int)> _fires = [];

    public MemoryImage Copy() => (MemoryImage)MemberwiseClone();

    public void Apply(IReadOnlyList<Change> changes)
    {
        foreach (Change change in changes)
            Apply(change);
    }

    public IEnumerable<TaskRow> NewestFirst() => Tasks.Values
        .OrderByDescending(task => task.ScheduledMs).ThenBy(task => task.TriggerKey).ThenBy(task => task.ShardIndex)
        .Select(task => task with { Job = Jobs[task.JobId].Name, App = Jobs[task.JobId].App });

    public void Trim(int keepPerJob, long cutoffMs)
    {
        foreach (IGrouping<int, TaskRow> job in NewestFirst().ToList().GroupBy(task => task.JobId))
        {
            foreach (TaskRow task in job.Skip(Math.Max(1, keepPerJob)).Concat(job.Skip(1).Where(task => IsOlder(task, cutoffMs))))
                Remove(task);
        }
        Audit = Audit.RemoveAll(entry => entry.Row.AtMs < cutoffMs || entry.Id <= Audit[^1].Id - IStore.AuditRowsMax);
    }

    private static bool IsOlder(TaskRow task, long cutoffMs) => Math.Max(task.ScheduledMs, task.EndedMs ?? long.MinValue) < cutoffMs;

    private void Remove(TaskRow task)
    {
        if (task.State.IsRunning())
            return;
        Tasks = Tasks.Remove(task.Seq);
        _fires = _fires.Remove(Fire(task));
        Attempts = Attempts.RemoveRange(Attempts.Keys.Where(key => key.Item1 == task.Seq));
    }

    private void Apply(Change change)
    {
        switch (change)
        {
            case TaskInsert insert: Insert(insert); break;
            case TaskUpdate update: Update(update.Row); break;
            case AttemptInsert attempt:
                Require(Tasks.ContainsKey(attempt.Row.TaskSeq), "an attempt of an unknown task");
                Attempts = Attempts.SetItem((attempt.Row.TaskSeq, attempt.Row.Attempt), attempt.Row);
                break;
            case JobSave save:
                Require(!Jobs.Values.Any(job => job.Name == save.Row.Name && job.Id != save.Row.Id), "two jobs of one name");
                Jobs = Jobs.SetItem(save.Row.Id, save.Row);
                break;
            case JobRunSave save:
                if (Jobs.TryGetValue(save.JobId, out JobRow? ran))
                    Jobs = Jobs.SetItem(save.JobId, Rows.After(save, ran));
                break;
            case DefinitionDelete gone:
                if (Jobs.TryGetValue(gone.JobId, out JobRow? known))
                    Jobs = Jobs.SetItem(gone.JobId, known with { DefinitionPrint = 0 });
                break;
            case CatalogSave:
                break; // nobody compares it with a file
            case WatermarkSave save:
                WatermarkMs = save.Forced ? save.WatermarkMs : Math.Max(save.WatermarkMs, WatermarkMs ?? long.MinValue);
                break;
            case WorkerOverrideSave save: Save(save.Row); break;
            case RegistrationSave save: Save(save.Row); break;
            case AuditInsert insert: Audit = Audit.Add(new AuditEntry(Audit.IsEmpty ? 1 : Audit[^1].Id + 1, insert.Row)); break;
            default: throw new InvalidOperationException($"no way to write a {change.GetType().Name}");
        }
    }

    private void Insert(TaskInsert insert)
    {
        TaskRow task = insert.Row;
        TaskSeqMax = Math.Max(TaskSeqMax, task.Seq);
        insert.Duplicate = _fires.Contains(Fire(task))
            || (task.ShardIndex > 0 && Tasks.Values.Any(t => Fire(t) == Fire(task with { ShardIndex = 0 }) && t.Seq != task.Seq - task.ShardIndex));
        if (insert.Duplicate)
            return;
        Require(Jobs.ContainsKey(task.JobId), "a task of an unknown job");
        Require(!Tasks.ContainsKey(task.Seq), "two tasks of one number");
        Tasks = Tasks.Add(task.Seq, task);
        _fires = _fires.Add(Fire(task));
    }

    private void Update(TaskRow row)
    {
        if (!Tasks.TryGetValue(row.Seq, out TaskRow? kept))
            return;
        Tasks = Tasks.SetItem(row.Seq, kept with
        {
            StartedMs = row.StartedMs,
            EndedMs = row.EndedMs,
            UpdatedMs = row.UpdatedMs,
            State = row.State,
            Attempt = row.Attempt,
            Heartbeat = row.Heartbeat,
            KilledBy = row.KilledBy,
            Worker = row.Worker,
            Process = row.Process,
            Message = row.Message,
            Output = row.Output,
        });
    }

    private void Save(WorkerOverrideRow row)
    {
        Require(Jobs.ContainsKey(row.JobId), "an override of an unknown job");
        Overrides = row.Online is null ? Overrides.Remove((row.JobId, row.Address)) : Overrides.SetItem((row.JobId, row.Address), row);
    }

    private void Save(RegistrationRow row) => Registrations = row.LastSeenMs is null
        ? Registrations.Remove((row.App, row.Address))
        : Registrations.SetItem((row.App, row.Address), row);

    private static (int, long, long, int) Fire(TaskRow task) => (task.JobId, task.TriggerKey, task.ScheduledMs, task.ShardIndex);

    private static void Require(bool holds, string broken)
    {
        if (!holds)
            throw new InvalidOperationException(broken);
    }
}
