using System.Runtime;

namespace Qschedd.Cli.Run;

/// <summary>
/// Keeps the collector from work while the states of many jobs are made, until callers can be answered: they stay, so that it would free
/// little and move all of them, a twentieth of the start. What is read from the database of an earlier process waits meanwhile: some 20 MB
/// of 100,000 jobs.
/// </summary>
/// <remarks>It ends by itself when more is made than was asked for. Once in a process, which a start that fails ends too.</remarks>
internal static class Uncollected
{
    private const int JobsMany = 10_000;

    // What the engine makes for a job with one trigger is about 560 bytes, and what it keeps in long lists 40.
    private const long BytesPerJob = 640;
    private const long ListBytesPerJob = 64;

    /// <summary>Where there is not so much memory, all is as it would be without.</summary>
    public static void Begin(int jobs)
    {
        if (jobs < JobsMany)
            return;
        try
        {
            _ = GC.TryStartNoGCRegion(jobs * (BytesPerJob + ListBytesPerJob), jobs * ListBytesPerJob, disallowFullBlockingGC: true);
        }
        catch (ArgumentOutOfRangeException)
        {
            // More than the collector can promise.
        }
    }

    public static void End()
    {
        if (GCSettings.LatencyMode != GCLatencyMode.NoGCRegion)
            return;
        try
        {
            GC.EndNoGCRegion();
        }
        catch (InvalidOperationException)
        {
            // More was made than was asked for: the collector has ended it meanwhile.
        }
    }
}
