using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>
/// Looks at each distinct cron once, and once in each zone: many jobs have few of them. And where each has its own, a table for each
/// thing that is known of one costs more than finding it out.
/// </summary>
internal sealed class CronCheck(long nowMs)
{
    private readonly Dictionary<string, Known> _known = new(StringComparer.Ordinal);
    private Known? _last;

    /// <summary>Null: the cron is right.</summary>
    public CronError? FindFault(string cron) => Of(cron).Error;

    /// <summary>Whether a right cron has a time after now, in a known zone.</summary>
    public bool FiresAgain(string cron, string zone) => Of(cron, zone).FiresAgain;

    /// <summary>The trigger of a job that has this cron alone: jobs with the same one share it.</summary>
    public ImmutableArray<Trigger> TriggersOf(string cron, string zone)
    {
        InZone known = Of(cron, zone);
        return known.Triggers.IsDefault ? known.Triggers = [TriggerTable.OfOne(cron, zone)] : known.Triggers;
    }

    private Known Of(string cron)
    {
        // One job asks several times.
        if (ReferenceEquals(_last?.Cron, cron))
            return _last;
        ref Known? known = ref CollectionsMarshal.GetValueRefOrAddDefault(_known, cron, out _);
        return _last = known ??= new Known(cron);
    }

    private InZone Of(string cron, string zone)
    {
        Known known = Of(cron);
        if (known.First is { } first && first.Zone == zone)
            return first;
        if (known.Others?.Find(other => other.Zone == zone) is { } found)
            return found;
        var added = new InZone(zone, Search(known, zone));
        if (known.First is null)
            known.First = added;
        else
            (known.Others ??= []).Add(added);
        return added;
    }

    // What is wrong is reported where it stands; here it is no reason for another error.
    private bool Search(Known cron, string zone) =>
        cron.Expression is not { } expression || ZoneTable.Find(zone) is not { } table || new CronSchedule(expression, table).FiresAfter(nowMs);

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

    private sealed class InZone(string zone, bool firesAgain)
    {
        public string Zone { get; } = zone;
        public bool FiresAgain { get; } = firesAgain;
        public ImmutableArray<Trigger> Triggers { get; set; }
    }
}
