using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>
/// The schedules of one catalog's new triggers: those that say the same share one. It lives while the catalog is taken up, for a
/// table that stayed would cost as much as the schedules and grow with each reload.
/// </summary>
internal sealed class Schedules
{
    private readonly Dictionary<(string Cron, string Zone), CronSchedule> _known = [];

    public CronSchedule Of(Trigger trigger)
    {
        var key = (trigger.Cron, trigger.TimeZone);
        if (!_known.TryGetValue(key, out var schedule))
            _known[key] = schedule = NewOf(trigger);
        return schedule;
    }

    private static CronSchedule NewOf(Trigger trigger)
    {
        var expression = CronExpression.Parse(trigger.Cron, out var error)
            ?? throw new InvalidOperationException($"the catalog holds a cron expression that does not parse: {error?.Message}");
        var zone = ZoneTable.Find(trigger.TimeZone)
            ?? throw new InvalidOperationException($"the catalog holds an unknown time zone: {trigger.TimeZone}");
        return new CronSchedule(expression, zone);
    }
}
