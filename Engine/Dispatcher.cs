using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// Sends recorded tasks to their workers and takes the outcomes. Bounds: requests under way to one worker and to all, tasks that
/// wait for a place; past the last a task ends in state -300.
/// </summary>
/// <remarks>
/// Invariant: nothing is sent for a task whose record, with this worker and attempt, is not durable, nor to a worker that is
/// offline at the instant of sending.
/// Owner: the loop; the requests themselves run on the thread pool and post their outcome back.
/// </remarks>
internal sealed class Dispatcher(
    TaskLife life, Routing routing, Requests requests, EngineOptions options, LoopClock clock, JobTable jobs, Counters counters,
    ILogger logger, CancellationToken stop)
{
    private const string TakenOffline = "it was taken offline";

    private readonly Queue<WorkerState> _ready = [];

    public int Sends { get; private set; }
    public int Waiting { get; private set; }
    public bool IsFull => Waiting >= options.FiresHeldAt;

    /// <summary>Nothing is sent any more.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Sends nothing from now on. What was not sent is taken from its worker, so that the next process sees no doubt in it.</summary>
    public void Close()
    {
        IsClosed = true;
        foreach (var worker in routing.Everyone)
            while (worker.Waiting.TryDequeue(out var place))
                if (place.Task.IsAt(place.Sends))
                    Unassign(place.Task);
        foreach (var job in jobs.Published.Jobs.Values.Where(job => job.HasHeld))
            foreach (var place in job.Held)
                if (place.Task.IsAt(place.Sends))
                    Unassign(place.Task);
        _ready.Clear();
        Waiting = 0;
    }

    private void Unassign(TaskRun task)
    {
        if (!task.HasEnded)
            life.Assign(task, worker: null, _ => { });
    }

    /// <summary>A task is on record: it is sent now or waits for a place.</summary>
    public void Enqueue(TaskRun task)
    {
        if (task.KilledBy is { } by)
        {
            life.End(task, TaskState.Failed, $"killed before it was sent: {by}", skip: task.Attempt == 1 ? SkipReason.Killed : null);
            return;
        }
        if (IsClosed)
        {
            Unassign(task);
            return;
        }
        if (MustWaitForKilled(task))
        {
            task.Job.Held.Add((task, task.Sends));
            return;
        }
        if (task.IsManual && task.Attempt == 1 && Waiting >= options.WaitingMax)
        {
            life.End(task, TaskState.QueueFull, $"{Waiting} tasks wait to be sent: more than this daemon queues");
            return;
        }
        var worker = task.Worker!;
        worker.Waiting.Enqueue((task, task.Sends));
        Waiting++;
        MarkReady(worker);
    }

    /// <summary>A task of this job has ended: those that were to replace it may go, or wait for another.</summary>
    public void OnEnded(TaskRun ended)
    {
        if (!ended.Job.HasHeld)
            return;
        (TaskRun, int)[] held = [.. ended.Job.Held];
        ended.Job.Held.Clear();
        foreach (var (task, sends) in held)
            if (task.IsAt(sends)) // else its attempt was reported to have failed meanwhile: it comes again with the next one
                Enqueue(task);
    }

    /// <summary>Sends what may be sent.</summary>
    public void Pump()
    {
        while (!IsClosed && Sends < options.SendsMax && _ready.TryDequeue(out var worker))
        {
            worker.IsReady = false;
            Waiting--;
            var (task, sends) = worker.Waiting.Dequeue();
            // A place in the queue is that of one hand-over: for the next attempt, should it come to the same worker, it is not good.
            if (task.IsAt(sends))
                SendOrReroute(task, worker);
            MarkReady(worker);
        }
        requests.SendOff();
    }

    /// <summary>
    /// The attempt was not taken: the next worker, or the end of the attempt. A task in doubt stays where it may be: only a worker
    /// that is gone, whose connection is refused, lets it go elsewhere.
    /// </summary>
    public void Reroute(TaskRun task, string? reason, bool isGone = false)
    {
        if (task.IsInDoubt && !isGone)
        {
            OnAttemptFailed(task, TaskState.Unknown, reason);
            return;
        }
        var from = task.Worker!;
        task.IsSending = false;
        task.HandOver(null); // an answer that is still to come says no more than is known
        (task.Tried ??= []).Add(from);
        // A shard is its worker's own: elsewhere it would run beside that one's shard, and nobody would see what is missing.
        var next = IsShard(task) ? null : routing.Choose(task.Job, task.Parameter, task.Tried, avoid: null);
        EngineLog.NextWorker(logger, task.Id, task.Job.Job.Name, from.Address, reason, next?.Address ?? "none: no other is left");
        if (next is not null)
            life.Assign(task, next, Enqueue);
        else
            OnAttemptFailed(task, task.SomeWorkerWasFull ? TaskState.QueueFull : TaskState.NoWorker, reason);
    }

    /// <summary>An attempt has ended badly: the next one by the job's rules, or the task's end.</summary>
    public void OnAttemptFailed(TaskRun task, TaskState state, string? message, string? output = null)
    {
        if (task.KilledBy is { } by)
            life.End(task, TaskState.Failed, $"killed: {by}", output);
        else if (Retries.PauseAfter(task.Job.Job, task.Attempt, task.Resends, state) is { } pause)
            PutOff(task, state, message, pause);
        else
            life.End(task, state, message, output);
    }

    /// <summary>The pause is over: the next attempt is given to a worker.</summary>
    public void StartAttempt(TaskRun task)
    {
        var worker = task.Worker ?? ChooseAnew(task);
        if (worker is not null)
            life.Assign(task, worker, Enqueue);
        else
            OnAttemptFailed(task, TaskState.NoWorker, Routing.NobodyReason(task.Job));
    }

    private bool MustWaitForKilled(TaskRun task)
    {
        var job = task.Job;
        for (int i = 0; job.Overlap == OverlapPolicy.Replace && i < job.Running.Count; i++)
            if (life.RunningOf(job, i) is { KilledBy: not null } other && other.FireSeq < task.FireSeq)
                return true;
        return false;
    }

    private void PutOff(TaskRun task, TaskState state, string? message, TimeSpan pause)
    {
        task.HandOver(null); // first: what has not begun by now does not begin when its worker is called free; an answer says no more
        life.RecordAttempt(task, state, message, pause);
        task.IsInDoubt = state == TaskState.Unknown;
        if (task.IsInDoubt)
            task.Resends++;
        // In doubt, the same worker is asked again: it knows the id and does not run it twice. But not one that is gone.
        if (!task.IsInDoubt || task.Worker is not { } worker || routing.IsGone(task.Job, worker))
            routing.Release(task);
        task.Tried = null;
        task.SomeWorkerWasFull = false;
        life.NextAttempt(task, message, pause);
    }

    private WorkerState? ChooseAnew(TaskRun task)
    {
        if (task.IsLocal)
            return routing.Local;
        if (IsShard(task) && task.Avoid is { } own)
            return routing.CanTake(task.Job, own) ? own : null;
        return routing.Choose(task.Job, task.Parameter, tried: null, task.Avoid);
    }

    private static bool IsShard(TaskRun task) => task.Job.Job.LoadBalance == LoadBalance.Broadcast;

    private void SendOrReroute(TaskRun task, WorkerState worker)
    {
        if (task.Worker != worker)
            return;
        if (!routing.IsOnline(task.Job, worker))
            Reroute(task, TakenOffline);
        else
            Send(task, worker);
    }

    private void Send(TaskRun task, WorkerState worker)
    {
        worker.Sends++;
        Sends++;
        counters.Attempts++;
        task.IsSending = true;
        var handover = new Handover(requests, task, worker, jobs.Published.Catalog.Server);
        task.HandOver(handover);
        requests.Start(handover);
    }

    /// <summary>A local command runs, as this process.</summary>
    public void OnStarted(Handover handover, string process)
    {
        if (!handover.IsRevoked)
            life.OnStarted(handover.Task, process);
    }

    /// <summary>A request is over.</summary>
    public void OnOutcome(Handover handover)
    {
        var (task, worker, outcome) = (handover.Task, handover.To, handover.Outcome);
        worker.Sends--;
        Sends--;
        MarkReady(worker);
        if (outcome is { Result: RunResult.NotDelivered })
            worker.OnUnreachable(clock.MonotonicMs);
        else if (outcome is not (null or { Result: RunResult.Unknown }))
            worker.OnAnswer();
        if (handover.IsRevoked)
            return;
        task.OnOutcome();
        if (outcome is null)
            Reroute(task, TakenOffline);
        else if (!IsLeftToNextProcess(task, outcome))
            Take(task, outcome);
    }

    /// <summary>
    /// What the stop itself cut short stays as recorded: the next process decides, as after a crash. So does a local command
    /// that the stop ended and that is to be retried.
    /// </summary>
    private bool IsLeftToNextProcess(TaskRun task, RunOutcome outcome) =>
        (stop.IsCancellationRequested && outcome.Result is RunResult.Unknown or RunResult.NotDelivered)
        || (task.IsEndedByStop && task.Job.Job.Recover == RecoverPolicy.Retry);

    private void Take(TaskRun task, RunOutcome outcome)
    {
        switch (outcome.Result)
        {
            case RunResult.Finished:
                life.End(task, TaskState.Finished, outcome.Message, outcome.Output);
                break;
            case RunResult.Accepted:
                OnAccepted(task);
                break;
            case RunResult.QueueFull when !task.IsLocal:
                task.SomeWorkerWasFull = true;
                Reroute(task, outcome.Message ?? "its queue is full");
                break;
            case RunResult.QueueFull:
                OnAttemptFailed(task, TaskState.QueueFull, outcome.Message);
                break;
            case RunResult.Ignored when task.KilledBy is null:
                life.End(task, TaskState.Ignored, outcome.Message);
                break;
            case RunResult.Failed or RunResult.Ignored:
                OnAttemptFailed(task, TaskState.Failed, outcome.Message, outcome.Output);
                break;
            case RunResult.NotDelivered:
                Reroute(task, outcome.Message, isGone: true);
                break;
            default:
                OnUnanswered(task, outcome.Message);
                break;
        }
    }

    private void OnAccepted(TaskRun task)
    {
        if (task.State != TaskState.Started) // else a report came before the answer
            life.OnAccepted(task, jobs.Published.Catalog.Server.LostAfter);
    }

    private void OnUnanswered(TaskRun task, string? message)
    {
        if (task.IsLocal || task.State != TaskState.Started) // else a report has come: it runs
            OnAttemptFailed(task, TaskState.Unknown, message);
    }

    private void MarkReady(WorkerState worker)
    {
        int placesMax = worker == routing.Local ? options.LocalMax : options.SendsPerWorkerMax;
        if (worker.IsReady || worker.Waiting.Count == 0 || worker.Sends >= placesMax)
            return;
        worker.IsReady = true;
        _ready.Enqueue(worker);
    }
}
