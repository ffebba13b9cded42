using System.Buffers.Text;

namespace Qschedd.Engine.Cron;

/// <summary>
/// The rule that a TZif file ends with, for the years after its table: <c>std offset dst [offset],start[/time],end[/time]</c>
/// (POSIX TZ, with the hours from -167 to 167 of RFC 8536). Offsets here are seconds east of UTC; POSIX counts west.
/// </summary>
internal sealed class PosixZoneRule
{
    private readonly record struct YearDay(char Kind, int Month, int Week, int Day, int Time);

    private readonly int _standard;
    private readonly int _daylight;
    private readonly YearDay _start;
    private readonly YearDay _end;

    private PosixZoneRule(int standard, int daylight, YearDay start, YearDay end)
    {
        (_standard, _daylight, _start, _end) = (standard, daylight, start, end);
    }

    /// <summary>Null when the text is no such rule, or has no summer time and so no changes.</summary>
    public static PosixZoneRule? Parse(ReadOnlySpan<byte> text)
    {
        var at = new Cursor(text);
        if (!at.SkipName() || !at.TryTime(out int west)) return null;
        int standard = -west;
        if (!at.SkipName()) return null;
        int daylight = at.TryTime(out int daylightWest) ? -daylightWest : standard + 3600;
        return at.TryYearDay(out YearDay start) && at.TryYearDay(out YearDay end)
            ? new PosixZoneRule(standard, daylight, start, end)
            : null;
    }

    /// <summary>Adds a year's two changes, the earlier first: from that instant on, the offset is in force.</summary>
    public void AddChanges(int year, List<ZoneChange> changes)
    {
        var toDaylight = new ZoneChange(LocalSecond(_start, year) - _standard, _daylight);
        var toStandard = new ZoneChange(LocalSecond(_end, year) - _daylight, _standard);
        bool northern = toDaylight.At <= toStandard.At;
        changes.Add(northern ? toDaylight : toStandard);
        changes.Add(northern ? toStandard : toDaylight);
    }

    private static long LocalSecond(YearDay rule, int year)
    {
        int january = (year - MonthTable.FirstYear) * 12;
        int day = rule.Kind switch
        {
            'M' => DayInMonth(january + rule.Month - 1, rule.Week, rule.Day),
            // 'J' counts 1-365 and never 29 February; a bare number counts 0-365 and all days.
            'J' => MonthTable.At(january).FirstDay + rule.Day - 1 + (rule.Day > 59 && MonthTable.IsLeap(year) ? 1 : 0),
            _ => MonthTable.At(january).FirstDay + rule.Day,
        };
        return day * 86400L + rule.Time;
    }

    private static int DayInMonth(int index, int week, int weekday)
    {
        MonthTable.Month month = MonthTable.At(index);
        int day = (weekday - month.FirstWeekday + 7) % 7 + (week - 1) * 7;
        return month.FirstDay + (day < month.Length ? day : day - 7);
    }

    private ref struct Cursor(ReadOnlySpan<byte> text)
    {
        private ReadOnlySpan<byte> _rest = text;

        public bool SkipName()
        {
            int end = _rest.IndexOf((byte)'>') + 1;
            if (_rest.IsEmpty || _rest[0] != '<')
                for (end = 0; end < _rest.Length && char.IsAsciiLetter((char)_rest[end]);) end++;
            _rest = _rest[end..];
            return end >= 3;
        }

        /// <summary>[+-]hours[:minutes[:seconds]], in seconds.</summary>
        public bool TryTime(out int seconds)
        {
            seconds = 0;
            bool negative = Take('-');
            if (!negative) Take('+');
            if (!TryNumber(out int hours)) return false;
            seconds = hours * 3600;
            if (Take(':') && TryNumber(out int minutes)) seconds += minutes * 60;
            if (Take(':') && TryNumber(out int rest)) seconds += rest;
            if (negative) seconds = -seconds;
            return true;
        }

        public bool TryYearDay(out YearDay day)
        {
            day = default;
            if (!Take(',')) return false;
            char kind = Take('M') ? 'M' : Take('J') ? 'J' : 'D';
            if (!TryNumber(out int first)) return false;
            int week = 0, weekday = first;
            if (kind == 'M' && !(Take('.') && TryNumber(out week) && Take('.') && TryNumber(out weekday))) return false;
            int time = 7200;
            if (Take('/') && !TryTime(out time)) return false;
            day = new YearDay(kind, first, week, weekday, time);
            return kind == 'M' ? first is >= 1 and <= 12 && week is >= 1 and <= 5 && weekday <= 6 : first <= 366;
        }

        private bool TryNumber(out int value)
        {
            if (!Utf8Parser.TryParse(_rest, out uint number, out int length) || number > 999)
            {
                value = 0;
                return false;
            }
            value = (int)number;
            _rest = _rest[length..];
            return true;
        }

        private bool Take(char c)
        {
            if (_rest.IsEmpty || _rest[0] != c) return false;
            _rest = _rest[1..];
            return true;
        }
    }
}
