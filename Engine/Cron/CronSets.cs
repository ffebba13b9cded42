namespace Qschedd.Engine.Cron;

/// <summary>What a parse collects: bit n of a set stands for the value n, of days as <see cref="DayRule"/> says.</summary>
internal struct CronSets
{
    public ulong Seconds, Minutes, Hours, Months;
    public DayRule Days;
    public YearSet? Years;
    public bool Interval;
}
