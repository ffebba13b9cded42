using Qschedd.Engine.Ports;
using Qschedd.Tests.Checker;

namespace Qschedd.Tests.Simulation;

/// <summary>The processes of the daemon's host: they outlive it.</summary>
internal sealed class SimProcesses(SimWorld world)
{
    private readonly SortedDictionary<string, LocalWork> _live = new(StringComparer.Ordinal);
    private int _next = 100;

    public bool IsAlive(string process) => _live.ContainsKey(process);

    public string Begin(Receipt receipt, WorkPlan plan, Action<WorkEnd> ended)
    {
        string process = $"{_next++}:{world.Time.NowMs}";
        var work = _live[process] = new LocalWork(receipt, ended);
        receipt.WorkFromMs = world.Time.NowMs;
        world.Log.Note($"process {process} for {receipt.TaskId}");
        world.Time.After(plan.DurationMs, () => End(process, work, plan.End == WorkEnd.Finished ? WorkEnd.Finished : WorkEnd.Failed));
        return process;
    }

    public bool Kill(Func<string, Receipt, bool> isIt)
    {
        foreach (var (process, work) in _live)
            if (isIt(process, work.Receipt))
            {
                world.Time.After(world.Random.Skewed(1, 10_000), () => End(process, work, WorkEnd.Failed));
                return true;
            }
        return false;
    }

    private void End(string process, LocalWork work, WorkEnd end)
    {
        if (!_live.Remove(process))
            return;
        work.Receipt.End = end;
        work.Receipt.WorkToMs = world.Time.NowMs;
        world.Log.Note($"process {process} ended {end}");
        work.Ended(end);
    }

    private sealed record LocalWork(Receipt Receipt, Action<WorkEnd> Ended);
}

/// <summary>How one process of the daemon starts, awaits and ends local commands.</summary>
internal sealed class SimLocal(SimWorld world, SimBoot boot) : IWorkerLink
{
    public Task<RunOutcome> RunAsync(IRunRequest request, Action<string> started, CancellationToken stop)
    {
        world.Faults.Point("before a command");
        var receipt = world.NewReceipt(request, "local");
        var outcome = new TaskCompletionSource<RunOutcome>();
        boot.OnDeath(() => receipt.OverMs = Math.Min(receipt.OverMs, world.Time.NowMs));
        boot.After(world.Random.Below(20), () => Start(receipt, started, outcome));
        stop.Register(() => outcome.TrySetResult(new RunOutcome(RunResult.Unknown, "cut by the stop")));
        return outcome.Task;
    }

    public Task<KillOutcome> KillAsync(KillRequest request, CancellationToken stop) => Task.FromResult(
        new KillOutcome(world.Processes.Kill((process, receipt) => request.Orphan is { } orphan ? process == orphan : receipt.TaskId == request.TaskId)));

    private void Start(Receipt receipt, Action<string> started, TaskCompletionSource<RunOutcome> outcome)
    {
        if (world.Faults.IsBroken())
        {
            receipt.OverMs = world.Time.NowMs;
            outcome.TrySetResult(new RunOutcome(RunResult.Failed, "no such program"));
            return;
        }
        string process = world.Processes.Begin(receipt, world.Faults.PlanOfWork(), end => boot.After(
            world.Random.Below(20),
            () => outcome.TrySetResult(new RunOutcome(end == WorkEnd.Finished ? RunResult.Finished : RunResult.Failed, "by its exit status"))));
        world.Faults.Point("after a start");
        if (!boot.IsDead)
            started(process);
    }
}
