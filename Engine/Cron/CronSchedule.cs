namespace Qschedd.Engine.Cron;

/// <summary>An expression in a zone: readings of its wall clock become instants. Immutable; a search allocates nothing.</summary>
/// <remarks>
/// Between changes of the offset every matching reading is one fire. At a change, with an hour skipped or repeated:
/// <code>
///                                          skipped 02:00-03:00            repeated 01:00-02:00 (or 02:00-03:00)
/// fixed     0 30 2 * * ?                   03:30 (the instant that 02:30  the first 02:30, once
///                                          would have had), once
///           0 30 1-3 * * ?                 01:30, 03:30: two readings,    each once
///                                          one instant, one fire
///           0 0,30 2 * * ?                 03:00, 03:30                   the first 02:00 and 02:30
/// interval  0 * * * * ?, 0 0/30 * * * ?    no pause, no extra fire        both hours, every minute or half-hour
///           0 0 * * * ?                    01:00, 03:00: an hour apart    both, an hour apart
///           0 30 */2 * * ?                 00:30, 03:30 (two hours), and  both 02:30
///                                          on the clock again at 04:30
///           0 0/30 2 * * ?                 03:00, 03:30                   both hours
/// </code>
/// Rules
/// - Interval: the expression has a '*' or a '/' in seconds, minutes or hours. Lists and ranges alone are fixed times.
/// - Fixed: a reading fires at its first occurrence, never again when the clock repeats it.
/// - Interval: a reading fires whenever the clock shows it.
/// - A skipped reading fires at the instant that it would have had under the offset before the change. An interval's
///   is dropped when the clock has shown a matching reading by then: elapsed time is followed until the clock takes over
///   (it matters where the skip is no multiple of the interval: Lord Howe skips half an hour).
/// - Two readings that come to one instant are one fire.
/// The same rules, and no others, hold for midnight (Santiago), for half hours (Lord Howe), for a skipped day (Apia,
/// 2011-12-30: its fires fall on the same times of the 31st) and for changes less than a day apart.
/// Source of the table of fixed times: Quartz.NET 3.22, which Java Quartz and Cronos do not follow.
/// </remarks>
internal sealed class CronSchedule(CronExpression expression, ZoneTable zone)
{
    public const long Never = long.MaxValue;

    // Every reading from 1970 to 2199 lies between these, in any zone.
    private const long FirstMs = -2 * 86_400_000L;
    private const long LastMs = MonthTable.EndOfTime * 1000 + 2 * 86_400_000L;

    // No offset change is greater: Apia and Kwajalein skipped a day.
    private const long SkipMax = 26 * 3600L;

    public CronExpression Expression => expression;

    public ZoneTable Zone => zone;

    /// <summary>The first fire after an instant, in epoch milliseconds on a whole second; Never when none comes before 2200.</summary>
    public long NextAfterMs(long afterMs)
    {
        long from = SecondAfter(afterMs);
        long fire = zone.IsFixed ? NextAtFixedOffset(from) : NextFrom(from);
        return fire == CronExpression.NoReading ? Never : fire * 1000;
    }

    /// <summary>As <see cref="NextAfterMs"/>, in the zone's offset (cut to minutes, as DateTimeOffset holds no seconds of it).</summary>
    public DateTimeOffset? NextAfter(DateTimeOffset after)
    {
        long fire = NextAfterMs(after.ToUnixTimeMilliseconds());
        if (fire == Never) return null;
        return DateTimeOffset.FromUnixTimeMilliseconds(fire).ToOffset(TimeSpan.FromMinutes(zone.OffsetSecondsAt(fire) / 60));
    }

    public bool FiresAfter(long afterMs) => NextAfterMs(afterMs) != Never;

    /// <summary>
    /// The latest fire after <paramref name="afterMs"/> and not after <paramref name="untilMs"/>, or Never. Some dozens of
    /// searches, however many fires lie between.
    /// </summary>
    public long LatestInMs(long afterMs, long untilMs)
    {
        (afterMs, untilMs) = (Math.Max(afterMs, FirstMs), Math.Min(untilMs, LastMs));
        if (NextAfterMs(afterMs) > untilMs) return Never;
        // Ever longer steps back from the end, to the first that sees a fire: none lies after the step before it.
        long width = 1000, from = untilMs, end = untilMs;
        while (from > afterMs && NextAfterMs(from) > untilMs)
        {
            end = from;
            from = untilMs - afterMs > width ? untilMs - width : afterMs;
            width *= 2;
        }
        return LatestBetween(from, end);
    }

