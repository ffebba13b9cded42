namespace Qschedd.Engine;

/// <summary>What became of configurations since the start, which itself took one. Owner: whoever reloads; any thread may read.</summary>
internal sealed class ReloadFigures(long startedMs)
{
    private long _taken;
    private long _refused;
    private long _takenMs = startedMs;
    private bool _isRefused;

    /// <summary>Taken into force after the start.</summary>
    public long Taken => Volatile.Read(ref _taken);

    /// <summary>Refused for mistakes, or unreadable.</summary>
    public long Refused => Volatile.Read(ref _refused);

    /// <summary>When the one in force was taken; epoch milliseconds.</summary>
    public long TakenMs => Volatile.Read(ref _takenMs);

    /// <summary>What is on disk is not in force.</summary>
    public bool IsRefused => Volatile.Read(ref _isRefused);

    public void OnTaken(long nowMs)
    {
        Volatile.Write(ref _takenMs, nowMs);
        Volatile.Write(ref _isRefused, false);
        _taken++;
    }

    public void OnRefused()
    {
        Volatile.Write(ref _isRefused, true);
        _refused++;
    }
}
