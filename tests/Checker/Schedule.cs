namespace Qschedd.Tests.Checker;

/// <summary>
/// What the rules of the contract make of a trigger's due times, given when the daemon ran and what the wall clock showed:
/// <list type="bullet">
/// <item>a due time that the wall clock passes while the daemon is well has a task, at once</item>
/// <item>one that was passed while it was not is made up within the misfire threshold; later, with <c>recover: retry</c>, the latest</item>
/// <item>one that the clock shows again is not due again; a clock that goes back by more than a day was wrong before</item>
/// </list>
/// Where a change or a fault blurs what must happen, nothing is demanded.
/// </summary>
internal sealed class Schedule
{
    public const long DayMs = 86_400_000;

    /// <summary>Around a bound, where either is right.</summary>
    private const long BlurMs = 5_000;

    /// <summary>After how long a step of the clock is noticed at the latest.</summary>
    private const long NoticeMs = 1_100;

    private readonly History _history;
    private readonly long[] _lows;
    private readonly long[] _highs;
    private readonly long[] _shown;

    public Schedule(History history)
    {
        _history = history;
        _lows = Lows();
        _highs = Highs();
        _shown = Shown();
    }

    /// <summary>The due times of a life's trigger that must have a task, each with the wall time by which it must have been taken up.</summary>
    public IEnumerable<(long DueMs, long TakenByWallMs)> Musts(JobLife life, TriggerSpec trigger)
    {
        var due = DueTimes.Of(trigger);
        long ownFromMs = long.MinValue;
        for (int i = 0; i < _history.Segments.Count; i++)
        {
            var segment = _history.Segments[i];
            long fromMs = Math.Max(segment.FromMs, life.SureFromMs);
            long toMs = Math.Min(segment.ToMs, life.SureToMs) - _history.SettleMs;
            if (life.SureFromMs >= segment.ToMs)
                continue;
            if (ownFromMs == long.MinValue)
                ownFromMs = fromMs + segment.WallOffsetMs; // what was due before is not its own
            if (life.SureFromMs <= segment.FromMs) // one that came after the step is none of those that were scheduled anew
                ownFromMs = Math.Min(ownFromMs, WrongClockBound(i));
            if (!segment.IsStoreWell || toMs <= fromMs)
                continue;
            foreach (var must in MustsOf(life, due, i, fromMs, toMs, ownFromMs))
                yield return must;
        }
    }

    /// <summary>Whether a row of this due time, taken up by that process at that wall time, is one that the rules make.</summary>
    public string? ObjectionTo(long dueMs, long takenWallMs, int pid, IReadOnlyList<(JobLife Life, TriggerSpec Trigger)> lives)
    {
        if (takenWallMs < dueMs && !WasShownAndTakenBack(dueMs, pid))
            return "it was taken up before it was due";
        var own = lives.Where(l => IsOwn(l.Life, dueMs, takenWallMs, pid)).ToList();
        if (own.Count == 0)
            return "its job was off, or not there, or due by other times";
        var due = DueTimes.Of(own[0].Trigger);
        if (!due.Contains(dueMs))
            return "its cron expression is not due then";
        long tooLateMs = takenWallMs - _history.MisfireThresholdMs - 1;
        if (dueMs > tooLateMs)
            return null;
        if (own.All(l => !l.Life.Spec.IsRetry))
            return "it was late by more than the misfire threshold, and recover is discard";
        return due.LatestIn(dueMs, tooLateMs) is { } later ? $"only the latest missed is made up, {later}" : null;
    }

    private IEnumerable<(long, long)> MustsOf(JobLife life, DueTimes due, int index, long fromMs, long toMs, long ownFromMs)
    {
        var segment = _history.Segments[index];
        long wallFromMs = fromMs + segment.WallOffsetMs;
        long lowMs = Math.Max(ownFromMs, fromMs == segment.FromMs ? _lows[index] : Math.Max(_lows[index], wallFromMs));
        // What the clock has shown before is on record, was missed then, or waits, by steps that nobody saw: not demanded again.
        lowMs = Math.Max(lowMs, _shown[index]);
        bool isKept = WaitedForTheStore(index);
        long takenFromMs = isKept ? _history.Segments[index - 1].WallFromMs : wallFromMs;
        long missedToMs = takenFromMs - _history.MisfireThresholdMs;
        if (!isKept && life.Spec.IsRetry && due.LatestIn(lowMs, missedToMs - BlurMs) is { } latest
            && due.LatestIn(missedToMs - BlurMs, missedToMs + BlurMs) is null)
            yield return (latest, TakenBy(index, latest, wallFromMs));
        long afterMs = Math.Max(lowMs, missedToMs + BlurMs);
        foreach (long dueMs in due.In(afterMs, toMs + segment.WallOffsetMs))
            yield return (dueMs, TakenBy(index, dueMs, wallFromMs));
    }

    /// <summary>It was due by the clock of a moment before, which has been set back since.</summary>
    private bool WasShownAndTakenBack(long dueMs, int pid) => _history.Segments.Exists(shown => shown.Pid == pid && shown.WallToMs >= dueMs
        && _history.Segments.Exists(next => next.Pid == pid && next.FromMs >= shown.ToMs && next.WallFromMs < shown.WallToMs));

