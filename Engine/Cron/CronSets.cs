namespace Qschedd.Engine.Cron;

/// <summary>What a parse collects: bit n of a set stands for the value n.</summary>
internal struct CronSets
{
    public ulong Seconds, Minutes, Hours, DaysOfMonth, Months, DaysOfWeek;
    public RareFields? Rare;
    public bool Interval;
}
