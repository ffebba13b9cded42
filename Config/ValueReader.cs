namespace Qschedd.Config;

/// <summary>A scalar with ${...} resolved.</summary>
/// <param name="Text">What it comes to.</param>
/// <param name="Shown">What messages may show: the text as written, never what ${...} stands for.</param>
/// <param name="IsTyped">Plain or from ${...}: may be a number or a flag. Quoted text is text.</param>
/// <param name="Column">Where its text begins when an offset into it is a column, else 0.</param>
internal readonly record struct ResolvedScalar(string Text, string Shown, bool IsTyped, int Column);

/// <summary>
/// Reads nodes into values of the kinds of <see cref="ValueKind"/>. A wrong node is reported, passed over, and reads as null,
/// so that one reading finds all errors.
/// </summary>
/// <param name="ahead">Builds jobs as they are read; null: they are kept for the end.</param>
internal sealed partial class ValueReader(YamlCursor cursor, FileErrors errors, LoadContext load, JobsAhead? ahead)
{
    /// <summary>Scalars so far that held a reference.</summary>
    private int _references;

    public LoadContext Load => load;

    public JobsAhead? Ahead => ahead;

    /// <summary>Where the node stands that is read next.</summary>
    public Position Next => cursor.At;

    public void Error(Position at, string message) => errors.Add(at, message);

    public string PlaceOf(Position at) => errors.PlaceOf(at);

    public T? Mapping<T>(Section<T> section, KeySpec key) where T : class, new()
    {
        if (!cursor.IsMapping)
            return Wrong<T>(key);
        var target = new T();
        Entries(section, target);
        return target;
    }

    public List<T>? MappingList<T>(Section<T> section, KeySpec key) where T : class, new()
    {
        if (!cursor.IsList)
            return Wrong<List<T>>(key);
        List<T> items = [];
        MappingEach(section, key, new Items<T>(static () => new T(), items.Add));
        return items;
    }

    public void MappingEach<T>(Section<T> section, KeySpec key, Items<T> items) where T : class, new()
    {
        if (!cursor.IsList)
        {
            Wrong<List<T>>(key);
            return;
        }
        for (cursor.Next(); !cursor.IsListEnd;)
        {
            if (cursor.IsMapping)
            {
                T item = items.Blank();
                Entries(section, item);
                items.Take(item);
            }
            else
            {
                WrongItem($"an item of '{key.Name}' is a mapping: {section.Title}, {FirstKeys(section)}, ...");
            }
        }
        cursor.Next();
    }

    /// <summary>Reads the mapping that starts here; the cursor ends after it.</summary>
    public void Entries<T>(Section<T> section, T target)
    {
        Position at = cursor.At;
        bool isBlock = cursor.IsBlockMapping;
        Span<Position> keys = stackalloc Position[section.Specs.Count];
        ulong resolved = 0;
        for (cursor.Next(); !cursor.IsMappingEnd;)
            Entry(section, target, at, keys, isBlock, ref resolved);
        cursor.Next();
        for (int i = 0; i < keys.Length; i++)
        {
            if (section[i].IsRequired && !keys[i].IsGiven)
                Error(at, $"{section.Title} needs '{section[i].Name}': {section[i].Doc}, as in {section[i].Name}: {section[i].Example}");
        }
        section.Check?.Invoke(this, target, new Seen(section, at, keys, resolved));
    }

    private static string FirstKeys(Section section) => string.Join(", ", section.Specs.Take(3).Select(key => $"{key.Name}:"));

    /// <summary>Reads a scalar key of a mapping; null with a report when it is none.</summary>
    /// <param name="isBlock">Of a mapping without braces: it must be indented by spaces.</param>
    /// <param name="owner">How messages call the mapping.</param>
    private string? KeyName(bool isBlock, string owner)
    {
        Position at = cursor.At;
        if (isBlock && cursor.IsTabIndented)
            Error(at, SyntaxWords.Tab);
        if (cursor.Scalar is not { } scalar)
        {
            if (!cursor.IsAlias)
                Error(at, $"a key of {owner} is a plain word, not {cursor.Describe()}; a value that begins with [ or {{ needs quotes");
            cursor.Skip();
            return null;
        }
        cursor.Next();
        return scalar.Text;
    }

