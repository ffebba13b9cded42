using Qschedd.Engine.Model;

namespace Qschedd.Cli.Run;

/// <summary>What reading a large configuration leaves on the heap goes back to the system, rather than wait for the next reading.</summary>
internal static class Leftovers
{
    private const int JobsMany = 10_000;

    /// <summary>Before anything fires: at once and whole, with all threads stopped.</summary>
    public static void ReleaseAtStart(Catalog catalog)
    {
        if (catalog.Jobs.Count >= JobsMany)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    /// <summary>While jobs fire: beside them. Else the catalog before stays until the one after the next fills the heap.</summary>
    public static void ReleaseBehindFires(Catalog catalog)
    {
        if (catalog.Jobs.Count >= JobsMany)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false, compacting: false);
    }
}
