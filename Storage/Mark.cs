namespace Qschedd.Storage;

/// <summary>How far a database had come: numbers that only ever grow, so that one that is smaller tells of a loss.</summary>
/// <param name="Start">Starts of a daemon on it.</param>
/// <param name="Commits">Transactions of the journal.</param>
/// <param name="TaskSeq">The greatest task number ever committed.</param>
/// <param name="WatermarkMs">Every fire due by then is on record; <see cref="NoWatermark"/>: none was kept yet.</param>
internal readonly record struct Mark(long Start, long Commits, long TaskSeq, long WatermarkMs)
{
    public const long NoWatermark = long.MinValue;

    public static readonly Mark Nothing = new(0, 0, 0, NoWatermark);

    /// <summary>Compares what a database holds with what it is known to have held.</summary>
    public static Standing Judge(Mark found, Mark known) => found switch
    {
        { Start: 0 } when known.Start > 0 => Standing.Emptied,
        _ when found.Start < known.Start || found.Commits < known.Commits => Standing.WentBack,
        // The mark is written after each commit, so at the same commit both say the same.
        _ when found.Commits == known.Commits && found != known => Standing.Differs,
        _ => Standing.Whole,
    };

    /// <summary>
    /// From where a start goes on. Task numbers never repeat; fires that were on record before the loss are not fired again; and
    /// where there was a loss, the mark itself may be a moment behind what was given out.
    /// </summary>
    public static Mark GoOn(Mark found, Mark known)
    {
        Standing standing = Judge(found, known);
        bool isLess = standing != Standing.Whole;
        return new Mark(
            Math.Max(found.Start, known.Start) + 1,
            Math.Max(found.Commits, known.Commits) + 1,
            Math.Max(found.TaskSeq, known.TaskSeq) + (standing is Standing.WentBack or Standing.Emptied ? TaskSeqGap : 0),
            isLess ? Math.Max(found.WatermarkMs, known.WatermarkMs) : found.WatermarkMs);
    }

    /// <summary>More tasks than any daemon starts between two syncs of the mark.</summary>
    private const long TaskSeqGap = 1_000_000;
}

internal enum Standing
{
    Whole,
    /// <summary>Commits that were made are not in it: an older copy, or its -wal file was lost or cut.</summary>
    WentBack,
    /// <summary>No daemon was ever started on it, but on its name one was.</summary>
    Emptied,
    /// <summary>As many commits, but other numbers: damaged.</summary>
    Differs,
}
