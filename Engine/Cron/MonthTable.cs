using System.Runtime.CompilerServices;

namespace Qschedd.Engine.Cron;

/// <summary>
/// The 2,760 months that a cron year can name, 1970-2199, numbered from 0; days are numbered from 1970-01-01.
/// A table of first days replaces date arithmetic: finding the month of a day is a multiplication and at most one correction.
/// </summary>
internal static class MonthTable
{
    public const int FirstYear = 1970;
    public const int LastYear = 2199;
    public const int MonthCount = (LastYear - FirstYear + 1) * 12;

    /// <summary>Four lengths with seven first weekdays each: the shape is (length - 28) * 7 + first weekday.</summary>
    public const int ShapeCount = 28;

    /// <summary>Seconds of local time from 1970-01-01T00:00 to the end of 2199.</summary>
    public const long EndOfTime = DayCount * 86400L;

    // A week's pattern, laid end to end over six weeks by multiplying.
    private const ulong SixWeeks = 1UL | 1UL << 7 | 1UL << 14 | 1UL << 21 | 1UL << 28 | 1UL << 35;

    private const int DayCount = 84_006;

    // A month in one word: bits 0-16 its first day, 17-19 that day's weekday, 20-21 its length less 28, 22-25 its place in the
    // year, 26-30 its shape. One entry more than months, so that the day after the last one can be told.
    private static readonly uint[] Months = Build();

    public static Month At(int month) => new(Months[month]);

    /// <summary>The month that a day falls in; <paramref name="day"/> is from 0 to the last day of 2199.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int IndexOf(int day)
    {
        // Of 30.4369 days each, less 3 days: never too late, and at most one too early (tested for every day).
        int month = (int)(Math.Max(day - 3, 0) * 2153L >> 16);
        return day < At(month + 1).FirstDay ? month : month + 1;
    }

    /// <summary>Days of a month that are among some days (bit 0 = the 1st) and fall on some weekdays (bit 0 = Sunday).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint DaysOf(uint days, uint weekdays, int length, int firstWeekday) =>
        days & (uint)(weekdays * SixWeeks >> firstWeekday) & uint.MaxValue >> 32 - length;

    public readonly struct Month(uint packed)
    {
        public int FirstDay => (int)(packed & 0x1FFFF);

        /// <summary>0 = Sunday ... 6 = Saturday, of the first day.</summary>
        public int FirstWeekday => (int)(packed >> 17 & 7);

        public int Length => 28 + (int)(packed >> 20 & 3);

        /// <summary>0 = January ... 11 = December.</summary>
        public int OfYear => (int)(packed >> 22 & 15);

        /// <summary>One of <see cref="ShapeCount"/>: months of one shape have the same length, and the same weekdays on their days.</summary>
        public int Shape => (int)(packed >> 26);
    }

    private static uint[] Build()
    {
        uint[] months = new uint[MonthCount + 1];
        uint day = 0;
        for (int month = 0; month <= MonthCount; month++)
        {
            uint length = (uint)LengthOf(FirstYear + month / 12, month % 12);
            uint weekday = (day + 4) % 7; // day 0 was a Thursday
            uint shape = (length - 28) * 7 + weekday;
            months[month] = day | weekday << 17 | length - 28 << 20 | (uint)(month % 12) << 22 | shape << 26;
            day += length;
        }
        return months;
    }

    private static int LengthOf(int year, int monthFromZero) => monthFromZero switch
    {
        1 => IsLeap(year) ? 29 : 28,
        3 or 5 or 8 or 10 => 30,
        _ => 31,
    };

    public static bool IsLeap(int year) => year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}
