using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Tests.Checker;
using Qschedd.Tests.Engine;

namespace Qschedd.Tests.Simulation;

/// <summary>A defect that showed in the run itself.</summary>
internal sealed class SimFailure(string message) : Exception(message);

/// <summary>
/// One run: a daemon, its host, its disk, its workers and its operators, all from one seed, on one thread, in no real time. Chaos
/// for as long as the pace says, then all is healed, and what was begun must come to its end.
/// </summary>
internal sealed class SimWorld
{
    public const string OwnHost = "daemon.example";

    private readonly Action<string>? _write;
    private readonly SimOperator _operator;
    private readonly EngineOptions _bounds;
    private readonly SimSegments _segments;
    private SimBoot? _reloading;
    private int _nextPid = 1;
    private bool _isHealed;

    public SimWorld(long seed, string? pace = null, Action<string>? write = null)
    {
        Seed = seed;
        Random = new SimRandom(seed);
        _write = write;
        var drawn = pace is null ? Random.Of(Pace.All) : Pace.All.First(p => p.Name == pace);
        Time = new SimTime(EngineWorld.StartMs + Random.Between(0, 365 * Schedule.DayMs));
        Log = new SimLog(Time, write);
        Config = new SimConfig(Random, drawn);
        History = new History { MisfireThresholdMs = (long)Config.Server.MisfireThreshold.TotalMilliseconds };
        Faults = new SimFaults(this);
        Disk.Broken = Fail;
        Fleet = new SimFleet(this);
        Processes = new SimProcesses(this);
        JobLog = new SimJobLog(this);
        _operator = new SimOperator(this);
        _bounds = DrawBounds();
        _segments = new SimSegments(this);
        StoreHealth = new SimStoreHealth(this, _segments);
    }

    public long Seed { get; }
    public SimRandom Random { get; }
    public SimTime Time { get; }
    public SimLog Log { get; }
    public SimConfig Config { get; }
    public SimFaults Faults { get; }
    public SimDisk Disk { get; } = new();
    public SimStoreHealth StoreHealth { get; }
    public SimFleet Fleet { get; }
    public SimProcesses Processes { get; }
    public SimJobLog JobLog { get; }
    public History History { get; }
    public SimBoot? Boot { get; private set; }
    public bool IsTraced => _write is not null;

    /// <summary>The whole run, and what the judge says of it.</summary>
    public List<string> Run()
    {
        try
        {
            Begin();
            _operator.Begin();
            RunUntil(Time.NowMs + Config.Pace.ChaosMs);
            _operator.End();
            RunUntil(Boot!.StalledToMs);
            Heal();
            RunUntil(Time.NowMs + (long)Config.Server.LostAfter.TotalMilliseconds + 3_600_000);
            Close();
        }
        catch (SimFailure failure)
        {
            return [failure.Message];
        }
        return Judge.Judged(History);
    }

    /// <summary>The first process, and the workers; nobody does anything to them yet.</summary>
    public void Begin()
    {
        Populate();
        Start();
    }

    public void Fail(string what) => throw new SimFailure(what);

    public void Trace(string what) => _write?.Invoke($"                       {what}");

    /// <summary>The process has run since then without standing still, and the store was well.</summary>
    public bool IsInGoodOrderSince(long ms) => Boot?.StalledToMs <= ms && _segments.IsStoreWellSince(ms);

    /// <summary>The process that a worker reaches now.</summary>
    public SimBoot? Reach(SimWorker worker) => worker.IsReachable && Boot is { IsDead: false, IsStalled: false } boot ? boot : null;

    public Receipt NewReceipt(IRunRequest request, string worker)
    {
        var row = Disk.Find(request.TaskId);
        var receipt = new Receipt
        {
            TaskId = request.TaskId,
            Job = request.Job.Name,
            ScheduledMs = request.ScheduledMs,
            ShardIndex = request.ShardIndex,
            Attempt = request.Attempt,
            Worker = worker,
            Host = worker == "local" ? OwnHost : Worker.HostOf(worker),
            BegunMs = Time.NowMs,
            WasOnRecord = row is not null && row.State.IsRunning() && row.Worker == worker && row.Attempt == request.Attempt,
        };
        History.Receipts.Add(receipt);
        Log.Note($"send {request.TaskId} of {request.Job.Name} attempt {request.Attempt} to {worker}");
        return receipt;
    }

    public void Crash()
    {
        if (Boot is not { IsDead: false, IsStalled: false } boot)
            return;
        Log.Note($"process {boot.Pid} is killed");
        EndBoot(boot);
    }

    public void StopInOrder()
    {
        if (Boot is not { IsDead: false, IsStopping: false } boot)
            return;
        boot.IsStopping = true;
        Log.Note($"process {boot.Pid} is stopped");
        _segments.End();
        boot.Post(boot.Core.Close);
        boot.After(Random.Skewed(10, 30_000), () => boot.Post(boot.Core.EndLocal));
        boot.After(30_000 + Random.Skewed(10, 15_000), () => boot.Post(boot.Core.Cut));
        boot.After(50_000, () => EndBoot(boot));
    }