    /// <summary>Of what the clock has shown before, the first time may have been late: nothing is demanded.</summary>
    private long TakenBy(int index, long dueMs, long wallFromMs) =>
        dueMs <= _highs[index] ? long.MaxValue : Math.Max(dueMs, wallFromMs) + _history.PromptMs;

    /// <summary>What came due before it was taken up in time, and waited in memory.</summary>
    private bool WaitedForTheStore(int index) => index > 0
        && _history.Segments[index].Beginning == Beginning.Store
        && _history.Segments[index - 1] is { Beginning: Beginning.Store, IsStoreWell: false } before
        && before.ToMs == _history.Segments[index].FromMs;

    /// <summary>For each stretch: up to which wall time due times are surely handled when it begins.</summary>
    private long[] Lows()
    {
        var lows = new long[_history.Segments.Count];
        long doneMs = long.MinValue;
        long beforeResetMs = long.MinValue; // what holds again, should the process die before a reset is on record
        for (int i = 0; i < lows.Length; i++)
        {
            var segment = _history.Segments[i];
            if (i == 0)
                doneMs = segment.WallFromMs;
            if (segment.Beginning == Beginning.Start)
            {
                // The daemon knows its last fire, not its last step: whether it finds its clock wrong is not known here.
                doneMs = Math.Min(Math.Max(doneMs, beforeResetMs), segment.WallFromMs + DayMs + BlurMs);
                beforeResetMs = long.MinValue;
            }
            else if (WrongClockBound(i) is var boundMs && boundMs < doneMs)
            {
                beforeResetMs = Math.Max(beforeResetMs, doneMs);
                doneMs = boundMs;
            }
            lows[i] = doneMs;
            if (!segment.IsStoreWell || segment.ToMs - segment.FromMs <= _history.SettleMs)
                continue;
            doneMs = Math.Max(doneMs, segment.WallToMs - _history.SettleMs);
            beforeResetMs = long.MinValue;
        }
        return lows;
    }

    /// <summary>For each stretch: the latest wall time that the daemon saw before it.</summary>
    private long[] Highs()
    {
        var highs = new long[_history.Segments.Count];
        for (int i = 0; i < highs.Length; i++)
            highs[i] = i == 0 ? long.MinValue : Math.Max(highs[i - 1], _history.Segments[i - 1].WallToMs);
        return highs;
    }

    /// <summary>
    /// For each stretch: up to where the clock had been when it last went back. What is due up to there is not due again, for a job that was
    /// turned on in between neither, nor is it when the clock has caught up and that time belongs to what the next stretch makes up. But a
    /// clock that went back by more than a day was wrong: jobs are due from then, unless the process dies before that is on record.
    /// </summary>
    private long[] Shown()
    {
        var shown = new long[_history.Segments.Count];
        var (shownMs, highMs, beforeResetMs) = (long.MinValue, long.MinValue, long.MinValue);
        for (int i = 0; i < shown.Length; i++)
        {
            var segment = _history.Segments[i];
            highMs = i == 0 ? highMs : Math.Max(highMs, _history.Segments[i - 1].WallToMs);
            long boundMs = WrongClockBound(i);
            if (segment.Beginning == Beginning.Start)
                (highMs, shownMs, beforeResetMs) = (
                    Math.Min(Math.Max(highMs, beforeResetMs), boundMs), Math.Min(Math.Max(shownMs, beforeResetMs), boundMs), long.MinValue);
            else if (boundMs < highMs)
                (beforeResetMs, highMs, shownMs) = (Math.Max(beforeResetMs, highMs), boundMs, boundMs);
            shown[i] = shownMs = highMs > segment.WallFromMs ? Math.Max(shownMs, highMs) : shownMs;
            if (segment.IsStoreWell && segment.ToMs - segment.FromMs > _history.SettleMs)
                beforeResetMs = long.MinValue;
        }
        return shown;
    }

    /// <summary>Set back by more than a day, jobs are scheduled from then; else no bound.</summary>
    private long WrongClockBound(int index)
    {
        if (index == 0)
            return long.MaxValue;
        var (before, now) = (_history.Segments[index - 1], _history.Segments[index]);
        if (now.Beginning == Beginning.Start)
            return now.WallFromMs + DayMs + BlurMs;
        return before.WallToMs - now.WallFromMs > DayMs + BlurMs ? now.WallFromMs + NoticeMs : long.MaxValue;
    }

    private bool IsOwn(JobLife life, long dueMs, long takenWallMs, int pid)
    {
        bool hasSteppedBack = false;
        Segment? before = null;
        foreach (var segment in _history.Segments)
        {
            if (segment.ToMs < life.FromMs)
                continue;
            long fromMs = Math.Max(segment.FromMs, life.FromMs);
            if (fromMs > life.ToMs)
                break;
            // Also while no process ran, or one that was stopping: a life begins at what the clock showed then.
            hasSteppedBack |= segment.WallOffsetMs < life.WallFromMs - life.FromMs || (before is not null && before.WallToMs > segment.WallFromMs);
            before = segment;
            long takenMs = takenWallMs - segment.WallOffsetMs;
            if (segment.Pid == pid && takenMs >= fromMs - 1 && takenMs <= Math.Min(segment.ToMs, life.ToMs) + 1
                && (dueMs > life.WallFromMs - 1_000 || hasSteppedBack))
                return true;
        }
        return false;
    }
}
