using System.Numerics;

namespace Qschedd.Engine.Cron;

/// <summary>The years that an expression names. Invariant: only the parser writes it, before anyone else sees it.</summary>
internal sealed class YearSet
{
    private ulong _years0, _years1, _years2, _years3;

    public void Add(int from, int to, int step)
    {
        (from, to) = (from - MonthTable.FirstYear, to - MonthTable.FirstYear);
        for (int word = from >> 6; word <= to >> 6; word++)
        {
            ulong bits = 0;
            for (; from <= to && from >> 6 == word; from += step) bits |= 1UL << from;
            YearWord(word) |= bits;
        }
    }

    /// <summary>The first year in the set from <paramref name="yearFromZero"/> (0 = 1970) on, or a number past the last one.</summary>
    public int Next(int yearFromZero)
    {
        for (int word = yearFromZero >> 6, bit = yearFromZero & 63; word < 4; word++, bit = 0)
        {
            ulong rest = YearWord(word) >> bit;
            if (rest != 0) return (word << 6) + bit + BitOperations.TrailingZeroCount(rest);
        }
        return int.MaxValue;
    }

    private ref ulong YearWord(int word)
    {
        switch (word)
        {
            case 0: return ref _years0;
            case 1: return ref _years1;
            case 2: return ref _years2;
            default: return ref _years3;
        }
    }
}
