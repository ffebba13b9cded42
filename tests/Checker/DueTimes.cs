using Qschedd.Tests.Engine.Cron;

namespace Qschedd.Tests.Checker;

/// <summary>
/// When an expression is due, found without the engine: each second of a day and each day is asked of the slow reader. In a zone
/// of one offset.
/// </summary>
internal sealed class DueTimes
{
    private const long DayMs = 86_400_000;
    private static readonly Dictionary<(string, int), DueTimes> Known = [];
    private static readonly DateTime Epoch = DateTime.UnixEpoch;

    private readonly NaiveCron _cron;
    private readonly long _offsetMs;
    private readonly int[] _secondsOfDay;
    private readonly Dictionary<long, bool> _days = [];

    private DueTimes(string cron, int offsetSeconds)
    {
        _cron = new NaiveCron(cron);
        _offsetMs = offsetSeconds * 1000L;
        DateTime day = Enumerable.Range(0, 366 * 8).Select(d => Epoch.AddDays(20_000 + d)).First(d => SecondsOf(d).Any());
        _secondsOfDay = [.. SecondsOf(day)];
    }

    public static DueTimes Of(TriggerSpec trigger)
    {
        lock (Known)
            return Known.TryGetValue((trigger.Cron, trigger.OffsetSeconds), out var known)
                ? known
                : Known[(trigger.Cron, trigger.OffsetSeconds)] = new DueTimes(trigger.Cron, trigger.OffsetSeconds);
    }

    public bool Contains(long wallMs) => wallMs % 1000 == 0 && _cron.Matches(Epoch.AddMilliseconds(wallMs + _offsetMs));

    /// <summary>Due after the one and up to the other.</summary>
    public IEnumerable<long> In(long afterMs, long toMs)
    {
        for (long day = FloorDay(afterMs + _offsetMs); day - _offsetMs <= toMs; day += DayMs)
        {
            if (!IsDueOn(day))
                continue;
            foreach (int second in _secondsOfDay)
            {
                long due = day - _offsetMs + (second * 1000L);
                if (due > toMs)
                    yield break;
                if (due > afterMs)
                    yield return due;
            }
        }
    }

    /// <summary>The latest due after the one and up to the other.</summary>
    public long? LatestIn(long afterMs, long toMs)
    {
        for (long day = FloorDay(toMs + _offsetMs); day - _offsetMs + DayMs > afterMs; day -= DayMs)
            if (IsDueOn(day))
                for (int i = _secondsOfDay.Length - 1; i >= 0; i--)
                    if (day - _offsetMs + (_secondsOfDay[i] * 1000L) is var due && due <= toMs)
                        return due > afterMs ? due : null;
        return null;
    }

    private IEnumerable<int> SecondsOf(DateTime day) => Enumerable.Range(0, 86_400).Where(s => _cron.Matches(day.AddSeconds(s)));

    /// <summary>The reader matches times of day and dates apart, so one time of the day speaks for all.</summary>
    private bool IsDueOn(long dayMs)
    {
        lock (_days)
            return _days.TryGetValue(dayMs, out bool isDue)
                ? isDue
                : _days[dayMs] = _cron.Matches(Epoch.AddMilliseconds(dayMs).AddSeconds(_secondsOfDay[0]));
    }

    private static long FloorDay(long ms) => ms - (((ms % DayMs) + DayMs) % DayMs);
}
