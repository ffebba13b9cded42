using System.Globalization;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>Durations as written: 90s, 30m, 2h, 1d, 500ms, 1h30m; 0 or 0s: none.</summary>
internal static class DurationText
{
    private const string RightForm = "a duration is written as 90s, 30m, 2h, 1d, 500ms or 1h30m";
    private const int DigitsMax = 13;

    /// <summary>Null with the reason, and the right form, in <paramref name="fault"/>.</summary>
    public static TimeSpan? Parse(string text, out string fault)
    {
        fault = "";
        if (text == "0")
            return TimeSpan.Zero;
        fault = FindFormFault(text) ?? "";
        if (fault.Length > 0)
            return null;
        Int128 totalMs = 0;
        int unitBefore = -1;
        for (int at = 0; at < text.Length;)
        {
            fault = Part(text, ref at, ref unitBefore, out long ms) ?? "";
            if (fault.Length > 0)
                return null;
            totalMs += ms;
        }
        return TimeSpan.FromMilliseconds((long)Int128.Min(totalMs, (long)TimeSpan.MaxValue.TotalMilliseconds - 1));
    }

    public static string Format(TimeSpan span) => SpanText.Format(span);

    private static string? FindFormFault(string text) => text switch
    {
        ['-', ..] => $"a duration is not negative; {RightForm}",
        _ when text.AsSpan().ContainsAny(" \t\r\n") => $"a duration holds no spaces; {RightForm}",
        _ when text.AsSpan().ContainsAny('.', ',') => $"a duration holds no fractions: 1.5h is 1h30m; {RightForm}",
        [] or [not (>= '0' and <= '9'), ..] => RightForm,
        _ when !text.AsSpan().ContainsAnyExceptInRange('0', '9') => $"the unit is missing: {Tail(text)}s, {Tail(text)}m or {Tail(text)}h? {Sentence(RightForm)}",
        _ => null,
    };

    private static string? Part(string text, ref int at, ref int unitBefore, out long ms)
    {
        int digits = text.AsSpan(at).IndexOfAnyExceptInRange('0', '9');
        int letters = digits < 0 ? 0 : text.AsSpan(at + digits).IndexOfAnyInRange('0', '9');
        ms = 0;
        if (digits is <= 0 or > DigitsMax)
            return digits > DigitsMax ? "the number is too large" : $"a number without a unit at the end; {RightForm}";
        string unit = letters < 0 ? text[(at + digits)..] : text.Substring(at + digits, letters);
        int index = Array.FindIndex(SpanText.Units, u => u.Name == unit);
        if (index < 0)
            return UnknownUnit(text.Substring(at, digits), unit);
        if (index <= unitBefore)
            return $"each unit stands once, the longest first; {RightForm}";
        ms = (long)Int128.Min((Int128)long.Parse(text.AsSpan(at, digits), CultureInfo.InvariantCulture) * SpanText.Units[index].Ms, long.MaxValue);
        unitBefore = index;
        at += digits + unit.Length;
        return null;
    }

    private static string UnknownUnit(string digits, string unit)
    {
        string? meant = unit.ToLowerInvariant() switch
        {
            "d" or "day" or "days" => "d",
            "h" or "hr" or "hrs" or "hour" or "hours" => "h",
            "m" or "min" or "mins" or "minute" or "minutes" => "m",
            "s" or "sec" or "secs" or "second" or "seconds" => "s",
            "ms" or "msec" or "milli" or "millis" or "millisecond" or "milliseconds" => "ms",
            _ => null,
        };
        if (unit.ToLowerInvariant() is "w" or "week" or "weeks" && long.TryParse(digits, out long weeks) && weeks < 10_000)
            return $"no unit is called {Shown.Quote(unit)}: write {weeks * 7}d";
        return $"no unit is called {Shown.Quote(unit)}: {(meant is null ? "" : $"write {digits}{meant}; ")}{RightForm}";
    }

    private static string Tail(string digits) => digits.Length > DigitsMax ? "..." : digits;

    private static string Sentence(string words) => char.ToUpperInvariant(words[0]) + words[1..];
}
