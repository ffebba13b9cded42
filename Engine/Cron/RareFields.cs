using System.Collections.Concurrent;
using System.Numerics;

namespace Qschedd.Engine.Cron;

/// <summary>
/// What few expressions hold: <c>L</c>, <c>W</c>, <c>#</c>, days that some months lack alone, and years. Kept apart so that the others
/// stay small. Immutable.
/// </summary>
/// <param name="daysByShape">Days of each shape of month (<see cref="MonthTable.Month.Shape"/>), bit 0 = the 1st.</param>
/// <param name="years">Null: all.</param>
/// <param name="firstDays">As <see cref="FirstDays"/>.</param>
internal sealed class RareFields(uint[] daysByShape, YearSet? years, int[]? firstDays = null)
{
    /// <summary>No month that is left has a matching day.</summary>
    public const int NoDay = int.MaxValue;

    // 11 KB each, for the sets of days that come first: few people have more, and whoever has searches month by month.
    private const int FirstDaysMax = 64;

    // Expressions with the same days share them. More than anyone writes come from callers who try many, and it begins anew.
    private const int SharedMax = 1000;
    private static readonly ConcurrentDictionary<(DayRule Rule, int Months), RareFields> Shared = new();
    private static int _firstDaysGiven;

    public uint[] DaysByShape => daysByShape;

    public YearSet? Years => years;

    /// <summary>
    /// Of each month the first matching day (from 1970-01-01) that is not before it, or <see cref="NoDay"/>: a date that comes every few
    /// years is one look away. Null: to be searched for.
    /// </summary>
    public int[]? FirstDays => firstDays;

    /// <summary>Null when neither the days nor the years are rare.</summary>
    /// <param name="rule">The days.</param>
    /// <param name="months">Bits 0-11: January to December.</param>
    /// <param name="years">Null: all.</param>
    public static RareFields? Of(in DayRule rule, int months, YearSet? years)
    {
        if (years is null && !rule.IsRare) return null;
        if (!Shared.TryGetValue((rule, months), out RareFields? fields))
        {
            if (Shared.Count >= SharedMax) Shared.Clear();
            fields = Shared.GetOrAdd((rule, months), Make(rule, months));
        }
        return years is null ? fields : new RareFields(fields.DaysByShape, years);
    }

    /// <summary>See <see cref="FirstDays"/>.</summary>
    public static int[] FirstDaysOf(uint[] daysByShape, int months)
    {
        int[] first = new int[MonthTable.MonthCount + 1];
        first[MonthTable.MonthCount] = NoDay;
        for (int index = MonthTable.MonthCount - 1; index >= 0; index--)
        {
            MonthTable.Month month = MonthTable.At(index);
            uint days = (months >> month.OfYear & 1) != 0 ? daysByShape[month.Shape] : 0;
            first[index] = days != 0 ? month.FirstDay + BitOperations.TrailingZeroCount(days) : first[index + 1];
        }
        return first;
    }

    private static RareFields Make(in DayRule rule, int months)
    {
        uint[] days = DaysOf(rule);
        // Usual days stand here for the sake of years, and those are searched anyway.
        bool isOneOfFew = rule.IsRare && Volatile.Read(ref _firstDaysGiven) < FirstDaysMax && Interlocked.Increment(ref _firstDaysGiven) <= FirstDaysMax;
        return new RareFields(days, null, isOneOfFew ? FirstDaysOf(days, months) : null);
    }

    private static uint[] DaysOf(in DayRule rule)
    {
        uint[] days = new uint[MonthTable.ShapeCount];
        for (int shape = 0; shape < days.Length; shape++)
            days[shape] = rule.DaysOf(28 + shape / 7, shape % 7);
        return days;
    }
}
