using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>What a value looks like: decides how it is read, what a fault says, and its type in the JSON Schema.</summary>
internal enum ValueKind
{
    Text,
    Name,
    Secret,
    Flag,
    Integer,
    Number,
    Duration,
    Word,
    TimeZone,
    Cron,
    Json,
    ListenList,
    Url,
    Path,
    WorkerPath,
    Address,
    WorkerList,
    NetworkList,
    TextList,
    TextMap,
    WordList,
    Mapping,
    MappingList,
}

/// <summary>Of an Integer or a Number its value, of a Duration milliseconds, of a text its characters.</summary>
internal readonly record struct Bounds(double Min, double Max)
{
    public bool Holds(double value) => value >= Min && value <= Max;
}

/// <summary>One key of one section: all that is known of it.</summary>
internal abstract record KeySpec(string Name, ValueKind Kind, string Doc)
{
    public bool IsRequired { get; init; }
    /// <summary>What holds when the key is absent, in words or as it would be written; null: nothing.</summary>
    public string? Default { get; init; }
    /// <summary>A right value, as it would be written.</summary>
    public required string Example { get; init; }
    /// <summary>Of a Word or a WordList: all that there may be, by the value of the enum.</summary>
    public ImmutableArray<string> Words { get; init; } = [];
    public Bounds Bounds { get; init; }
    /// <summary>Of a Mapping or MappingList: what stands in it.</summary>
    public Section? Section { get; init; }
}

/// <param name="seen">The keys so far, this one among them.</param>
internal delegate void KeyRead<T>(ValueReader reader, KeySpec key, T target, Seen seen);

/// <summary>A key with the place that its value goes to.</summary>
internal sealed record Key<T>(string Name, ValueKind Kind, string Doc, KeyRead<T> Read) : KeySpec(Name, Kind, Doc);

internal abstract class Section(string title)
{
    /// <summary>How messages call it: <c>a job</c>, <c>server</c>.</summary>
    public string Title { get; } = title;

    public abstract IReadOnlyList<KeySpec> Specs { get; }

    /// <summary>-1: not a key of this section.</summary>
    public abstract int IndexOf(string name);

    /// <summary>Keys of a related section that have no sense here, and why.</summary>
    public Dictionary<string, string> Refused { get; init; } = [];
}

/// <summary>Where the keys of one mapping stand, whether their values are right or not.</summary>
/// <param name="section">What stands in the mapping.</param>
/// <param name="mapping">Where it begins.</param>
/// <param name="keys">By the index of the key; one that is not given stands nowhere.</param>
/// <param name="resolved">A bit for each key whose value holds a reference.</param>
internal readonly ref struct Seen(Section section, Position mapping, ReadOnlySpan<Position> keys, ulong resolved)
{
    private readonly ReadOnlySpan<Position> _keys = keys;

    public Position Mapping { get; } = mapping;

    public Position this[string key] => _keys[section.IndexOf(key)];

    /// <summary>Whether another key stands behind this one.</summary>
    public bool IsFollowed(string key)
    {
        int index = section.IndexOf(key);
        for (int i = 0; i < _keys.Length; i++)
        {
            if (i != index && _keys[i].IsGiven && _keys[i].CompareTo(_keys[index]) >= 0)
                return true;
        }
        return false;
    }

    /// <summary>Names of the keys that stand in the mapping.</summary>
    public IReadOnlySet<string> Given()
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < _keys.Length; i++)
            if (_keys[i].IsGiven)
                names.Add(section.Specs[i].Name);
        return names;
    }

    /// <summary>Names of the keys whose values came from <c>${...}</c>; null: none, as nearly always.</summary>
    public IReadOnlySet<string>? Hidden()
    {
        if (resolved == 0)
            return null;
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < section.Specs.Count; i++)
            if ((resolved >> i & 1) != 0)
                names.Add(section.Specs[i].Name);
        return names;
    }
}

internal delegate void SectionCheck<T>(ValueReader reader, T target, Seen seen);

/// <summary>What becomes of the items of a list.</summary>
/// <param name="Blank">The place that the next one is read into.</param>
/// <param name="Take">Called with each that is read.</param>
internal readonly record struct Items<T>(Func<T> Blank, Action<T> Take);

/// <summary>Where the items go of a list in the mapping that <paramref name="target"/> stands for.</summary>
internal delegate Items<TChild> ItemSink<T, TChild>(ValueReader reader, T target, Seen seen);

/// <summary>The keys of one mapping; each method adds one. Written once, in the static tables, then only read.</summary>
internal sealed class Section<T>(string title, SectionCheck<T>? check = null) : Section(title)
{
    private const double DurationMaxMs = 36_500d * 86_400_000;
    private const int TextMax = 4096;

    private readonly List<Key<T>> _keys = [];
    private readonly Dictionary<string, int> _index = [];

    public override IReadOnlyList<KeySpec> Specs => _keys;

    /// <summary>Looks at a mapping as a whole, after its last key.</summary>
    public SectionCheck<T>? Check { get; } = check;

    public override int IndexOf(string name) => _index.GetValueOrDefault(name, -1);

    public Key<T> this[int index] => _keys[index];

