using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>Triggers of crons in their zones.</summary>
internal static class TriggerTable
{
    public static Trigger OfOne(string cron, string zone) => new(KeyOf(cron, zone, 0), cron, zone, null);

    public static ImmutableArray<Trigger> OfList(List<CronYaml> crons, string zone)
    {
        Dictionary<string, int> ordinals = [];
        var triggers = ImmutableArray.CreateBuilder<Trigger>(crons.Count);
        foreach (CronYaml item in crons.Where(item => item.Text is not null))
        {
            int ordinal = ordinals.GetValueOrDefault(item.Text!);
            ordinals[item.Text!] = ordinal + 1;
            triggers.Add(new Trigger(KeyOf(item.Text!, zone, ordinal), item.Text!, zone, item.Param));
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
