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

    /// <summary>The one that is not remembered: room for all of them, one after the other.</summary>
    private readonly Known _passing = new();

    private Known? _last;

    /// <summary>Null: the cron is right.</summary>
    /// <param name="cron">As it is read.</param>
    /// <param name="shared">The text that jobs with the same cron share; to be asked about from here on.</param>
    public CronError? FindFault(string cron, out string shared)
    {
        Known known = Find(cron) ?? Read(StringPool.Apart(cron));
        shared = known.Cron;
        return known.Error;
    }

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

    private Known? Find(string cron)
    {
        // One job asks several times.
        if (ReferenceEquals(_last?.Cron, cron))
            return _last;
        return _known.TryGetValue(cron, out Known? known) ? _last = known : null;
    }

    /// <param name="cron">Kept.</param>
    private Known Read(string cron)
    {
        bool isRemembered = _known.Count < CountMax;
        Known known = isRemembered ? new Known() : _passing;
        known.Read(cron);
        if (isRemembered)
            _known.Add(cron, known);
        return _last = known;
    }

    private InZone Of(string cron, string zone)
    {
        Known known = Find(cron) ?? Read(cron);
        if (known.First.Zone is null)
            return Look(known.First, known, zone);
        if (known.First.Zone == zone)
            return known.First;
        if (known.Others?.Find(other => other.Zone == zone) is { } found)
            return found;
        InZone added = Look(new InZone(), known, zone);
        (known.Others ??= []).Add(added);
        return added;
    }

    private InZone Look(InZone place, Known known, string zone)
    {
        place.Zone = zone;
        place.Schedule = known.Expression is { } expression && ZoneTable.Find(zone) is { } table ? new CronSchedule(expression, table) : null;
        // What is wrong is reported where it stands; here it is no reason for another error.
        place.FiresAgain = place.Schedule?.FiresAfter(nowMs) ?? true;
        return place;
    }

    private sealed class Known
    {
        public string Cron { get; private set; } = "";
        public CronExpression? Expression { get; private set; }
        public CronError? Error { get; private set; }
        public InZone First { get; } = new();
        public List<InZone>? Others { get; set; }

        public void Read(string cron)
        {
            Cron = cron;
            Expression = CronExpression.Parse(cron, out CronError? error);
            Error = error;
            First.Forget();
            Others = null;
        }
    }

    private sealed class InZone
    {
        /// <summary>Null: not looked at yet.</summary>
        public string? Zone { get; set; }
        public CronSchedule? Schedule { get; set; }
        public bool FiresAgain { get; set; }
        public ImmutableArray<Trigger> Triggers { get; set; }

        public void Forget() => (Zone, Schedule, Triggers) = (null, null, default);
    }
}
