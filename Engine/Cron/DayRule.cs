using System.Numerics;

namespace Qschedd.Engine.Cron;

/// <summary>What the two day fields of an expression say.</summary>
internal record struct DayRule
{
    public const int LastOfMonth = -1;

    /// <summary>Bit n - 1: the day n.</summary>
    public uint Days;

    /// <summary>Bit 0 = Sunday.</summary>
    public uint Weekdays;

    /// <summary>Bit n: <c>L-n</c>; bit 0: <c>L</c>.</summary>
    public uint LastDays;

    /// <summary>Bit n - 1: <c>nW</c>.</summary>
    public uint NearestTo;

    /// <summary>Bit n: <c>L-nW</c>; bit 0: <c>LW</c>.</summary>
    public uint NearestToLast;

    /// <summary>Which of its week days in a month: 1-5, <see cref="LastOfMonth"/>, or 0: none.</summary>
    public int Nth;

    /// <summary>0 = Sunday: the day of <c>n#k</c> and <c>nL</c>.</summary>
    public int NthWeekday;

    /// <summary>It asks for more than days that every month has, and weekdays.</summary>
    public readonly bool IsRare => (LastDays | NearestTo | NearestToLast) != 0 || Nth != 0 || Days << 4 == 0;

    /// <summary>Days of a month, bit 0 = the 1st. A day that the month does not have is left out: <c>31W</c> never moves to the 30th.</summary>
    public readonly uint DaysOf(int length, int firstWeekday)
    {
        uint days = MonthTable.DaysOf(Days, Weekdays, length, firstWeekday);
        for (uint rest = LastDays; rest != 0; rest &= rest - 1)
            days |= Bit(length - 1 - BitOperations.TrailingZeroCount(rest), length);
        for (uint rest = NearestTo; rest != 0; rest &= rest - 1)
            days |= NearestBit(BitOperations.TrailingZeroCount(rest), length, firstWeekday);
        for (uint rest = NearestToLast; rest != 0; rest &= rest - 1)
            days |= NearestBit(length - 1 - BitOperations.TrailingZeroCount(rest), length, firstWeekday);
        if (Nth != 0) days |= Bit(NthDay(length, firstWeekday), length);
        return days;
    }

    private static uint Bit(int day, int length) => (uint)day < (uint)length ? 1u << day : 0;

    // The week day (Monday to Friday) nearest to a day, inside its month: the 1st on a Saturday moves forward to the 3rd.
    private static uint NearestBit(int day, int length, int firstWeekday)
    {
        if ((uint)day >= (uint)length) return 0;
        int nearest = ((firstWeekday + day) % 7) switch
        {
            6 => day == 0 ? day + 2 : day - 1,
            0 => day == length - 1 ? day - 2 : day + 1,
            _ => day,
        };
        return 1u << nearest;
    }

    private readonly int NthDay(int length, int firstWeekday)
    {
        int first = (NthWeekday - firstWeekday + 7) % 7;
        return Nth == LastOfMonth ? first + (length - 1 - first) / 7 * 7 : first + (Nth - 1) * 7;
    }
}
