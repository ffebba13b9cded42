using Qschedd.Engine.Model;

namespace Qschedd.Engine.Cron;

/// <summary>The schedule of a trigger's cron in its zone: made once, by whoever asks first, and remembered in the trigger.</summary>
internal static class TriggerSchedule
{
    /// <exception cref="InvalidOperationException">The cron does not parse, or nobody knows the zone: no catalog has such a trigger.</exception>
    public static CronSchedule Schedule(this Trigger trigger) => trigger.Made(static made => Of(made));

    private static CronSchedule Of(Trigger trigger)
    {
        var expression = CronExpression.Parse(trigger.Cron, out var error)
            ?? throw new InvalidOperationException($"the catalog holds a cron expression that does not parse: {error?.Message}");
        var zone = ZoneTable.Find(trigger.TimeZone)
            ?? throw new InvalidOperationException($"the catalog holds an unknown time zone: {trigger.TimeZone}");
        return new CronSchedule(expression, zone);
    }
}