    private void Entry<T>(Section<T> section, T target, Position mapping, Span<Position> keys, bool isBlock, ref ulong resolved)
    {
        Position at = cursor.At;
        string? name = KeyName(isBlock, section.Title);
        int index = name is null ? -1 : section.IndexOf(name);
        if (index < 0)
        {
            if (name is not null)
                Error(at, UnknownKey(section, name));
            cursor.Skip();
        }
        else if (keys[index].IsGiven)
        {
            Error(at, $"key '{name}' twice in {section.Title}: first at {PlaceOf(keys[index])}; keep one");
            cursor.Skip();
        }
        else
        {
            keys[index] = at;
            int before = _references;
            section[index].Read(this, section[index], target, new Seen(section, mapping, keys, resolved));
            if (_references != before)
                resolved |= 1UL << index;
        }
    }

    private static string UnknownKey(Section section, string name)
    {
        if (section.Refused.TryGetValue(name, out string? why))
            return $"'{name}' has no place in {section.Title}: {why}";
        if (name == "<<")
            return "merge keys (<<) are not accepted: put what jobs share under the app's 'defaults'";
        // What is glued to a colon may be a token: it is not shown.
        if (name.IndexOf(':') is > 0 and int colon)
            return $"unknown key {Shown.Quote(name[..(colon + 1)])} in {section.Title}: a space belongs between ':' and the value";
        string[] known = [.. section.Specs.Select(key => key.Name)];
        return Suggest.Near(name, known) is { } near
            ? $"unknown key {Shown.Quote(name)} in {section.Title}: did you mean '{near}'?"
            : $"unknown key {Shown.Quote(name)} in {section.Title}: its keys are {string.Join(", ", known)}";
    }

    /// <summary>Reads a scalar with a value; null with a report when it is something else.</summary>
    private ResolvedScalar? Scalar(KeySpec key)
    {
        Position at = cursor.At;
        if (cursor.Scalar is not { } scalar)
            return WrongScalar(key);
        cursor.Next();
        if (!scalar.IsNull)
            return Resolve(scalar, at);
        Error(at, NoValue(key));
        return null;
    }

    private static string NoValue(KeySpec key) => $"'{key.Name}' has no value: it {ValueKinds.Must(key)}; or leave the key out";

    private ResolvedScalar? Resolve(YamlScalar scalar, Position at)
    {
        string? text = load.References.Resolve(scalar.Text, out string? fault);
        if (fault is not null)
            Error(at, fault);
        if (text is null)
            return null;
        bool isResolved = !ReferenceEquals(text, scalar.Text);
        if (isResolved)
            _references++;
        int column = scalar.IsVerbatim && !isResolved ? scalar.FirstColumn : 0;
        return new ResolvedScalar(text, scalar.Text, scalar.IsPlain || isResolved, column);
    }

    private ResolvedScalar? WrongScalar(KeySpec key)
    {
        WrongItem($"'{key.Name}' {ValueKinds.Must(key)}");
        return null;
    }

    private T? Wrong<T>(KeySpec key) where T : class
    {
        if (cursor.Scalar is not { IsNull: true })
        {
            WrongItem($"'{key.Name}' {ValueKinds.Must(key)}");
            return null;
        }
        Error(cursor.At, NoValue(key));
        cursor.Skip();
        return null;
    }

    /// <summary>Reports the node that starts here and passes over it. An alias is reported already.</summary>
    private void WrongItem(string must)
    {
        if (!cursor.IsAlias)
            Error(cursor.At, $"{must}, not {cursor.Describe()}");
        cursor.Skip();
    }
}
