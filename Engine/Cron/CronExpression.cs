using System.Numerics;
using System.Runtime.CompilerServices;

namespace Qschedd.Engine.Cron;

/// <summary>
/// A Quartz cron expression: <c>second minute hour day-of-month month day-of-week [year]</c>. Immutable; a search allocates
/// nothing. It knows no zone: it searches readings of a wall clock, in seconds from 1970-01-01T00:00 to the end of 2199.
/// </summary>
/// <remarks>
/// Time of day: one bit per second, minute and hour; the next value is the lowest bit left after a shift.
/// Days: for each month that may match, one mask of its days is computed, so that a rare date costs a step per month, not per day.
/// </remarks>
internal sealed class CronExpression
{
    /// <summary>No reading matches any more. Greater than every reading and every instant.</summary>
    public const long NoReading = 1L << 62;

    private const int SecondsPerDay = 86400;

    private const uint TwoYears = 1u | 1u << 12;

    private readonly RareFields? _rare;
    private readonly ulong _seconds;    // bits 0-59
    private readonly ulong _minutes;    // bits 0-59
    private readonly uint _hours;       // bits 0-23
    private readonly uint _daysOfMonth; // bits 0-30: the 1st to the 31st
    private readonly int _firstTimeOfDay;
    private readonly ushort _months;    // bits 0-11: January to December
    private readonly byte _weekdays;    // bits 0-6: Sunday to Saturday
    private readonly Shape _shape;

    [Flags]
    private enum Shape : byte
    {
        Interval = 1,
        EveryDay = 2,
    }

    internal CronExpression(string text, in CronSets sets)
    {
        Text = text;
        _seconds = sets[CronFieldKind.Second];
        _minutes = sets[CronFieldKind.Minute];
        _hours = (uint)sets[CronFieldKind.Hour];
        _daysOfMonth = sets.Days.Days;
        _months = (ushort)(sets[CronFieldKind.Month] >> 1);
        _weekdays = (byte)sets.Days.Weekdays;
        _rare = RareFields.Of(sets.Days, _months, sets.Years);
        if (sets.Interval) _shape |= Shape.Interval;
        if (_rare is null && (_daysOfMonth, _months, _weekdays) == (0x7FFF_FFFF, 0xFFF, 0x7F)) _shape |= Shape.EveryDay;
        _firstTimeOfDay = BitOperations.TrailingZeroCount(_hours) * 3600
            + BitOperations.TrailingZeroCount(_minutes) * 60 + BitOperations.TrailingZeroCount(_seconds);
    }

    /// <summary>Null, with <paramref name="error"/> set, when the text is no expression.</summary>
    public static CronExpression? Parse(string text, out CronError? error) => CronParser.Parse(text, out error);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>It has a <c>*</c> or a <c>/</c> in seconds, minutes or hours: see <see cref="CronSchedule"/>.</summary>
    public bool IsInterval => (_shape & Shape.Interval) != 0;

    /// <summary>False when no date from 1970 to 2199 matches, such as 30 February.</summary>
    public bool EverFires => NextReading(0) != NoReading;

    public override string ToString() => Text;

    /// <summary>The first matching reading at or after <paramref name="reading"/>, or <see cref="NoReading"/>.</summary>
    public long NextReading(long reading)
    {
        if (reading < 0) reading = 0;
        if (reading >= MonthTable.EndOfTime) return NoReading;
        int day = (int)((ulong)reading / SecondsPerDay);
        int timeOfDay = (int)(reading - (long)day * SecondsPerDay);
        if ((_shape & Shape.EveryDay) == 0) return NextOnDays(day, timeOfDay);

        int time = NextTimeOfDay(timeOfDay);
        if (time >= 0) return reading - timeOfDay + time;
        long next = (day + 1L) * SecondsPerDay + _firstTimeOfDay;
        return next < MonthTable.EndOfTime ? next : NoReading;
    }

