using System.Numerics;

namespace Qschedd.Engine.Cron;

/// <summary>
/// What few expressions hold: <c>L</c>, <c>W</c>, <c>#</c> and a year. Kept apart so that the others stay small.
/// Invariant: only the parser writes it, before anyone else sees it.
/// </summary>
internal sealed class RareFields
{
    private ulong _years0, _years1, _years2, _years3;

    /// <summary>Bit n: <c>L-n</c>; bit 0: <c>L</c>.</summary>
    public uint LastDays { get; set; }

    /// <summary>Bit n - 1: <c>nW</c>.</summary>
    public uint NearestTo { get; set; }

    /// <summary>Bit n: <c>L-nW</c>; bit 0: <c>LW</c>.</summary>
    public uint NearestToLast { get; set; }

    /// <summary>Which of its week days in a month: 1-5, <see cref="Last"/>, or 0: none.</summary>
    public int Nth { get; set; }

    /// <summary>0 = Sunday: the day of <c>n#k</c> and <c>nL</c>.</summary>
    public int NthWeekday { get; set; }

    public const int Last = -1;

    public bool HasYears { get; private set; }

    public void AddYears(int from, int to, int step)
    {
        HasYears = true;
        (from, to) = (from - MonthTable.FirstYear, to - MonthTable.FirstYear);
        for (int word = from >> 6; word <= to >> 6; word++)
        {
            ulong bits = 0;
            for (; from <= to && from >> 6 == word; from += step) bits |= 1UL << from;
            YearWord(word) |= bits;
        }
    }

    /// <summary>The first year in the set from <paramref name="yearFromZero"/> (0 = 1970) on, or a number past the last one.</summary>
    public int NextYear(int yearFromZero)
    {
        if (!HasYears) return yearFromZero;
        for (int word = yearFromZero >> 6, bit = yearFromZero & 63; word < 4; word++, bit = 0)
        {
            ulong rest = YearWord(word) >> bit;
            if (rest != 0) return (word << 6) + bit + BitOperations.TrailingZeroCount(rest);
        }
        return int.MaxValue;
    }

    /// <summary>Days of a month, bit 0 = the 1st. A day that the month does not have is left out: <c>31W</c> never moves to the 30th.</summary>
    public uint DaysOf(int length, int firstWeekday)
    {
        uint days = 0;
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

    private int NthDay(int length, int firstWeekday)
    {
        int first = (NthWeekday - firstWeekday + 7) % 7;
        return Nth == Last ? first + (length - 1 - first) / 7 * 7 : first + (Nth - 1) * 7;
    }

    private ref ulong YearWord(int word)
    {
        switch (word)
        {
            case 0: return ref _years0;
            case 1: return ref _years1;
            case 2: return ref _years2;
            default: return ref _years3;
        }
    }
}
