using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// Counts since the start, by reason, the runs that did not come about: of each job with the last of each reason, and of all jobs.
/// Owner: the loop; any thread may read.
/// </summary>
internal sealed class SkipTally
{
    /// <summary>Of a message more than this is not kept with the job.</summary>
    private const int MessageCharsMax = 512;

    private readonly long[] _totals = new long[SkipReasons.All.Length];

    public long Total(SkipReason reason) => Volatile.Read(ref _totals[(int)reason]);

    public void Note(JobState job, SkipReason reason, string message, long atMs, long count = 1)
    {
        _totals[(int)reason] += count;
        string kept = message.Length <= MessageCharsMax ? message : message[..MessageCharsMax];
        job.Skips = With(job.Skips, new SkipCount(reason, count, atMs, kept));
    }

    /// <summary>Adds to the entry of that reason; the later word counts. Pure: readers hold on to what they have read.</summary>
    public static SkipCount[] With(SkipCount[] skips, SkipCount more)
    {
        int index = Array.FindIndex(skips, s => s.Reason == more.Reason);
        if (index < 0)
            return [.. skips, more];
        SkipCount[] copy = [.. skips];
        var (earlier, later) = copy[index].LastAtMs <= more.LastAtMs ? (copy[index], more) : (more, copy[index]);
        copy[index] = later with { Count = earlier.Count + later.Count };
        return copy;
    }
}
