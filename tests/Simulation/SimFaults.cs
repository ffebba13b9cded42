using Qschedd.Tests.Checker;

namespace Qschedd.Tests.Simulation;

/// <summary>What a worker will do with a task.</summary>
internal sealed record WorkPlan(bool IsWithinRequest, bool HasHeartbeat, long DurationMs, WorkEnd End);

/// <summary>How ill the world is: drawn once for each seed, healed at the end of the run.</summary>
internal sealed class SimFaults
{
    private readonly SimWorld _world;
    private readonly SimRandom _random;
    private readonly int _cut, _slow, _full, _broken, _failed, _long, _late, _commitSlow;
    private int _pointsToCrash = -1;
    private bool _isHealed;

    public SimFaults(SimWorld world)
    {
        (_world, _random) = (world, world.Random);
        int illness = _random.Of([0, 1, 1, 2, 4]);
        (_cut, _slow, _full) = (_random.Below(1 + (30 * illness)), _random.Below(1 + (10 * illness)), _random.Below(1 + (40 * illness)));
        (_broken, _failed, _long) = (_random.Below(1 + (20 * illness)), _random.Below(1 + (60 * illness)), _random.Below(1 + (40 * illness)));
        (_late, _commitSlow) = (_random.Below(1 + (60 * illness)), _random.Below(1 + (50 * illness)));
    }

    public bool IsStoreRefusing { get; set; }
    public bool IsStoreSlow { get; set; }
    public bool IsStoreIll => IsStoreRefusing || IsStoreSlow;

    public void Heal()
    {
        _isHealed = true;
        _pointsToCrash = -1;
    }

    /// <summary>The process dies at the so-many-th point from now at which something is half done.</summary>
    public void ArmCrash(int points) => _pointsToCrash = points;

    /// <summary>A moment between two effects.</summary>
    public void Point(string where)
    {
        if (_pointsToCrash < 0 || --_pointsToCrash >= 0)
            return;
        _world.Log.Note($"crash {where}");
        _world.Crash();
    }

    public long CommitMs() => IsStoreSlow ? _random.Skewed(1_000, 40_000) : Is(_commitSlow) ? _random.Between(20, 300) : _random.Between(1, 5);

    public long LatencyMs() => Is(_slow) ? _random.Between(50, 2_000) : _random.Between(1, 20);

    public Fate FateOfRequest()
    {
        if (Is(_cut))
            return _random.Half() ? Fate.CutBefore : Fate.CutAfter;
        return Is(_slow) ? Fate.Slow : Fate.Well;
    }

    public bool IsCut() => Is(_cut);

    public bool IsFull() => Is(_full);

    public bool IsBroken() => Is(_broken);

    public bool IsDeafToKill() => Is(_long);

    public bool IsReportedTwice() => Is(_late);

    public WorkPlan PlanOfWork()
    {
        var end = !Is(_failed) ? WorkEnd.Finished : _random.Below(4) == 0 ? WorkEnd.GivenBack : WorkEnd.Failed;
        long durationMs = Is(_long) ? _random.Skewed(60_000, 3_600_000) : _random.Skewed(5, 20_000);
        bool within = end != WorkEnd.GivenBack && durationMs < 60_000 && _random.Half();
        return new WorkPlan(within, !within && _random.Half(), end == WorkEnd.GivenBack ? durationMs / 100 : durationMs, end);
    }

    private bool Is(int perMille) => !_isHealed && _random.PerMille(perMille);
}
