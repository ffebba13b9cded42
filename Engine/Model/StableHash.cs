namespace Qschedd.Engine.Model;

/// <summary>
/// FNV-1a, 64 bits, taking a UTF-16 unit or a 64-bit number at a time: the same in every process and on every machine.
/// What is added is framed, so that no two sequences run together.
/// </summary>
internal struct StableHash()
{
    private const ulong Offset = 14695981039346656037;
    private const ulong Prime = 1099511628211;

    private ulong _hash = Offset;

    public readonly long Value => unchecked((long)_hash);

    /// <summary>Null and empty text differ.</summary>
    public void Add(string? text)
    {
        Add(text?.Length ?? -1);
        foreach (char c in text ?? "")
            _hash = unchecked((_hash ^ c) * Prime);
    }

    public void Add(long number)
    {
        _hash = unchecked((_hash ^ (ulong)number) * Prime);
        // The product carries bits up only; this brings the high ones of a number down.
        _hash ^= _hash >> 32;
    }
}
