using System.Runtime.CompilerServices;

namespace Qschedd.Engine.Cron;

/// <summary>What a parse collects.</summary>
internal struct CronSets
{
    public DayRule Days;
    public YearSet? Years;
    public bool Interval;
    private Values _values;

    /// <summary>The values of a field: bit n stands for n. For years see <see cref="Years"/>.</summary>
    public ulong this[CronFieldKind field]
    {
        readonly get => _values[(int)field];
        set => _values[(int)field] = value;
    }

    [InlineArray((int)CronFieldKind.Year + 1)]
    private struct Values
    {
        private ulong _first;
    }
}
