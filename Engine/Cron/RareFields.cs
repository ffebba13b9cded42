using System.Collections.Concurrent;

namespace Qschedd.Engine.Cron;

/// <summary>
/// What few expressions hold: <c>L</c>, <c>W</c>, <c>#</c>, days that some months lack alone, and years. Kept apart so that the others
/// stay small. Immutable.
/// </summary>
/// <param name="daysByShape">Days of each shape of month (<see cref="MonthTable.Month.Shape"/>), bit 0 = the 1st.</param>
/// <param name="years">Null: all.</param>
internal sealed class RareFields(uint[] daysByShape, YearSet? years)
{
    // Expressions with the same days share them. More than anyone writes come from callers who try many, and it begins anew.
    private const int SharedMax = 1000;
    private static readonly ConcurrentDictionary<DayRule, RareFields> Shared = new();

    public uint[] DaysByShape => daysByShape;

    public YearSet? Years => years;

    /// <summary>Null when neither the days nor the years are rare.</summary>
    public static RareFields? Of(in DayRule rule, YearSet? years)
    {
        if (years is null && !rule.IsRare) return null;
        if (!Shared.TryGetValue(rule, out RareFields? fields))
        {
            if (Shared.Count >= SharedMax) Shared.Clear();
            fields = Shared.GetOrAdd(rule, new RareFields(DaysOf(rule), null));
        }
        return years is null ? fields : new RareFields(fields.DaysByShape, years);
    }

    private static uint[] DaysOf(in DayRule rule)
    {
        uint[] days = new uint[MonthTable.ShapeCount];
        for (int shape = 0; shape < days.Length; shape++)
            days[shape] = rule.DaysOf(28 + shape / 7, shape % 7);
        return days;
    }
}
