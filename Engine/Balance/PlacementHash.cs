namespace Qschedd.Engine.Balance;

/// <summary>64-bit hashes that are the same in every process and release (string.GetHashCode is not). Not for adversaries.</summary>
internal static class PlacementHash
{
    /// <summary>FNV-1a over the UTF-16 code units, then mixed: FNV alone leaves the high bits of short texts alike.</summary>
    public static ulong Of(ReadOnlySpan<char> text)
    {
        ulong hash = 0xCBF29CE484222325;
        foreach (char unit in text)
        {
            hash = (hash ^ unit) * 0x100000001B3;
        }
        return Mix(hash);
    }

    /// <summary>A bijection in which each input bit changes about half of the output bits (the finalizer of splitmix64).</summary>
    public static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
