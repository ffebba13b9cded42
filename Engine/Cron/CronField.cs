namespace Qschedd.Engine.Cron;

internal enum CronFieldKind
{
    Second,
    Minute,
    Hour,
    DayOfMonth,
    Month,
    DayOfWeek,
    Year,
}

/// <summary>What a field may hold. Every set of values is a bit field: bit n stands for the value n (years apart).</summary>
internal sealed class CronField
{
    private CronField(CronFieldKind kind, string name, int min, int max, int stepMax, string hint, string names = "")
    {
        (Kind, Name, Min, Max, StepMax, Hint) = (kind, name, min, max, stepMax, hint);
        Names = new long[names.Length / 3];
        for (int i = 0; i < Names.Length; i++)
            Names[i] = CronCursor.CodeOf(names.AsSpan(i * 3, 3));
        AllBits = max < 64 ? (2UL << max) - (1UL << min) : 0;
        IsTime = kind <= CronFieldKind.Hour;
    }

    public CronFieldKind Kind { get; }
    public string Name { get; }
    public int Min { get; }
    public int Max { get; }
    /// <summary>Quartz refuses a greater step, rather than let it stand for the first value alone.</summary>
    public int StepMax { get; }
    /// <summary>What an operator may have meant by a value out of range.</summary>
    public string Hint { get; }
    /// <summary>Codes of the names in the order of their values, the first standing for <see cref="Min"/>.</summary>
    public long[] Names { get; }

    public bool IsTime { get; }
    /// <summary>Of a year: none.</summary>
    public ulong AllBits { get; }
    public string Range => $"{Min}-{Max}";

    /// <summary>In the order in which they stand.</summary>
    public static readonly CronField[] All =
    [
        new(CronFieldKind.Second, "second", 0, 59, 59, " (the full minute is 0)"),
        new(CronFieldKind.Minute, "minute", 0, 59, 59, " (the full hour is 0)"),
        new(CronFieldKind.Hour, "hour", 0, 23, 23, " (midnight is 0)"),
        new(CronFieldKind.DayOfMonth, "day-of-month", 1, 31, 31, " (the last day is L)"),
        new(CronFieldKind.Month, "month", 1, 12, 12, " (or JAN-DEC)", "JANFEBMARAPRMAYJUNJULAUGSEPOCTNOVDEC"),
        new(CronFieldKind.DayOfWeek, "day-of-week", 1, 7, 7, " (1 is SUN, 7 is SAT; names serve too)", "SUNMONTUEWEDTHUFRISAT"),
        new(CronFieldKind.Year, "year", MonthTable.FirstYear, MonthTable.LastYear, MonthTable.LastYear - MonthTable.FirstYear, ""),
    ];
}
