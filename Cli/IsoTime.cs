using System.Globalization;
using Qschedd.Engine.Cron;

namespace Qschedd.Cli;

/// <summary>ISO 8601 as people type it: a date, or a date and a time, with or without an offset.</summary>
internal static class IsoTime
{
    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFF",
        "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss",
    ];

    /// <param name="text">What was typed.</param>
    /// <param name="ms">Epoch milliseconds; without an offset: as if it were UTC.</param>
    /// <param name="hasOffset">It said Z or an offset.</param>
    public static bool TryParse(string text, out long ms, out bool hasOffset)
    {
        ms = 0;
        hasOffset = text.EndsWith('Z') || (text.Length > 16 && text.AsSpan(11).IndexOfAny('+', '-') >= 0);
        string[] formats = hasOffset ? [.. Formats.Select(f => f + "K")] : Formats;
        if (!DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time))
            return false;
        ms = time.ToUnixTimeMilliseconds();
        return true;
    }

    /// <summary>Epoch milliseconds of what was typed, in a zone where it has no offset; null: no time.</summary>
    public static long? MsIn(ZoneTable zone, string text)
    {
        if (!TryParse(text, out long ms, out bool hasOffset))
            return null;
        if (hasOffset)
            return ms;
        // In a gap or an overlap: the offset before the change.
        long guessMs = ms - zone.OffsetSecondsAt(ms) * 1000L;
        long byDayBefore = ms - zone.OffsetSecondsAt(ms - 86_400_000) * 1000L;
        return zone.OffsetSecondsAt(byDayBefore - 1000) * 1000L == ms - byDayBefore
            ? byDayBefore
            : ms - zone.OffsetSecondsAt(guessMs) * 1000L;
    }

    /// <summary>With the zone's offset at that instant.</summary>
    public static string Format(long ms, ZoneTable zone)
    {
        int offset = zone.OffsetSecondsAt(ms);
        var local = DateTimeOffset.FromUnixTimeMilliseconds(ms + offset * 1000L);
        var span = TimeSpan.FromSeconds(Math.Abs(offset));
        string seconds = span.Seconds == 0 ? "" : $":{span.Seconds:00}";
        return string.Create(CultureInfo.InvariantCulture, $"{local:yyyy-MM-ddTHH:mm:ss}{(offset < 0 ? '-' : '+')}{span.Hours:00}:{span.Minutes:00}{seconds}");
    }
}
