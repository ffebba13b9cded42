namespace Qschedd.Workers.Xxl;

/// <summary>Bounds of <see cref="XxlLink"/>; the defaults are the daemon's, tests shorten them.</summary>
internal sealed record XxlLimits
{
    public NativeLimits Connections { get; init; } = new();

    /// <summary>For the answer to everything but a run: executors themselves allow 3 s for such calls.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The pause before an executor that says it is busy is asked again; each further one is twice as long.</summary>
    public TimeSpan BusyPause { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>With the default pause an executor has three seconds to put an ended run away.</summary>
    public int BusyAsksMax { get; init; } = 5;

    /// <summary>Readers of logs have connections of their own: they must not take those of runs.</summary>
    public int LogConnectionsPerWorkerMax { get; init; } = 4;

    /// <summary>An executor sends the rest of a log in one answer, however long it is; a longer one is not read.</summary>
    public int LogBytesMax { get; init; } = 4 * 1024 * 1024;
}
