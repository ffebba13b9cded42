using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// What callers ask for: decided against the state of this instant, applied at once, answered when it is durable. What the store
/// refuses is taken back. Owner: the loop.
/// </summary>
internal sealed class Commands(
    JobTable jobs, WorkerTable workers, Journal journal, Firing firing, Admission admission, Reports reports, Killing killing,
    TaskTable tasks, Registrations registrations, LoopClock clock, Counters counters, Action<Action> post, ILogger logger)
{
    private readonly Dictionary<(int JobId, string Address), Unkept<WorkerWord?>> _unkept = [];

    /// <summary>The daemon stops: nothing is started by hand any more.</summary>
    public bool IsClosed { get; set; }

    public void SetEnabled(IReadOnlyList<string> names, bool enabled, string actor, TaskCompletionSource<CommandResult> answer)
    {
        var targets = new List<JobState>(names.Count);
        foreach (string name in names.Distinct())
        {
            if (!jobs.Published.Jobs.TryGetValue(name, out var job))
            {
                answer.TrySetResult(CommandResult.NotFound);
                return;
            }
            targets.Add(job);
        }
        if (journal.IsFull)
        {
            answer.TrySetResult(CommandResult.Unavailable);
            return;
        }
        var outcome = new CommandOutcome();
        foreach (var job in targets.Where(j => j.Enabled != enabled || j.Unkept is not null))
            SetEnabled(job, enabled, actor, outcome);
        AnswerWhenDurable(answer, CommandResult.Done, outcome);
    }

    public void SetWorkers(
        string name, IReadOnlyList<KeyValuePair<string, bool>> online, string actor, TaskCompletionSource<CommandResult> answer)
    {
        if (!jobs.Published.Jobs.TryGetValue(name, out var job))
        {
            answer.TrySetResult(CommandResult.NotFound);
            return;
        }
        var wishes = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
        foreach (var (address, wish) in online)
            wishes[address] = wish;
        var known = workers.Of(job);
        var named = known.Where(w => wishes.ContainsKey(w.State.Address)).ToArray();
        if (named.Length == 0)
            answer.TrySetResult(CommandResult.NotFound);
        else if (named.Any(w => w.Online && !wishes[w.State.Address]) && !known.Any(w => WillTake(w, wishes)))
            answer.TrySetResult(CommandResult.Refused);
        else if (journal.IsFull)
            answer.TrySetResult(CommandResult.Unavailable);
        else
            SetWorkers(job, named, wishes, actor, answer);
    }

    private void SetWorkers(
        JobState job, JobWorker[] named, Dictionary<string, bool> wishes, string actor, TaskCompletionSource<CommandResult> answer)
    {
        var outcome = new CommandOutcome();
        foreach (var worker in named)
            if (worker.Online != wishes[worker.State.Address] || _unkept.ContainsKey((job.Id, worker.State.Address)))
                SetOnline(job, worker.State.Address, wishes[worker.State.Address], actor, outcome);
        var result = named.Length == wishes.Count ? CommandResult.Done : CommandResult.Partly;
        journal.WhenDurable(error =>
        {
            outcome.Note(error);
            AnswerWhenBegun(named, answer, outcome.IsRefused ? CommandResult.Unavailable : result);
        });
    }

    public void Trigger(string name, string? parameter, string actor, StartCall caller)
    {
        if (!jobs.Published.Jobs.TryGetValue(name, out var job))
            caller.Tell(new TriggerResult(CommandResult.NotFound, null));
        else if (journal.IsFull || IsClosed)
            RefuseStart(job, actor, caller);
        else
        {
            Audit(actor, "trigger", name, "");
            admission.Admit(new Fire(job, TriggerKey: 0, clock.WallMs, parameter ?? job.Job.Parameter, caller));
        }
    }

    private void RefuseStart(JobState job, string actor, StartCall caller)
    {
        var (reason, message) = IsClosed
            ? (SkipReason.Stopping, "the daemon is stopping")
            : (SkipReason.StoreRefused, "too many changes wait for the store");
        counters.Skips.Note(job, reason, message, clock.WallMs);
        EngineLog.StartRefused(logger, job.Job.Name, actor, reason.Word(), message);
        caller.TellUnavailable();
    }

    public void Report(TaskReport report, TaskCompletionSource<CommandResult> answer)
    {
        if (journal.IsFull)
        {
            answer.TrySetResult(CommandResult.Unavailable); // the worker repeats it
            return;
        }
        reports.Take(report);
        AnswerWhenDurable(answer, CommandResult.Done);
    }

    public void Kill(string taskId, string actor, TaskCompletionSource<CommandResult> answer)
    {
        if (tasks.Find(taskId) is not { } task)
        {
            answer.TrySetResult(CommandResult.NotFound);
            return;
        }
        Audit(actor, "kill", task.Job.Job.Name, taskId);
        killing.Kill(task, actor);
        AnswerWhenDurable(answer, CommandResult.Done);
    }

    public void Register(RegistrationRow registration, TaskCompletionSource<CommandResult> answer)
    {
        if (journal.IsFull)
            answer.TrySetResult(CommandResult.Unavailable);
        else if (registrations.Register(registration))
            AnswerWhenDurable(answer, CommandResult.Done);
        else
            answer.TrySetResult(CommandResult.Refused);
    }

    public void Unregister(string app, string address, TaskCompletionSource<CommandResult> answer)
    {
        if (registrations.Unregister(app, address))
            AnswerWhenDurable(answer, CommandResult.Done);
        else
            answer.TrySetResult(CommandResult.NotFound);
    }

    private void SetEnabled(JobState job, bool enabled, string actor, CommandOutcome outcome)
    {
        var unkept = job.Unkept ??= new Unkept<(EnabledOverride?, long)>((job.Override, job.EffectiveFromMs));
        if (job.Enabled != enabled)
        {
            var made = new EnabledOverride(enabled, job.Job.State, actor, clock.WallMs);
            Apply(job, made, enabled ? clock.WallMs : job.EffectiveFromMs);
            Audit(actor, enabled ? "on" : "off", job.Job.Name, "");
        }
        var wish = (job.Override, job.EffectiveFromMs);
        unkept.OnAsked();
        journal.Add(new JobSave(job.ToRow()), OnRefusal.Drop, (_, error) =>
        {
            outcome.Note(error);
            if (!unkept.OnAnswer(wish, error is null, out var kept) || job.Unkept != unkept)
                return;
            job.Unkept = null;
            // An instant of a clock that has been set back by days since is as wrong as that clock was: the job would rest till then.
            kept.EffectiveFromMs = Math.Min(kept.EffectiveFromMs, Math.Max(clock.WallMs, job.EffectiveFromMs));
            if ((job.Override, job.EffectiveFromMs) != kept)
                Apply(job, kept.Override, kept.EffectiveFromMs);
        });
    }

    private void Apply(JobState job, EnabledOverride? made, long effectiveFromMs)
    {
        job.Override = made;
        job.EffectiveFromMs = effectiveFromMs;
        job.UpdatedMs = made?.AtMs ?? job.UpdatedMs;
        if (job.Enabled && jobs.IsInForce(job)) // a word may be taken back after a reload that took the job out
            firing.Schedule(job);
        else
            firing.Unschedule(job);
        jobs.OnKept(job);
    }

    /// <summary>
    /// A request that was handed over before the word was given either begins before the answer or, finding the word, not at
    /// all: after the answer no request begins to a worker that is offline.
    /// </summary>
    private void AnswerWhenBegun(JobWorker[] named, TaskCompletionSource<CommandResult> answer, CommandResult result)
    {
        Interlocked.MemoryBarrier(); // the word is written before this is read; whoever begins does it the other way round
        if (named.Any(w => w.State.IsBeginning))
            post(() => AnswerWhenBegun(named, answer, result));
        else
            answer.TrySetResult(result);
    }

    private bool WillTake(JobWorker worker, Dictionary<string, bool> wishes) =>
        workers.CanTake(wishes.TryGetValue(worker.State.Address, out bool wish) ? worker with { Word = new WorkerWord(wish, "", 0) } : worker);

    private void SetOnline(JobState job, string address, bool online, string actor, CommandOutcome outcome)
    {
        var key = (job.Id, address);
        var before = workers.OverrideOf(job.Id, address);
        if (!_unkept.TryGetValue(key, out var unkept))
            _unkept[key] = unkept = new Unkept<WorkerWord?>(before);
        var wish = online ? null : before ?? new WorkerWord(false, actor, clock.WallMs);
        if (wish != before)
        {
            workers.SetOverride(job.Id, address, wish);
            Audit(actor, online ? "online" : "offline", job.Job.Name, address);
        }
        unkept.OnAsked();
        var row = new WorkerOverrideRow(job.Id, address, wish?.Online, wish?.By ?? actor, wish?.AtMs ?? clock.WallMs);
        journal.Add(new WorkerOverrideSave(row), OnRefusal.Drop, (_, error) =>
        {
            outcome.Note(error);
            if (!unkept.OnAnswer(wish, error is null, out var kept))
                return;
            _unkept.Remove(key);
            if (workers.OverrideOf(job.Id, address) != kept)
                workers.SetOverride(job.Id, address, kept);
        });
    }

    private void Audit(string actor, string action, string target, string? detail)
    {
        EngineLog.Commanded(logger, actor, action, target, detail);
        journal.Add(new AuditInsert(new AuditRow(clock.WallMs, actor, action, target, detail)), OnRefusal.Drop);
    }

    private void AnswerWhenDurable(TaskCompletionSource<CommandResult> answer, CommandResult result, CommandOutcome? outcome = null) =>
        journal.WhenDurable(error =>
            answer.TrySetResult(error is null && outcome is not { IsRefused: true } ? result : CommandResult.Unavailable));
}
