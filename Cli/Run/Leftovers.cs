using System.Runtime.InteropServices;
using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Storage;

namespace Qschedd.Cli.Run;

/// <summary>What reading a large configuration leaves in memory goes back to the system, rather than wait for the next reading.</summary>
internal static partial class Leftovers
{
    private const int JobsMany = 10_000;

    /// <summary>A whole collection stops all threads for about so long; it is made where nothing is due meanwhile, with room to spare.</summary>
    private const long MicrosecondsPerJob = 20;
    private const long SpareMs = 500;

    /// <summary>Until the rows of a first start are on disk, amply.</summary>
    private const long MicrosecondsToKeepJob = 40;

    /// <summary>The rows of more take so long that what lies about in memory is not to wait for them.</summary>
    private const int JobsSoonKept = 250_000;

    /// <summary>
    /// Before anything fires: at once and whole, with all threads stopped. Not when that can be done as well behind the first answer,
    /// which it would put off by a fifth.
    /// </summary>
    public static void ReleaseAtStart(EngineCore core)
    {
        int jobs = core.Jobs.Published.Jobs.Count;
        bool canWait = jobs <= JobsSoonKept && IsTime(core, jobs * (MicrosecondsPerJob + MicrosecondsToKeepJob));
        if (jobs >= JobsMany && !canWait)
            Release(isWhole: true);
    }

    /// <summary>
    /// When the rows of the first start are on disk: they are a third of what the jobs themselves take, and a daemon that
    /// has nothing to do makes no garbage that would have them collected. In the loop.
    /// </summary>
    public static void ReleaseWhenKept(EngineCore core, SqliteStore store)
    {
        int jobs = core.Jobs.Published.Jobs.Count;
        if (jobs < JobsMany)
            return;
        core.Journal.WhenDurable(_ =>
        {
            bool isTime = IsTime(core, jobs * MicrosecondsPerJob);
            store.DropCache(static () => ReturnFreed());
            ThreadPool.UnsafeQueueUserWorkItem(static isWhole => Release(isWhole), isTime, preferLocal: false);
        });
    }

    /// <summary>While jobs fire: beside them. Else the catalog before stays until the one after the next fills the heap.</summary>
    public static void ReleaseBehindFires(Catalog catalog)
    {
        if (catalog.Jobs.Count >= JobsMany)
            Release(isWhole: false);
    }

    /// <summary>Nothing is due for so long.</summary>
    private static bool IsTime(EngineCore core, long microseconds) =>
        core.Firing.NextDueMs - core.Clock.WallMs > SpareMs + microseconds / 1000;

    private static void Release(bool isWhole)
    {
        if (isWhole)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        else
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false, compacting: false);
    }

    private static void ReturnFreed()
    {
        try
        {
            TrimHeap(0);
        }
        catch (EntryPointNotFoundException)
        {
            // Under the JIT, another C library than GNU's, which has its own ways to give memory back. The built binary needs GNU's.
        }
    }

    /// <summary>What SQLite has freed, the C library keeps.</summary>
    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint keepBytes);
}
