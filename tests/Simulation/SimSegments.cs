using Qschedd.Tests.Checker;

namespace Qschedd.Tests.Simulation;

/// <summary>
/// The stretches of a run in which one process could work, with one offset of its clock and a store that stayed as it was. The judge
/// demands by them what must have come by when.
/// </summary>
internal sealed class SimSegments(SimWorld world)
{
    private (Beginning Beginning, long FromMs)? _open;
    private bool _isStoreWell = true;
    private long _storeSinceMs = long.MinValue;

    public bool IsStoreWellSince(long ms) => _isStoreWell && _storeSinceMs <= ms;

    public void NoteStore(bool isWell)
    {
        if (isWell == _isStoreWell)
            return;
        End();
        _isStoreWell = isWell;
        _storeSinceMs = world.Time.NowMs;
        Begin(Beginning.Store);
    }

    public void Begin(Beginning beginning)
    {
        if (world.Boot is { IsDead: false, IsStalled: false, IsStopping: false })
            _open = (beginning, world.Time.NowMs);
    }

    public void End()
    {
        if (_open is not var (beginning, fromMs) || world.Boot is not { } boot)
            return;
        _open = null;
        world.History.Segments.Add(new Segment(boot.Pid, beginning, fromMs, world.Time.NowMs, world.Time.WallOffsetMs, _isStoreWell));
    }
}
