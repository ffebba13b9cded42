namespace Qschedd.Engine.Cron;

/// <summary>An expression in a zone.</summary>
internal sealed class CronSchedule
{
    public const long Never = long.MaxValue;
}
