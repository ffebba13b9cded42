using System.Collections.Immutable;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>
/// Looks at each distinct cron once, and once in each zone: many jobs have few of them. Where each has its own, remembering them costs
/// more than finding out again: past <see cref="CountMax"/> no more are.
/// </summary>
internal sealed class CronCheck(long nowMs)
{
    private const int CountMax = 16_384;

    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    private Known? _last;

    /// <summary>The text that jobs with the same cron share.</summary>
    public string Share(string cron) => Of(cron).Cron;

    /// <summary>Null: the cron is right.</summary>
    public CronError? FindFault(string cron) => Of(cron).Error;

    /// <summary>Whether a right cron has a time after now, in a known zone.</summary>
    public bool FiresAgain(string cron, string zone) => Of(cron, zone).FiresAgain;

    /// <summary>Null: the cron is wrong, or the zone is not known.</summary>
    public CronSchedule? ScheduleOf(string cron, string zone) => Of(cron, zone).Schedule;

    /// <summary>The trigger of a job that has this cron alone: jobs with the same one share it.</summary>
    public ImmutableArray<Trigger> TriggersOf(string cron, string zone)
    {
        InZone known = Of(cron, zone);
        return known.Triggers.IsDefault ? known.Triggers = [TriggerTable.Of(cron, zone, 0, null, known.Schedule)] : known.Triggers;
    }

    private Known Of(string cron)
    {
        // One job asks several times.
        if (ReferenceEquals(_last?.Cron, cron))
            return _last;
        if (!_known.TryGetValue(cron, out Known? known))
        {
            known = new Known(cron);
            if (_known.Count < CountMax)
                _known.Add(cron, known);
        }
        return _last = known;
    }

    private InZone Of(string cron, string zone)
    {
        Known known = Of(cron);
        if (known.First is { } first && first.Zone == zone)
            return first;
        if (known.Others?.Find(other => other.Zone == zone) is { } found)
            return found;
        var schedule = known.Expression is { } expression && ZoneTable.Find(zone) is { } table ? new CronSchedule(expression, table) : null;
        // What is wrong is reported where it stands; here it is no reason for another error.
        var added = new InZone(zone, schedule, FiresAgain: schedule?.FiresAfter(nowMs) ?? true);
        if (known.First is null)
            known.First = added;
        else
            (known.Others ??= []).Add(added);
        return added;
    }

    private sealed class Known
    {
        public readonly string Cron;
        public readonly CronExpression? Expression;
        public readonly CronError? Error;

        public Known(string cron)
        {
            Cron = cron;
            Expression = CronExpression.Parse(cron, out Error);
        }

        public InZone? First { get; set; }
        public List<InZone>? Others { get; set; }
    }

    private sealed record InZone(string Zone, CronSchedule? Schedule, bool FiresAgain)
    {
        public ImmutableArray<Trigger> Triggers { get; set; }
    }
}