    /// <summary>The same keys without one, under another title.</summary>
    public Section<T> Without(string title, string name, string why)
    {
        var section = new Section<T>(title, Check) { Refused = new() { [name] = why } };
        foreach (Key<T> key in _keys.Where(key => key.Name != name))
            section.Add(key);
        return section;
    }

    public Section<T> Text(
        string name, string doc, Action<T, string, Position> set, string example, string? byDefault = null, int min = 1) =>
        Object(name, ValueKind.Text, doc, (reader, key) => reader.Text(key), set, example, byDefault, new(min, TextMax));

    public Section<T> Name(string name, string doc, Action<T, string, Position> set, string example, bool isJob) =>
        Object(name, ValueKind.Name, doc, (reader, key) => reader.Name(key, isJob), set, example, null,
            new(1, NameRule.CharactersMax), isRequired: true);

    public Section<T> Secret(string name, string doc, Action<T, Secret, Position> set, string example, bool isRequired = false) =>
        Object(name, ValueKind.Secret, doc, (reader, key) => reader.Secret(key), set, example, null, new(1, TextMax), isRequired);

    public Section<T> Flag(string name, string doc, Action<T, bool, Position> set, string example, string byDefault) =>
        Value(name, ValueKind.Flag, doc, (reader, key) => reader.Flag(key), set, example, byDefault, default);

    public Section<T> Integer(
        string name, string doc, Action<T, int, Position> set, string example, string? byDefault, Bounds bounds, bool isRequired = false) =>
        Value(name, ValueKind.Integer, doc, (reader, key) => reader.Integer(key), set, example, byDefault, bounds, isRequired);

    public Section<T> Number(string name, string doc, Action<T, double, Position> set, string example, string byDefault, Bounds bounds) =>
        Value(name, ValueKind.Number, doc, (reader, key) => reader.Number(key), set, example, byDefault, bounds);

    public Section<T> Duration(
        string name, string doc, Action<T, TimeSpan, Position> set, string example, string byDefault, int minMs = 0) =>
        Value(name, ValueKind.Duration, doc, (reader, key) => reader.Duration(key), set, example, byDefault, new(minMs, DurationMaxMs));

    /// <param name="words">In the order of the enum that <paramref name="set"/> casts the index to; the first is the default.</param>
    public Section<T> Word(string name, string doc, Action<T, int, Position> set, params ImmutableArray<string> words) =>
        Value(name, ValueKind.Word, doc, (reader, key) => reader.Word(key), set, words[^1], words[0], default, words: words);

    /// <summary>Any kind whose value is an object, with its own way to be read.</summary>
    public Section<T> Object<TValue>(
        string name, ValueKind kind, string doc, Func<ValueReader, KeySpec, TValue?> read, Action<T, TValue, Position> set,
        string example, string? byDefault = null, Bounds bounds = default, bool isRequired = false, Section? section = null,
        ImmutableArray<string> words = default)
        where TValue : class =>
        Add(new Key<T>(name, kind, doc, (reader, key, target, _) =>
        {
            Position at = reader.Next;
            if (read(reader, key) is { } value)
                set(target, value, at);
        })
        { Example = example, Default = byDefault, IsRequired = isRequired, Bounds = bounds, Section = section, Words = words.IsDefault ? [] : words });

    public Section<T> Mapping<TChild>(
        string name, string doc, Section<TChild> section, Action<T, TChild, Position> set, string example, string? byDefault = null)
        where TChild : class, new() =>
        Object(name, ValueKind.Mapping, doc, (reader, key) => reader.Mapping(section, key), set, example, byDefault, section: section);

    public Section<T> MappingList<TChild>(
        string name, string doc, Section<TChild> section, Action<T, List<TChild>, Position> set, string example, string? byDefault = null)
        where TChild : class, new() =>
        Object(name, ValueKind.MappingList, doc, (reader, key) => reader.MappingList(section, key), set, example, byDefault,
            section: section);

    /// <summary>A list whose items need not all be kept: each goes, as it is read, where <paramref name="sink"/> says.</summary>
    public Section<T> MappingEach<TChild>(
        string name, string doc, Section<TChild> section, ItemSink<T, TChild> sink, string example, string? byDefault = null)
        where TChild : class, new() =>
        Add(new Key<T>(name, ValueKind.MappingList, doc,
            (reader, key, target, seen) => reader.MappingEach(section, key, sink(reader, target, seen)))
        { Example = example, Default = byDefault, Section = section });

    private Section<T> Value<TValue>(
        string name, ValueKind kind, string doc, Func<ValueReader, KeySpec, TValue?> read, Action<T, TValue, Position> set,
        string example, string? byDefault, Bounds bounds, bool isRequired = false, ImmutableArray<string> words = default)
        where TValue : struct =>
        Add(new Key<T>(name, kind, doc, (reader, key, target, _) =>
        {
            Position at = reader.Next;
            if (read(reader, key) is { } value)
                set(target, value, at);
        })
        { Example = example, Default = byDefault, IsRequired = isRequired, Bounds = bounds, Words = words.IsDefault ? [] : words });

    private Section<T> Add(Key<T> key)
    {
        _index.Add(key.Name, _keys.Count);
        _keys.Add(key);
        return this;
    }
}
