using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>What a fire may do while earlier tasks of its job run.</summary>
internal enum AdmissionResult
{
    Start,
    /// <summary>State 400.</summary>
    Ignore,
    KillThenStart,
}

/// <summary>From a fire to a recorded task: overlap, then a worker. Owner: the loop.</summary>
internal sealed class Admission(TaskLife life, Routing routing, Dispatcher dispatcher, Killing killing)
{
    private readonly Action<TaskRun> _enqueue = dispatcher.Enqueue;

    /// <summary>The rule of <c>overlap</c>. Pure.</summary>
    public static AdmissionResult Decide(OverlapPolicy overlap, int running) => (overlap, running) switch
    {
        (_, 0) or (OverlapPolicy.Allow, _) => AdmissionResult.Start,
        (OverlapPolicy.Replace, _) => AdmissionResult.KillThenStart,
        _ => AdmissionResult.Ignore,
    };

    public void Admit(in Fire fire)
    {
        var result = Decide(fire.Job.Overlap, fire.Job.Running.Count);
        if (result == AdmissionResult.Ignore)
            Ignore(fire);
        else if (fire.Job.Job is { LoadBalance: LoadBalance.Broadcast, Type: JobType.Remote })
            StartOnAll(fire, result);
        else
            StartOnOne(fire, result);
    }

    private void Ignore(in Fire fire) => life.RecordRefused(
        life.Create(fire, worker: null), TaskState.Ignored,
        $"task {life.RunningOf(fire.Job, 0).Id} of this job still runs, and overlap is '{OverlapWord(fire.Job.Job.Overlap)}'");

    private void StartOnOne(in Fire fire, AdmissionResult result)
    {
        var worker = routing.Choose(fire.Job, fire.Parameter, tried: null, avoid: null);
        if (worker is null)
        {
            RefuseOrRetry(fire);
            return;
        }
        life.RecordStart(life.Create(fire, worker), Then(result));
    }

    private void StartOnAll(in Fire fire, AdmissionResult result)
    {
        var targets = routing.All(fire.Job);
        if (targets.Count == 0)
        {
            RefuseOrRetry(fire);
            return;
        }
        var shards = new ShardTally(life.NextSeq, targets.Count);
        foreach (var target in targets)
            life.RecordStart(life.Create(fire, target, shards), Then(result));
    }

    /// <summary>A job with <c>retry</c> looks for a worker again later; a caller by hand is told at once.</summary>
    private void RefuseOrRetry(in Fire fire)
    {
        var task = life.Create(fire, worker: null);
        string reason = Routing.NobodyReason(fire.Job);
        if (fire.Caller is null && fire.Job.Job.Retry.AttemptsMax > 1)
            life.RecordStart(task, recorded => dispatcher.OnAttemptFailed(recorded, TaskState.NoWorker, reason));
        else
            life.RecordRefused(task, TaskState.NoWorker, reason);
    }

    private Action<TaskRun> Then(AdmissionResult result) => result == AdmissionResult.KillThenStart ? ReplaceOlder : _enqueue;

    /// <summary>Only a task that is on record replaces others: one that the store refused, or had already, must not.</summary>
    private void ReplaceOlder(TaskRun task)
    {
        var running = new TaskRun[task.Job.Running.Count]; // those that are killed may end meanwhile
        for (int i = 0; i < running.Length; i++)
            running[i] = life.RunningOf(task.Job, i);
        foreach (var other in running)
            if (other.FireSeq < task.FireSeq)
                killing.Kill(other, Killing.NextFire);
        dispatcher.Enqueue(task);
    }

    private static string OverlapWord(OverlapPolicy overlap) => overlap == OverlapPolicy.Skip ? "skip" : "allow";
}
