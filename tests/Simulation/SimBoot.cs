using Microsoft.Extensions.Logging;
using Qschedd.Engine;
using Qschedd.Engine.Clock;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Tests.Checker;

namespace Qschedd.Tests.Simulation;

/// <summary>One process of the daemon: the engine's own parts, on the world's clocks, store and network.</summary>
internal sealed class SimBoot : IAlarm
{
    private const int RoundsMax = 20_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan PatienceWithTheDisk = TimeSpan.FromMinutes(1);

    private readonly SimWorld _world;
    private readonly EngineLoop _loop;
    private readonly Scheduler _scheduler;
    private readonly LinkedList<Action> _onDeath = [];
    private long _rungMs = long.MaxValue;
    private long _roundMs;
    private int _rounds;

    public SimBoot(SimWorld world, int pid, Catalog catalog, EngineOptions bounds)
    {
        (_world, Pid) = (world, pid);
        var clock = new LoopClock();
        var logger = new SimLogger(world);
        _loop = new EngineLoop(this, clock, logger);
        var store = new SimStore(world, this, world.Disk);
        Options = bounds with
        {
            ProcessId = pid,
            RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink> { [WorkerProtocol.Qschedule] = new SimNetwork(world, this) },
            LocalLink = new SimLocal(world, this),
            IsProcessAlive = world.Processes.IsAlive,
            Offload = work => After(world.Random.Skewed(0, 20), work.Execute),
        };
        Core = new EngineCore(store, catalog, Options, clock, _loop, new EngineRandom(world.Random), logger);
        _scheduler = new Scheduler(Core, _loop, store, Options);
        _loop.Own(Core);
        Ring();
    }

    public int Pid { get; }
    public EngineOptions Options { get; }
    public EngineCore Core { get; }
    public bool IsDead { get; private set; }
    /// <summary>It was told to stop: nothing is fired any more.</summary>
    public bool IsStopping { get; set; }

    /// <summary>The process does not run until then.</summary>
    public long StalledToMs { get; set; }

    public bool IsStalled => StalledToMs > _world.Time.NowMs;

    /// <summary>When the loop wakes, in true time.</summary>
    public long WakeMs
    {
        get
        {
            if (IsDead)
                return long.MaxValue;
            var time = _world.Time;
            var (wallMs, monotonicMs) = Core.NextWake();
            long wake = Math.Min(Later(wallMs, time.WallMs), Later(monotonicMs, time.MonotonicMs));
            return Math.Max(StalledToMs, Math.Min(_rungMs, wake));

            long Later(long due, long now) => due == long.MaxValue ? long.MaxValue : time.NowMs + Math.Max(0, due - now);
        }
    }

    long IAlarm.WallNowMs => _world.Time.WallMs;
    long IAlarm.MonotonicNowMs => _world.Time.MonotonicMs;

    void IAlarm.WaitUntil(long wallDueMs, TimeSpan most) => throw new InvalidOperationException("the simulated loop does not sleep");

    public void Ring()
    {
        if (_rungMs == long.MaxValue)
            _rungMs = _world.Time.NowMs + _world.Random.Below(3);
    }

    public void Dispose()
    {
        // Nothing is held.
    }

    public void Round()
    {
        _rounds = _roundMs == _world.Time.NowMs ? _rounds + 1 : 0;
        _roundMs = _world.Time.NowMs;
        if (_rounds > RoundsMax)
            _world.Fail("the loop goes round and round without getting anywhere");
        _rungMs = long.MaxValue;
        _loop.Round();
    }

    /// <summary>Something of this process's own: lost when it dies, put off while it stands still.</summary>
    public void After(long delayMs, Action action) => _world.Time.After(delayMs, () =>
    {
        if (IsDead)
            return;
        if (IsStalled)
            After(StalledToMs - _world.Time.NowMs, action);
        else
            action();
    });

    public void OnDeath(Action action) => _onDeath.AddLast(action);

    public void Die()
    {
        IsDead = true;
        foreach (var action in _onDeath)
            action();
        _onDeath.Clear();
    }

    public void Post(Action action) => _loop.Post(action);

    public IReadOnlyList<string> JobsOn(string host) => [.. _scheduler.RunningOn(host).Select(v => v.Job.Name)];

    public bool IsEnabled(string job) => Core.Jobs.Published.Jobs[job].Status.Enabled;

    /// <summary>As the scheduler's face does it: the answer, or Unavailable after its patience. It may die before.</summary>
    public void Ask<T>(
        Action<TaskCompletionSource<T>> command, T unavailable, Action<T> answered, Action? died = null, Func<bool>? mayGiveUp = null)
    {
        var answer = new TaskCompletionSource<T>();
        bool isTold = false;
        void Tell(T said)
        {
            isTold = true;
            answered(said);
        }
        if (died is not null)
            OnDeath(() =>
            {
                if (!isTold)
                    died();
            });
        if (!_loop.TryPost(() => command(answer), Options.CommandsMax))
            answer.TrySetResult(unavailable);
        After((long)Patience.TotalMilliseconds, () =>
        {
            if (mayGiveUp?.Invoke() ?? true)
                answer.TrySetResult(unavailable);
            else
                After((long)PatienceWithTheDisk.TotalMilliseconds, () => answer.TrySetResult(unavailable));
        });
        _ = RelayAsync(answer.Task, Tell);
    }

    public void TakeReport(SimWorker worker, string taskId, int attempt, TaskState state, Action answered)
    {
        _world.Faults.Point("at a report");
        if (IsDead)
            return;
        void Done(CommandResult result)
        {
            _world.Log.Note($"report {taskId} attempt {attempt} as {state}: {result}");
            if (result == CommandResult.Done)
                _world.History.Reports.Add(new ReportAnswer(taskId, attempt, worker.Address, state, _world.Disk.Find(taskId)));
            if (result is CommandResult.Done or CommandResult.NotFound)
                answered();
        }
        if (Core.Tasks.Find(taskId) is not null || _world.Disk.Find(taskId)?.State.IsRunning() == true)
            Ask<CommandResult>(
                answer => Core.Commands.Report(new TaskReport(taskId, state, "reported", null, attempt), answer), CommandResult.Unavailable, Done);
        else
            Done(_world.Disk.Find(taskId) is null ? CommandResult.NotFound : CommandResult.Done);
    }

    private static async Task RelayAsync<T>(Task<T> answer, Action<T> told) => told(await answer);
}

/// <summary>Notes what the engine says at its gravest: a defect that showed ends the run.</summary>
internal sealed class SimLogger(SimWorld world) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel == LogLevel.Critical || (world.IsTraced && logLevel >= LogLevel.Information);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        string said = formatter(state, exception);
        if (logLevel == LogLevel.Critical)
            world.Fail($"{said} {exception}");
        else
            world.Trace(said);
    }
}
