using Qschedd.Engine.Cron;

namespace Qschedd.Config;

/// <summary>Looks at each distinct cron once, and once in each zone: many jobs have few of them.</summary>
internal sealed class CronCheck(long nowMs)
{
    private readonly Dictionary<string, (CronExpression? Expression, CronError? Error)> _known = [];
    private readonly Dictionary<(string Cron, string Zone), bool> _fires = [];

    /// <summary>Null: the cron is right.</summary>
    public CronError? FindFault(string cron)
    {
        if (!_known.TryGetValue(cron, out (CronExpression? Expression, CronError? Error) known))
            _known[cron] = known = (CronExpression.Parse(cron, out CronError? error), error);
        return known.Error;
    }

    /// <summary>Whether a right cron has a time after now, in a known zone.</summary>
    public bool FiresAgain(string cron, string zone)
    {
        if (!_fires.TryGetValue((cron, zone), out bool fires))
            _fires[(cron, zone)] = fires = Search(cron, zone);
        return fires;
    }

    // What is wrong is reported where it stands; here it is no reason for another error.
    private bool Search(string cron, string zone)
    {
        if (FindFault(cron) is not null || ZoneTable.Find(zone) is not { } table)
            return true;
        return new CronSchedule(_known[cron].Expression!, table).FiresAfter(nowMs);
    }
}
