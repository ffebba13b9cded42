namespace Qschedd.Tests.Engine.Cron;

/// <summary>
/// The same expressions, read the slow way and with nothing shared with the program: text is split at blanks and commas, and
/// each date and time is asked of each item. Good texts only.
/// </summary>
internal sealed class NaiveCron
{
    private static readonly string[] Months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
    private static readonly string[] Weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

    private readonly string[] _fields;
    private readonly bool[] _seconds, _minutes, _hours, _months;
    private readonly Dictionary<DateTime, bool> _days = [];

    public NaiveCron(string text)
    {
        _fields = text.ToUpperInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _seconds = Values(_fields[0], 0, 59, []);
        _minutes = Values(_fields[1], 0, 59, []);
        _hours = Values(_fields[2], 0, 23, []);
        _months = Values(_fields[4], 1, 12, Months);
        IsInterval = _fields.Take(3).Any(field => field.Contains('*') || field.Contains('/'));
    }

    public bool IsInterval { get; }

    public bool Matches(DateTime local) =>
        _seconds[local.Second] && _minutes[local.Minute] && _hours[local.Hour] && MatchesDate(local.Date);

    private bool MatchesDate(DateTime date)
    {
        if (!_days.TryGetValue(date, out bool matches))
        {
            bool year = _fields.Length == 6 || Values(_fields[6], 1970, 2199, [])[date.Year];
            matches = year && _months[date.Month]
                && _fields[3].Split(',').Any(item => MatchesDayOfMonth(item, date))
                && _fields[5].Split(',').Any(item => MatchesDayOfWeek(item, date));
            _days[date] = matches;
        }
        return matches;
    }

    private static bool MatchesDayOfMonth(string item, DateTime date)
    {
        if (item == "?") return true;
        int length = DateTime.DaysInMonth(date.Year, date.Month);
        if (item.EndsWith('W'))
        {
            string target = item[..^1];
            int day = target.StartsWith('L') ? length - (target.Length > 1 ? int.Parse(target[2..]) : 0) : int.Parse(target);
            return day >= 1 && day <= length && date.Day == NearestWeekday(date.Year, date.Month, day);
        }
        if (item.StartsWith('L')) return date.Day == length - (item.Length > 1 ? int.Parse(item[2..]) : 0);
        return Values(item, 1, 31, [])[date.Day];
    }

    // Looks at ever more distant days of the same month, the earlier of two first.
    private static int NearestWeekday(int year, int month, int day)
    {
        for (int distance = 0; ; distance++)
        {
            foreach (int candidate in new[] { day - distance, day + distance })
            {
                if (candidate < 1 || candidate > DateTime.DaysInMonth(year, month)) continue;
                if (new DateTime(year, month, candidate).DayOfWeek is not (DayOfWeek.Saturday or DayOfWeek.Sunday)) return candidate;
            }
        }
    }

    private static bool MatchesDayOfWeek(string item, DateTime date)
    {
        if (item == "?") return true;
        int weekday = (int)date.DayOfWeek + 1;
        if (item == "L") return weekday == 7;
        if (item.EndsWith('L'))
            return weekday == Number(item[..^1], Weekdays, 1) && date.AddDays(7).Month != date.Month;
        if (item.Contains('#'))
            return weekday == Number(item.Split('#')[0], Weekdays, 1) && (date.Day + 6) / 7 == int.Parse(item.Split('#')[1]);
        return Values(item, 1, 7, Weekdays)[weekday];
    }

    private static bool[] Values(string field, int min, int max, string[] names)
    {
        bool[] values = new bool[max + 1];
        foreach (string item in field.Split(','))
        {
            string[] parts = item.Split('/');
            string[] ends = parts[0] is "*" or "" ? [$"{min}", $"{max}"] : parts[0].Split('-');
            int from = Number(ends[0], names, min);
            int to = ends.Length == 2 ? Number(ends[1], names, min) : parts.Length == 2 ? max : from;
            int step = parts.Length == 2 ? int.Parse(parts[1]) : 1;
            for (int value = from, walked = 0; ; value = value == max ? min : value + 1, walked++)
            {
                if (walked % step == 0) values[value] = true;
                if (value == to) break;
            }
        }
        return values;
    }

    private static int Number(string text, string[] names, int min) =>
        Array.IndexOf(names, text) is >= 0 and int index ? index + min : int.Parse(text);
}
