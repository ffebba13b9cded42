using System.Collections.Immutable;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>Triggers of crons in their zones.</summary>
internal static class TriggerTable
{
    /// <param name="cron">The expression, as written.</param>
    /// <param name="zone">IANA id.</param>
    /// <param name="ordinal">Among the job's crons that are equal, from 0.</param>
    /// <param name="param">JSON text of its own parameter.</param>
    /// <param name="schedule">Null: something is wrong with the cron or its zone, and is reported elsewhere.</param>
    public static Trigger Of(string cron, string zone, int ordinal, string? param, CronSchedule? schedule) =>
        new Trigger(KeyOf(cron, zone, ordinal), cron, zone, param).Keep(schedule);

    public static ImmutableArray<Trigger> OfList(List<CronYaml> crons, string zone, CronCheck known)
    {
        Dictionary<string, int> ordinals = [];
        var triggers = ImmutableArray.CreateBuilder<Trigger>(crons.Count);
        foreach (CronYaml item in crons.Where(item => item.Text is not null))
        {
            int ordinal = ordinals.GetValueOrDefault(item.Text!);
            ordinals[item.Text!] = ordinal + 1;
            triggers.Add(Of(item.Text!, zone, ordinal, item.Param, known.ScheduleOf(item.Text!, zone)));
        }
        return triggers.DrainToImmutable();
    }

    /// <summary>Positive, and the same for good: it stands in the store's unique key.</summary>
    public static long KeyOf(string cron, string zone, int ordinal)
    {
        var hash = new StableHash();
        hash.Add(cron);
        hash.Add(zone);
        hash.Add(ordinal);
        return Math.Max(hash.Value & long.MaxValue, 1);
    }
}
