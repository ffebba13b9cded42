using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// Ends tasks on demand. A task that was sent ends when its worker reports so; when the worker took the kill but says no more,
/// after a grace. A kill is no failure of the job. Owner: the loop.
/// </summary>
internal sealed class Killing(
    TaskLife life, Deadlines deadlines, EngineOptions options, Counters counters, Action<Action> post, ILogger logger, CancellationToken stop)
{
    /// <summary>How long a worker that took a kill may take to report the end.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(15);

    /// <summary>The pause before a worker that did not take a kill is asked again.</summary>
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan AfterRestart = TimeSpan.FromSeconds(1);

    private const int AsksMax = 12;

    /// <summary>Who ends the older tasks under <c>overlap: replace</c>.</summary>
    public const string NextFire = "replaced by the next fire";

    public void Kill(TaskRun task, string by)
    {
        if (task.HasEnded || task.KilledBy is not null)
            return;
        Note(task, by); // recorded before asking: a worker may report the end before it answers
        Ask(task);
    }

    /// <summary>It is to end: recorded, and not asked for yet.</summary>
    public void Note(TaskRun task, string by)
    {
        task.KilledBy = by;
        counters.Killed++;
        EngineLog.Killing(logger, task.Id, task.Job.Job.Name, task.Worker?.Address ?? "-", by);
        if (task.IsDurable)
            life.KeepAsIs(task);
    }

    /// <summary>A task that was to be killed when the last process ended: it still is.</summary>
    public void Resume(TaskRun task) => deadlines.Set(task, TimerKind.Kill, AfterRestart);

    /// <summary>The kill deadline has passed: of <c>killAfter</c>, or of an earlier kill without an end.</summary>
    public void OnDeadline(TaskRun task)
    {
        if (task.KilledBy is null)
            Kill(task, $"it ran for longer than killAfter {task.Job.Job.KillAfter.TotalSeconds:0} s");
        else
            Ask(task);
    }

    private void Ask(TaskRun task)
    {
        if (!task.MayBeThere || task.Worker is null)
        {
            if (task.IsDurable)
                life.End(
                    task, TaskState.Failed, $"killed while no worker had it: {task.KilledBy}", skip: task.Attempt == 1 ? SkipReason.Killed : null);
            return;
        }
        // While a request is under way, or a process seen, the host is not free, and check must not say so.
        if (++task.KillAsks > AsksMax && !task.IsSending && !task.IsOrphan)
        {
            life.End(task, TaskState.Unknown, $"killed: {task.KilledBy}; but its worker does not take the kill: it may still run");
            return;
        }
        deadlines.Set(task, TimerKind.Kill, AskAgain);
        var link = task.IsLocal ? options.LocalLink : options.RemoteLinks[task.Job.Job.Protocol];
        var request = new KillRequest(
            task.Id, task.Job.Job, task.Worker.Address, task.KillAsks, task.IsOrphan ? task.Process : null, task.Job.Id);
        options.Offload(new Asking(this, link, request, task));
    }

    private async Task AskAsync(IWorkerLink link, KillRequest request, TaskRun task)
    {
        KillOutcome outcome;
        try
        {
            outcome = await link.KillAsync(request, stop);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The edge of a request: the next deadline asks again.
            Interlocked.Increment(ref counters.FaultsElsewhere);
            EngineLog.LoopFault(logger, fault, $"the kill of task {task.Id}");
            outcome = new KillOutcome(false, fault.Message);
        }
        post(() => OnAnswer(task, outcome));
    }

    private void OnAnswer(TaskRun task, KillOutcome outcome)
    {
        if (task.HasEnded || !outcome.Taken || task.IsLocal)
            return; // a local process reports its own end; a worker that did not take it is asked again
        if (task.IsKillTaken && !task.IsSending)
        {
            life.End(task, TaskState.Failed, $"killed: {task.KilledBy}; the worker took the kill and reported no end");
            return;
        }
        task.IsKillTaken = true;
        deadlines.Set(task, TimerKind.Kill, Grace);
    }

    private sealed class Asking(Killing killing, IWorkerLink link, KillRequest request, TaskRun task) : IThreadPoolWorkItem
    {
        public void Execute() => _ = killing.AskAsync(link, request, task);
    }
}
