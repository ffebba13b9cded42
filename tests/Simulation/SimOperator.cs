using Qschedd.Engine.Ports;
using Qschedd.Tests.Checker;
using StartCall = Qschedd.Engine.StartCall;

namespace Qschedd.Tests.Simulation;

/// <summary>People and accidents: what is done to the daemon, its host and its workers, at random times.</summary>
internal sealed class SimOperator(SimWorld world)
{
    private readonly SimRandom _random = world.Random;
    private readonly HashSet<string> _asked = [];
    private int _calls;
    private bool _isOver;

    public void Begin() => Next();

    public void End() => _isOver = true;

    /// <summary>Looks at a host, as a deployment script does.</summary>
    public void Look()
    {
        if (world.Boot is not { IsDead: false, IsStalled: false } boot)
            return;
        string host = _random.Below(world.Config.Workers.Count + 1) is var i && i < world.Config.Workers.Count
            ? world.Config.Workers[i].Host
            : SimWorld.OwnHost;
        var jobs = boot.JobsOn(host);
        world.Log.Note($"check {host}: {string.Join(' ', jobs)}");
        world.History.Looks.Add(new Look(world.Time.NowMs, host, jobs));
    }

    private void Next() => world.Time.After(_random.Skewed(1, world.Config.Pace.EventEveryMs), () =>
    {
        if (_isOver)
            return;
        Act();
        Next();
    });

    private void Act()
    {
        int draw = _random.Below(100);
        if (draw < 30)
            ActOnDaemon(draw);
        else if (draw < 45)
            ActOnWorkers(draw);
        else if (world.Boot is { IsDead: false, IsStalled: false } boot)
            Call(boot, draw);
    }

    private void ActOnDaemon(int draw)
    {
        if (world.Boot is not { IsDead: false, IsStalled: false } boot)
            return;
        if (draw < 8)
            world.Crash();
        else if (draw < 14)
            world.Faults.ArmCrash(_random.Below(12));
        else if (draw < 17)
            world.StopInOrder();
        else if (draw < 22)
            world.StepClock((_random.Half() ? 1 : -1) * _random.Skewed(1, _random.Of([5_000, 3_600_000, 30 * Schedule.DayMs])));
        else if (draw < 26)
            world.Stall(boot, _random.Skewed(10, _random.Of([5_000, 120_000, 7_200_000])), isAsleep: _random.Half());
        else
            world.StoreHealth.Trouble(_random.Skewed(100, _random.Of([2_000, 600_000])), isSlow: _random.Half());
    }

    private void ActOnWorkers(int draw)
    {
        var worker = _random.Of(world.Fleet.All);
        long forMs = _random.Skewed(100, _random.Of([5_000, 600_000, 4 * 3_600_000]));
        if (draw < 38)
        {
            worker.Die();
            world.Time.After(forMs, worker.Rise);
        }
        else if (draw < 43)
        {
            worker.IsCutOff = true;
            world.Log.Note($"worker {worker.Address} is cut off");
            world.Time.After(forMs, () => worker.IsCutOff = false);
        }
        else if (worker.Registers)
        {
            worker.Unregister();
        }
    }

    private void Call(SimBoot boot, int draw)
    {
        if (draw < 58)
            SetEnabled(boot, _random.Of([.. world.Config.Jobs.Keys]), _random.Half());
        else if (draw < 70)
            SetOnline(boot);
        else if (draw < 80)
            Start(boot);
        else if (draw < 85)
            KillOne(boot);
        else if (draw < 95)
            world.Reload(boot);
        else
            Look();
    }

    public void SetEnabled(SimBoot boot, string job, bool on)
    {
        if (!_asked.Add(job))
            return; // one at a time
        void Answered(CommandResult? result)
        {
            _asked.Remove(job);
            world.Log.Note($"{job} {(on ? "on" : "off")}: {result}");
            world.JobLog.OnAnswered(job, on, result);
        }
        boot.Ask<CommandResult>(
            answer =>
            {
                world.JobLog.OnAsked(job, on);
                boot.Core.Commands.SetEnabled([job], on, "operator", answer);
            },
            CommandResult.Unavailable, result => Answered(result), () => Answered(null));
    }

    private void SetOnline(SimBoot boot)
    {
        string job = _random.Of([.. world.Config.Jobs.Keys]);
        string worker = _random.Of(world.Fleet.All).Address;
        bool online = _random.Half();
        if (!_asked.Add($"{job} {worker}"))
            return;
        long askedMs = world.Time.NowMs;
        void Answered(CommandResult? result)
        {
            _asked.Remove($"{job} {worker}");
            world.Log.Note($"{worker} of {job} {(online ? "online" : "offline")}: {result}");
            // One that is not known to have failed or to hold may be either: online is the word that forbids nothing.
            if (result is CommandResult.Done || result is null or CommandResult.Unavailable)
                world.History.Words.Add(new WorkerWord(job, worker, online || result is not CommandResult.Done, askedMs, world.Time.NowMs));
        }
        boot.Ask<CommandResult>(
            answer => boot.Core.Commands.SetWorkers(job, [new(worker, online)], "operator", answer),
            CommandResult.Unavailable, result => Answered(result), () => Answered(null));
    }

    private void Start(SimBoot boot)
    {
        string job = _random.Of([.. world.Config.Jobs.Keys]);
        string call = $$"""{"call":{{_calls++}}}""";
        StartCall? caller = null;
        boot.Ask(
            answer => boot.Core.Commands.Trigger(job, call, "operator", caller = new StartCall(answer)),
            new TriggerResult(CommandResult.Unavailable, null),
            result =>
            {
                world.Log.Note($"start {job}: {result}");
                var told = new StartAnswer(call, result.TaskId, world.Time.NowMs);
                if (result.TaskId is not null || result.Result == CommandResult.Unavailable)
                    world.History.Starts.Add(told);
            },
            mayGiveUp: () => caller?.TryGiveUp() ?? true);
    }

    private void KillOne(SimBoot boot)
    {
        var running = boot.Core.Tasks.All.OrderBy(t => t.Seq).ToList();
        if (running.Count == 0)
            return;
        string id = _random.Of(running).Id;
        boot.Ask<CommandResult>(
            answer => boot.Core.Commands.Kill(id, "operator", answer),
            CommandResult.Unavailable, result => world.Log.Note($"kill {id}: {result}"));
    }
}
