using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Tests.Checker;

namespace Qschedd.Tests.Simulation;

internal sealed class SimFleet(SimWorld world)
{
    private readonly SortedDictionary<string, SimWorker> _byAddress = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<SimWorker> All => [.. _byAddress.Values];

    public SimWorker? At(string address) => _byAddress.GetValueOrDefault(address);

    public SimWorker Add(string address, string hostname, bool registers) =>
        _byAddress[address] = new SimWorker(world, address, hostname, registers);
}

/// <summary>
/// A worker that keeps to the protocol: it knows the ids that it has seen until it dies, works on none twice, and repeats its
/// reports until they are answered. It may be slow, full, broken, dead, or cut off.
/// </summary>
internal sealed class SimWorker(SimWorld world, string address, string hostname, bool registers)
{
    private readonly Dictionary<string, Work> _works = [];
    private int _life;

    public string Address { get; } = address;
    public string Hostname { get; } = hostname;
    public bool Registers { get; } = registers;
    public bool IsUp { get; private set; } = true;
    public bool IsCutOff { get; set; }
    public bool IsReachable => IsUp && !IsCutOff;

    public void Take(IRunRequest request, Receipt receipt, Action<RunResult> answer)
    {
        if (_works.TryGetValue(request.TaskId, out var known) && (known.End != WorkEnd.Failed || request.Attempt <= known.Attempt))
            AnswerKnown(known, answer);
        else if (world.Faults.IsFull())
            answer(RunResult.QueueFull);
        else if (world.Faults.IsBroken())
            answer(RunResult.Failed);
        else
            Begin(request, receipt, answer);
    }

    /// <summary>False: it does not know the task.</summary>
    public bool Kill(string taskId)
    {
        if (!_works.TryGetValue(taskId, out var work))
            return false;
        if (work.End == WorkEnd.Open && !world.Faults.IsDeafToKill())
            InLife(world.Random.Skewed(1, 10_000), () => EndWork(work, WorkEnd.Failed));
        return true;
    }

    public void Die()
    {
        if (!IsUp)
            return;
        IsUp = false;
        _life++;
        foreach (var work in _works.Values)
            if (work.End == WorkEnd.Open)
                Close(work, WorkEnd.Lost);
        _works.Clear();
        world.Log.Note($"worker {Address} died");
    }

    public void Rise()
    {
        if (IsUp)
            return;
        IsUp = true;
        world.Log.Note($"worker {Address} rose");
        KeepRegistering();
    }

    public void KeepRegistering()
    {
        if (!Registers)
            return;
        var row = new RegistrationRow("demo", Address, Hostname, null, null);
        if (world.Reach(this) is { } boot)
            boot.Ask(answer => boot.Core.Commands.Register(row, answer), CommandResult.Unavailable, _ => { });
        InLife(world.Config.WorkerTtlMs / 3, KeepRegistering);
    }

    public void Unregister()
    {
        if (world.Reach(this) is { } boot)
            boot.Ask(answer => boot.Core.Commands.Unregister("demo", Address, answer), CommandResult.Unavailable, _ => { });
    }

    private void AnswerKnown(Work known, Action<RunResult> answer) => answer(known.End switch
    {
        WorkEnd.Open => RunResult.Accepted,
        WorkEnd.Finished => RunResult.Finished,
        WorkEnd.GivenBack => RunResult.QueueFull,
        _ => RunResult.Failed,
    });

    private void Begin(IRunRequest request, Receipt receipt, Action<RunResult> answer)
    {
        var plan = world.Faults.PlanOfWork();
        var work = _works[request.TaskId] = new Work(request.TaskId, request.Attempt, receipt);
        receipt.WorkFromMs = world.Time.NowMs;
        world.Log.Note($"work {request.TaskId} attempt {request.Attempt} at {Address}: {plan}");
        if (plan.IsWithinRequest)
        {
            InLife(plan.DurationMs, () =>
            {
                EndWork(work, plan.End);
                AnswerKnown(work, answer);
            });
            return;
        }
        work.Reports = true;
        answer(RunResult.Accepted);
        if (plan.HasHeartbeat)
            Beat(work);
        InLife(plan.DurationMs, () => EndWork(work, plan.End));
    }

    private void Beat(Work work)
    {
        if (work.End != WorkEnd.Open)
            return;
        Report(work, TaskState.Started, isRepeated: false);
        InLife(world.Config.WorkerTtlMs / 4, () => Beat(work));
    }

    private void EndWork(Work work, WorkEnd end)
    {
        if (work.End != WorkEnd.Open)
            return;
        Close(work, end);
        world.Log.Note($"work {work.TaskId} at {Address} ended {end}");
        if (!work.Reports)
            return;
        var state = end switch
        {
            WorkEnd.Finished => TaskState.Finished,
            WorkEnd.GivenBack => TaskState.QueueFull,
            _ => TaskState.Failed,
        };
        Report(work, state, isRepeated: true);
        if (world.Faults.IsReportedTwice())
            InLife(world.Random.Skewed(1, 600_000), () => Report(work, state, isRepeated: false));
    }

    private void Close(Work work, WorkEnd end)
    {
        work.End = work.Receipt.End = end;
        work.Receipt.WorkToMs = world.Time.NowMs;
    }

    private void Report(Work work, TaskState state, bool isRepeated, int pauseMs = 1_000) => InLife(world.Faults.LatencyMs(), () =>
    {
        bool isAnswered = false;
        if (world.Reach(this) is { } boot && !world.Faults.IsCut())
            boot.TakeReport(this, work.TaskId, work.Attempt, state, () => isAnswered = !world.Faults.IsCut());
        if (isRepeated)
            InLife(pauseMs, () =>
            {
                if (!isAnswered)
                    Report(work, state, isRepeated: true, Math.Min(60_000, pauseMs * 2));
            });
    });

    private void InLife(long delayMs, Action action)
    {
        int life = _life;
        world.Time.After(delayMs, () =>
        {
            if (life == _life && IsUp)
                action();
        });
    }

    private sealed class Work(string taskId, int attempt, Receipt receipt)
    {
        public string TaskId { get; } = taskId;
        public int Attempt { get; } = attempt;
        public Receipt Receipt { get; } = receipt;
        public WorkEnd End { get; set; }
        public bool Reports { get; set; }
    }
}
