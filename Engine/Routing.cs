using Qschedd.Engine.Balance;
using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>Which worker a task goes to. Owner: the loop.</summary>
internal sealed class Routing(WorkerTable workers, TaskTable tasks, Random random)
{
    public WorkerState Local => workers.Local;

    public IEnumerable<WorkerState> Everyone => workers.All.Append(Local);

    /// <summary>The worker to try now, or null: none is left that may take it.</summary>
    /// <param name="job">The job.</param>
    /// <param name="parameter">JSON text of the task's parameter: it may name a hash key.</param>
    /// <param name="tried">Workers that did not take this attempt.</param>
    /// <param name="avoid">Taken only when there is no other: the worker of the attempt before.</param>
    public WorkerState? Choose(JobState job, string? parameter, List<WorkerState>? tried, WorkerState? avoid)
    {
        if (job.Job.Type == JobType.Local)
            return Local;
        // Those that may not take it are left out before the order is made, so that nobody inherits their turns.
        var candidates = workers.Candidates(job);
        if (!AllMayTake(candidates, tried))
            candidates = Takers(candidates, tried);
        if (candidates.Length <= 1)
            return candidates.Length == 1 ? candidates[0].State : null;
        Span<int> order = candidates.Length <= 64 ? stackalloc int[candidates.Length] : new int[candidates.Length];
        Order(job, parameter, candidates, isFirst: tried is null, order);
        var best = candidates[order[0]].State;
        return best == avoid ? candidates[order[1]].State : best;
    }

    private bool AllMayTake(JobWorker[] candidates, List<WorkerState>? tried)
    {
        foreach (var candidate in candidates)
            if (!MayTake(candidate, tried))
                return false;
        return true;
    }

    private JobWorker[] Takers(JobWorker[] candidates, List<WorkerState>? tried) =>
        Array.FindAll(candidates, candidate => MayTake(candidate, tried));

    private bool MayTake(JobWorker candidate, List<WorkerState>? tried) => workers.CanTake(candidate) && tried?.Contains(candidate.State) != true;

    /// <summary>Those that a broadcast goes to, in an order that stays while they stay: by address.</summary>
    public List<WorkerState> All(JobState job) =>
        [.. workers.Candidates(job).Where(w => workers.CanTake(w)).Select(w => w.State)];

    /// <summary>It is one of the job's workers, as the job is now (a reload may have made a command of a remote job), and online.</summary>
    public bool IsOnline(JobState job, WorkerState worker)
    {
        if (job.IsLocal || worker == Local)
            return job.IsLocal && worker == Local;
        foreach (var candidate in workers.Candidates(job))
            if (candidate.State == worker)
                return candidate.Online;
        return false;
    }

    /// <summary>What the operators say at this instant. Any thread.</summary>
    public bool IsAllowed(int jobId, WorkerState worker) => workers.OverrideOf(jobId, worker.Address)?.Online ?? true;

    public bool CanTake(JobState job, WorkerState worker) =>
        workers.Candidates(job).FirstOrDefault(c => c.State == worker) is { } candidate && workers.CanTake(candidate);

    /// <summary>It has fallen silent, or is no longer one of the job's.</summary>
    public bool IsGone(JobState job, WorkerState worker) => worker != Local
        && (workers.Candidates(job).FirstOrDefault(c => c.State == worker) is not { } candidate || workers.IsSilent(candidate));

    /// <summary>The task is on no worker until its next attempt, which prefers another.</summary>
    public void Release(TaskRun task)
    {
        task.Avoid = task.Worker;
        tasks.Move(task, null);
    }

    public static string NobodyReason(JobState job) =>
        $"no worker of '{job.Job.Name}' can take it: each is offline, silent or missing; see workers/{job.Job.Name}.do";

    private void Order(JobState job, string? parameter, JobWorker[] candidates, bool isFirst, Span<int> order)
    {
        Span<Candidate> seen = new Candidate[candidates.Length];
        for (int i = 0; i < seen.Length; i++)
            seen[i] = new Candidate(
                candidates[i].State.Address, candidates[i].Position, workers.IsAlive(candidates[i]), candidates[i].State.Running);
        ulong key = job.Job.LoadBalance == LoadBalance.ConsistentHash ? PlacementHash.Of(HashKey.Of(parameter) ?? job.Job.Name) : 0;
        uint turn = job.Turn;
        WorkerChoice.Order(job.Job.LoadBalance, seen, ref turn, (ulong)random.NextInt64(), key, order);
        if (isFirst)
            job.Turn = turn; // another try of one task takes nobody's turn
    }
}
