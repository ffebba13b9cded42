using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace Qschedd.Engine.Model;

/// <summary>
/// Values in the order in which they were given, found by their names. Immutable. Of a million jobs walking in the order in which
/// they were made costs a fraction of walking in that of their hashes: they lie behind one another in memory.
/// </summary>
/// <param name="names">Nothing is added to it any more.</param>
/// <param name="values">Of the names, by their numbers.</param>
internal sealed class ByName<T>(NameIndex names, T[] values) : IReadOnlyDictionary<string, T>
{
    public int Count => values.Length;

    public ImmutableArray<T> Values => ImmutableCollectionsMarshal.AsImmutableArray(values);

    public IEnumerable<string> Keys => Enumerable.Range(0, Count).Select(number => names[number]);

    IEnumerable<T> IReadOnlyDictionary<string, T>.Values => values;

    public T this[string key] => TryGetValue(key, out var value) ? value : throw new KeyNotFoundException($"'{key}' is not there");

    /// <summary>Other values under the same names: the names are kept once.</summary>
    /// <param name="others">In the order of these.</param>
    public ByName<TOther> With<TOther>(TOther[] others) => new(names, others);

    public bool ContainsKey(string key) => names.Find(key) >= 0;

    public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value)
    {
        int number = names.Find(key);
        value = number < 0 ? default : values[number];
        return number >= 0;
    }

    public IEnumerator<KeyValuePair<string, T>> GetEnumerator()
    {
        for (int number = 0; number < values.Length; number++)
            yield return new(names[number], values[number]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

internal static class ByName
{
    /// <summary>Of jobs whose names are known to differ.</summary>
    public static ByName<Job> Of(IEnumerable<Job> jobs)
    {
        var names = new NameIndex();
        Job[] all = [.. jobs];
        names.EnsureCapacity(all.Length);
        foreach (var job in all)
            if (!names.TryAdd(job.Name))
                throw new ArgumentException($"two jobs are named '{job.Name}'");
        return new(names, all);
    }
}