    /// <summary>The number of fires after one instant and not after another, counted up to a bound; whether there are more.</summary>
    public (int Count, bool More) CountIn(long afterMs, long untilMs, int max)
    {
        int count = 0;
        for (long fire = NextAfterMs(afterMs); fire <= untilMs && fire != Never; fire = NextAfterMs(fire))
        {
            if (count == max) return (count, true);
            count++;
        }
        return (count, false);
    }

    // Invariant: a fire lies in (from, end], and none in (end, the caller's end].
    private long LatestBetween(long from, long end)
    {
        long latest = NextAfterMs(from);
        while (NextAfterMs(latest) is var next && next <= end)
        {
            latest = next;
            long middle = latest + (end - latest) / 2;
            long late = NextAfterMs(middle);
            if (late <= end) latest = late;
            else end = middle;
        }
        return latest;
    }

    private static long SecondAfter(long ms) => (long)((ulong)(Math.Clamp(ms, FirstMs, LastMs) - FirstMs) / 1000) + FirstMs / 1000 + 1;

    private long NextAtFixedOffset(long from)
    {
        long reading = expression.NextReading(from + zone.OffsetMax);
        return reading == CronExpression.NoReading ? reading : reading - zone.OffsetMax;
    }

    private long NextFrom(long from)
    {
        ReadOnlySpan<ZoneSpan> spans = zone.Spans;
        int index = zone.IndexAt(from);
        ref readonly ZoneSpan span = ref spans[index];
        var readings = new Readings(expression);
        if (from >= span.PlainFrom)
        {
            long reading = readings.From(from + span.Offset);
            if (reading < spans[index + 1].Start + span.Offset) return reading - span.Offset;
        }
        return NextAcross(spans, index, from, ref readings);
    }

    // Each span offers its first matching reading and its first skipped one; no later span offers anything before its start.
    private long NextAcross(ReadOnlySpan<ZoneSpan> spans, int current, long from, ref Readings readings)
    {
        long fire = CronExpression.NoReading;
        for (int index = OldestDue(spans, current, from); index < spans.Length - 1 && spans[index].Start <= fire;)
        {
            fire = Math.Min(fire, SkippedFire(spans, index, from, ref readings));
            long first = FirstReading(spans[index], from);
            long reading = readings.From(first);
            if (reading < spans[index + 1].Start + spans[index].Offset) return Math.Min(fire, reading - spans[index].Offset);
            index = NextSpan(spans, index, first, reading);
        }
        return fire;
    }

    private static int OldestDue(ReadOnlySpan<ZoneSpan> spans, int current, long from)
    {
        int index = current;
        if (from >= spans[index].PlainFrom) return index;
        while (index > 0 && spans[index].Start > from - SkipMax) index--;
        return index;
    }

    private long FirstReading(in ZoneSpan span, long from)
    {
        long reading = Math.Max(from, span.Start) + span.Offset;
        return expression.IsInterval ? reading : Math.Max(reading, span.Seen);
    }

    // No reading from `first` to `reading` matches: spans whose clock stays between them need no search.
    private int NextSpan(ReadOnlySpan<ZoneSpan> spans, int index, long first, long reading)
    {
        if (reading == CronExpression.NoReading) reading = MonthTable.EndOfTime;
        bool mayRepeat = spans[index + 1].Start + zone.OffsetMin < first;
        return mayRepeat ? index + 1 : Math.Max(index + 1, zone.IndexAt(reading - zone.OffsetMax));
    }

    private long SkippedFire(ReadOnlySpan<ZoneSpan> spans, int index, long from, ref Readings readings)
    {
        ref readonly ZoneSpan span = ref spans[index];
        long end = span.Start + span.Offset;
        if (index == 0 || span.Seen >= end) return CronExpression.NoReading;
        int before = spans[index - 1].Offset;
        long reading = readings.From(Math.Max(span.Seen, from + before));
        if (reading >= end) return CronExpression.NoReading;
        long fire = reading - before;
        return expression.IsInterval && ShowsMatch(spans, index, fire) ? CronExpression.NoReading : fire;
    }

    // Whether the clock shows a matching reading from the start of a span to an instant.
    private bool ShowsMatch(ReadOnlySpan<ZoneSpan> spans, int index, long until)
    {
        for (; spans[index].Start < until; index++)
        {
            long end = Math.Min(until, spans[index + 1].Start);
            if (expression.NextReading(spans[index].Start + spans[index].Offset) < end + spans[index].Offset) return true;
        }
        return false;
    }

    /// <summary>Remembers the last answer: between the reading asked for and the one found, every question has the same one.</summary>
    private struct Readings(CronExpression expression)
    {
        private long _asked = 1, _found;

        public long From(long reading)
        {
            if (reading < _asked || reading > _found) (_asked, _found) = (reading, expression.NextReading(reading));
            return _found;
        }
    }
}
