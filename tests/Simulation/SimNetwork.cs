using Qschedd.Engine.Ports;
using Qschedd.Tests.Checker;

namespace Qschedd.Tests.Simulation;

/// <summary>What happens to one request on its way.</summary>
internal enum Fate
{
    Well,
    /// <summary>The connection breaks before it has arrived; nobody knows that.</summary>
    CutBefore,
    /// <summary>It arrived, and the answer does not.</summary>
    CutAfter,
    /// <summary>The answer takes longer than anyone waits.</summary>
    Slow,
}

/// <summary>The way from one process to the workers: slow, and sometimes cut on either side of the delivery.</summary>
internal sealed class SimNetwork(SimWorld world, SimBoot boot) : IWorkerLink
{
    public Task<RunOutcome> RunAsync(IRunRequest request, Action<string> started, CancellationToken stop)
    {
        world.Faults.Point("before a request");
        var receipt = world.NewReceipt(request, request.Worker);
        var outcome = new TaskCompletionSource<RunOutcome>();
        var fate = world.Faults.FateOfRequest();
        world.Time.After(world.Faults.LatencyMs(), () => Arrive(request, receipt, fate, outcome));
        boot.After((long)request.AnswerTimeout.TotalMilliseconds, () => Answer(outcome, new RunOutcome(RunResult.Unknown, "no answer in time")));
        stop.Register(() => Answer(outcome, new RunOutcome(RunResult.Unknown, "cut by the stop")));
        return outcome.Task;
    }

    public Task<KillOutcome> KillAsync(KillRequest request, CancellationToken stop)
    {
        var outcome = new TaskCompletionSource<KillOutcome>();
        world.Time.After(world.Faults.LatencyMs(), () =>
        {
            bool taken = world.Fleet.At(request.Worker) is { IsReachable: true } worker && worker.Kill(request.TaskId);
            world.Log.Note($"kill {request.TaskId} at {request.Worker}: {taken}");
            if (!world.Faults.IsCut())
                boot.After(world.Faults.LatencyMs(), () => outcome.TrySetResult(new KillOutcome(taken)));
        });
        boot.After(30_000, () => outcome.TrySetResult(new KillOutcome(false, "no answer")));
        return outcome.Task;
    }

    private void Arrive(IRunRequest request, Receipt receipt, Fate fate, TaskCompletionSource<RunOutcome> outcome)
    {
        var worker = world.Fleet.At(request.Worker);
        if (fate == Fate.CutBefore || (boot.IsDead && world.Random.Half()))
        {
            receipt.OverMs = world.Time.NowMs;
            world.Log.Note($"cut {request.TaskId} before {request.Worker}");
            AnswerLater(outcome, new RunOutcome(RunResult.Unknown, "reset"));
            return;
        }
        if (worker is not { IsReachable: true })
        {
            receipt.OverMs = world.Time.NowMs;
            world.Log.Note($"refused {request.TaskId} at {request.Worker}");
            AnswerLater(outcome, new RunOutcome(RunResult.NotDelivered, "connection refused"));
            return;
        }
        world.Faults.Point("at a delivery");
        worker.Take(request, receipt, result =>
        {
            if (receipt.WorkFromMs is null)
                receipt.OverMs = world.Time.NowMs;
            world.Log.Note($"answer {request.TaskId} from {request.Worker}: {result} {fate}");
            if (fate == Fate.Well)
                AnswerLater(outcome, new RunOutcome(result, "by the worker"));
            else if (fate == Fate.CutAfter)
                AnswerLater(outcome, new RunOutcome(RunResult.Unknown, "reset"));
        });
    }

    private void AnswerLater(TaskCompletionSource<RunOutcome> outcome, RunOutcome said) =>
        boot.After(world.Faults.LatencyMs(), () => Answer(outcome, said));

    private void Answer(TaskCompletionSource<RunOutcome> outcome, RunOutcome said)
    {
        if (!outcome.TrySetResult(said))
            return;
        world.Faults.Point("after an answer");
    }
}