    // Apart, so that a search of an expression for every day saves no registers for this.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private long NextOnDays(int day, int timeOfDay)
    {
        int index = MonthTable.IndexOf(day);
        int[]? firstDays = _rare?.FirstDays;
        if (firstDays is not null && firstDays[index] > day) return FirstTimeOn(firstDays[index]);
        MonthTable.Month month = MonthTable.At(index);
        // From here on bit 0 is the day itself.
        uint days = IsAllowed(index, month) ? DaysOf(_rare?.DaysByShape, month) >> day - month.FirstDay : 0;
        if ((days & 1) != 0)
        {
            int time = NextTimeOfDay(timeOfDay);
            if (time >= 0) return (long)day * SecondsPerDay + time;
            days &= ~1u;
        }
        if (days != 0) return FirstTimeOf(day, days);
        return firstDays is not null ? FirstTimeOn(firstDays[index + 1]) : NextInLaterMonth(index, month.OfYear);
    }

    private long NextInLaterMonth(int index, int ofYear)
    {
        (uint[]? daysByShape, YearSet? years) = (_rare?.DaysByShape, _rare?.Years);
        // Two years in one word, so that the next month is found by one shift. The month table is not asked for it: a search that
        // passes over many months does not wait for each of them to be read.
        uint months = _months * TwoYears;
        while (true)
        {
            int step = 1 + BitOperations.TrailingZeroCount(months >> ofYear + 1);
            index += step;
            ofYear += step;
            if (ofYear >= 12) ofYear -= 12;
            if (years is not null) (index, ofYear) = NextInYears(years, index, ofYear);
            if (index >= MonthTable.MonthCount) return NoReading;
            MonthTable.Month month = MonthTable.At(index);
            uint days = DaysOf(daysByShape, month);
            if (days != 0) return FirstTimeOf(month.FirstDay, days);
        }
    }

    /// <summary>The month itself, or where its year is not in the set the first month of the next one that is; past the last month when none is.</summary>
    private (int Index, int OfYear) NextInYears(YearSet years, int index, int ofYear)
    {
        int year = index / 12;
        int next = years.Next(year);
        if (next == year) return (index, ofYear);
        int first = BitOperations.TrailingZeroCount((uint)_months);
        return next <= MonthTable.LastYear - MonthTable.FirstYear ? (next * 12 + first, first) : (MonthTable.MonthCount, 0);
    }

    private bool IsAllowed(int index, MonthTable.Month month) =>
        (_months >> month.OfYear & 1) != 0 && (_rare?.Years is not { } years || years.Next(index / 12) == index / 12);

    /// <summary>On the first of some days.</summary>
    /// <param name="day">What bit 0 stands for.</param>
    /// <param name="days">At least one.</param>
    private long FirstTimeOf(int day, uint days) => (day + BitOperations.TrailingZeroCount(days)) * (long)SecondsPerDay + _firstTimeOfDay;

    private long FirstTimeOn(int day) => day == RareFields.NoDay ? NoReading : day * (long)SecondsPerDay + _firstTimeOfDay;

    /// <summary>The first matching second of a day at or after one, or -1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int NextTimeOfDay(int timeOfDay)
    {
        int hour = timeOfDay / 3600;
        if ((_hours >> hour & 1) != 0)
        {
            int second = NextSecondOfHour(timeOfDay - hour * 3600);
            if (second >= 0) return hour * 3600 + second;
        }
        uint hours = _hours >> hour + 1;
        if (hours == 0) return -1;
        int skipped = hour + 1 + BitOperations.TrailingZeroCount(hours) - BitOperations.TrailingZeroCount(_hours);
        return _firstTimeOfDay + skipped * 3600;
    }

    private int NextSecondOfHour(int secondOfHour)
    {
        int minute = secondOfHour / 60;
        int second = secondOfHour - minute * 60;
        if ((_minutes >> minute & 1) != 0)
        {
            ulong seconds = _seconds >> second;
            if (seconds != 0) return secondOfHour + BitOperations.TrailingZeroCount(seconds);
        }
        ulong minutes = _minutes >> minute + 1;
        if (minutes == 0) return -1;
        return (minute + 1 + BitOperations.TrailingZeroCount(minutes)) * 60 + BitOperations.TrailingZeroCount(_seconds);
    }

    /// <summary>The matching days of a month, bit 0 = the 1st, whichever its name and year.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private uint DaysOf(uint[]? daysByShape, MonthTable.Month month) => daysByShape is null
        ? MonthTable.DaysOf(_daysOfMonth, _weekdays, month.Length, month.FirstWeekday)
        : daysByShape[month.Shape];
}