    public void StepClock(long byMs)
    {
        if (Time.WallMs + byMs < EngineWorld.StartMs - (366 * Schedule.DayMs))
            return;
        RoundNow(); // a second ago at most it had looked
        _segments.End();
        Time.WallOffsetMs += byMs;
        Log.Note($"the clock steps by {byMs} ms");
        _segments.Begin(Beginning.ClockStep);
        var boot = Boot;
        if (Random.Half())
            boot?.Ring();
        else
            boot?.After(Random.Below(1_000), boot.Ring);
    }

    public void Stall(SimBoot boot, long forMs, bool isAsleep)
    {
        RoundNow();
        _segments.End();
        boot.StalledToMs = Math.Max(boot.StalledToMs, Time.NowMs + forMs);
        if (isAsleep)
            Time.AsleepMs += forMs;
        Log.Note($"process {boot.Pid} stands still for {forMs} ms, asleep: {isAsleep}");
        Time.After(forMs, () =>
        {
            if (boot == Boot && !boot.IsDead && !boot.IsStalled)
                _segments.Begin(Beginning.Resume);
        });
    }

    public void Reload(SimBoot boot)
    {
        if (_reloading == boot)
            return; // one at a time
        _reloading = boot;
        Config.Edit();
        var jobs = Config.Jobs.Values.ToList();
        var change = boot.Core.Jobs.Compare(Config.ToCatalog());
        boot.Post(() =>
        {
            _reloading = null;
            if (boot.Core.Firing.IsClosed)
                return;
            Log.Note($"reload: {string.Join(' ', jobs.Select(j => j.Name))}");
            boot.Core.Apply(change);
            JobLog.OnCatalog(jobs);
        });
    }

    private void Populate()
    {
        foreach (var worker in Config.Workers)
            Fleet.Add(worker.Address, worker.Hostname, registers: Random.PerMille(300));
        if (Random.Half())
            Fleet.Add("10.1.0.9:20010", "w9.example", registers: true);
        foreach (var worker in Fleet.All)
            worker.KeepRegistering();
    }

    private void Start()
    {
        if (Boot is { IsDead: false })
            return; // somebody was faster
        var catalog = Config.ToCatalog();
        Log.Note($"process {_nextPid} starts: {string.Join(' ', Config.Jobs.Keys)}");
        Boot = new SimBoot(this, _nextPid++, catalog, _bounds);
        JobLog.OnCatalog(Config.Jobs.Values);
        JobLog.OnBoot();
        _segments.Begin(Beginning.Start);
        _operator.Look(); // before it has done anything
    }

    private void EndBoot(SimBoot boot)
    {
        _segments.End();
        JobLog.OnCrash();
        boot.Die();
        if (!_isHealed && Random.PerMille(200))
            Config.Edit();
        Time.After(_isHealed ? 1_000 : Random.Skewed(100, Random.Of([5_000, 100_000, 7_200_000])), Start);
    }

    public void RunUntil(long endMs)
    {
        while (true)
        {
            long nextMs = Math.Min(Time.NextMs, Boot?.WakeMs ?? long.MaxValue);
            if (nextMs >= endMs)
                break;
            Time.AdvanceTo(nextMs);
            while (Time.RunNext())
                LookSometimes();
            if (Boot is { IsDead: false } boot && boot.WakeMs <= Time.NowMs)
            {
                boot.Round();
                LookSometimes();
            }
        }
        Time.AdvanceTo(endMs);
    }

    private void LookSometimes()
    {
        if (Random.PerMille(5))
            _operator.Look();
    }

    private void RoundNow()
    {
        if (Boot is { IsDead: false, IsStalled: false } boot)
            boot.Round();
    }

    public void Heal()
    {
        _isHealed = true;
        Log.Note("all is healed");
        StoreHealth.Mend();
        Faults.Heal();
        if (Boot!.IsDead)
            Start();
        foreach (var worker in Fleet.All)
        {
            worker.IsCutOff = false;
            worker.Rise();
        }
        History.EndedByWallMs = Time.WallMs;
    }

    private void Close()
    {
        _segments.End();
        History.Rows.AddRange(Disk.Tasks);
        History.Attempts.AddRange(Disk.Attempts);
    }

    private EngineOptions DrawBounds() => new()
    {
        ServerIp = "10.0.0.5",
        ProcessId = 0,
        HostNames = [OwnHost, "10.0.0.5", "127.0.0.1"],
        RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink>(),
        LocalLink = null!,
        IsProcessAlive = _ => false,
        // Where much is due, a slow store, or fires that wait, fall behind for good: nobody could say what must be there by when.
        BatchMax = Math.Max(Config.Pace.EventEveryMs < 100_000 ? 64 : 1, Random.Of([20_000, 20_000, 3, 1])),
        UnhurriedPauseMs = Seed % 4 == 0 ? 500 : 10, // not drawn: each seed means the run that it meant
        SendsPerWorkerMax = Random.Of([64, 64, 2, 1]),
        FiresPerStepMax = Random.Of([200, 200, 3, 1]),
        FiresHeldAt = Config.Pace.EventEveryMs < 1_000_000 ? 250_000 : Random.Of([250_000, 250_000, 20, 3]),
    };
}
