namespace Qschedd.Tests.Simulation;

/// <summary>The store's troubles, and from when on the judge may count on it again.</summary>
internal sealed class SimStoreHealth(SimWorld world, SimSegments segments)
{
    /// <summary>
    /// How long a trouble works on: what was begun slowly is still under way (<see cref="SimFaults.CommitMs"/>), and what was refused is
    /// offered again after a pause.
    /// </summary>
    public const long AfterpainsMs = 41_000;

    private long _mendedMs;

    public void Trouble(long forMs, bool isSlow)
    {
        world.Faults.IsStoreRefusing |= !isSlow;
        world.Faults.IsStoreSlow |= isSlow;
        world.Trace($"the store {(isSlow ? "drags" : "refuses")} for {forMs} ms");
        segments.NoteStore(isWell: false);
        world.Time.After(forMs, Mend);
    }

    /// <summary>The end of one trouble ends all others; theirs, later, then ends nothing.</summary>
    public void Mend()
    {
        if (world.Faults.IsStoreIll)
            _mendedMs = world.Time.NowMs;
        world.Faults.IsStoreRefusing = world.Faults.IsStoreSlow = false;
        world.Time.After(AfterpainsMs, () =>
        {
            // Another trouble may have come and gone meanwhile: what it left under way is not over yet.
            if (!world.Faults.IsStoreIll && world.Time.NowMs >= _mendedMs + AfterpainsMs)
                segments.NoteStore(isWell: true);
        });
    }
}
