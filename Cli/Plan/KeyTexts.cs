using System.Text.Encodings.Web;
using System.Text.Json;
using Qschedd.Engine.Definitions;

namespace Qschedd.Cli.Plan;

/// <summary>A key of a definition, before and after. Null: not given. A secret is told as changed, and nothing else of it.</summary>
internal sealed record KeyChange(string Key, string? Before, string? After)
{
    public bool IsSecret { get; init; }
}

/// <summary>The keys of a definition with their values as JSON text; a secret's key has a mark before it and its print for a value.</summary>
internal sealed class KeyTexts
{
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SortedDictionary<string, string> _texts = new(StringComparer.Ordinal);

    /// <param name="definition">A JSON object.</param>
    public KeyTexts(JsonElement definition)
    {
        foreach (JsonProperty member in definition.EnumerateObject())
            _texts[member.Name] = Normal(member.Value);
    }

    public KeyTexts()
    {
    }

    public string? this[string key] => _texts.GetValueOrDefault(key);

    /// <summary>The value of a key that is text, or null.</summary>
    public string? Text(string key) =>
        this[key] is ['"', ..] json ? JsonDocument.Parse(json).RootElement.GetString() : null;

    public static KeyTexts Parse(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        using JsonDocument document = JsonDocument.ParseValue(ref reader);
        return new KeyTexts(document.RootElement);
    }

    public static KeyTexts Parse(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return new KeyTexts(document.RootElement);
    }

    /// <summary>By key. What was hidden and now is not, or the other way round, is a changed secret too.</summary>
    public static List<KeyChange> Compare(KeyTexts before, KeyTexts after)
    {
        var changes = new SortedDictionary<string, KeyChange>(StringComparer.Ordinal);
        foreach (string name in before._texts.Keys.Union(after._texts.Keys))
        {
            string key = name.StartsWith(KeyWriter.Mark, StringComparison.Ordinal) ? name[KeyWriter.Mark.Length..] : name;
            if (before[name] == after[name])
                continue;
            bool isSecret = key != name;
            if (!changes.TryGetValue(key, out KeyChange? known))
                changes[key] = isSecret ? new KeyChange(key, null, null) { IsSecret = true } : new KeyChange(key, before[name], after[name]);
            else if (!isSecret)
                changes[key] = known with { Before = before[name], After = after[name] };
        }
        return [.. changes.Values];
    }

    // Whoever rendered it may escape otherwise than we do: the same value is to be the same text.
    private static string Normal(JsonElement value)
    {
        var bytes = new System.Buffers.ArrayBufferWriter<byte>(64);
        using (var json = new Utf8JsonWriter(bytes, Plain))
            value.WriteTo(json);
        return System.Text.Encoding.UTF8.GetString(bytes.WrittenSpan);
    }
}
