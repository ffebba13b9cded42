using System.Text.Json;

namespace Qschedd.Config;

// A parameter: YAML to JSON text, by YAML 1.2's core schema; keys in the order in which they are written.
internal sealed partial class ValueReader
{
    /// <summary>
    /// Compact JSON text of the mapping that starts here, as it may be shown; text that is not ASCII stays as it is. Where it holds
    /// references, <see cref="LoadContext.Sent"/> has the text with what they stand for.
    /// </summary>
    public string? Json(KeySpec key)
    {
        if (!cursor.IsMapping)
            return Wrong<string>(key);
        Utf8JsonWriter writer = load.Json.Start();
        bool isRight = JsonNode(writer, key);
        string json = load.Strings.Share(load.Json.Finish());
        if (load.Json.Sent() is { } sent)
            load.Sent[json] = sent;
        return isRight ? json : null;
    }

    // Recursion is bounded by the cursor's depth.
    private bool JsonNode(Utf8JsonWriter writer, KeySpec key)
    {
        if (cursor.IsMapping)
            return JsonObject(writer, key);
        if (cursor.IsList)
            return JsonArray(writer, key);
        if (cursor.Scalar is { } scalar)
            return JsonScalar(writer, key, scalar);
        cursor.Skip();
        writer.WriteNullValue();
        return false;
    }

    private bool JsonObject(Utf8JsonWriter writer, KeySpec key)
    {
        bool isRight = true;
        bool isBlock = cursor.IsBlockMapping;
        Dictionary<string, Position> seen = [];
        writer.WriteStartObject();
        for (cursor.Next(); !cursor.IsMappingEnd;)
        {
            if (FreeKey(key, isBlock, seen) is not { } name)
            {
                isRight = false;
                continue;
            }
            writer.WritePropertyName(name);
            isRight &= JsonNode(writer, key);
        }
        cursor.Next();
        writer.WriteEndObject();
        return isRight;
    }

    private bool JsonArray(Utf8JsonWriter writer, KeySpec key)
    {
        bool isRight = true;
        writer.WriteStartArray();
        for (cursor.Next(); !cursor.IsListEnd;)
            isRight &= JsonNode(writer, key);
        cursor.Next();
        writer.WriteEndArray();
        return isRight;
    }

    private bool JsonScalar(Utf8JsonWriter writer, KeySpec key, YamlScalar scalar)
    {
        Position at = Next;
        cursor.Next();
        ResolvedScalar? resolved = Resolve(scalar, at);
        // What ${...} stands for stays text, whatever it looks like: a type must not depend on the host.
        if (resolved is { } value && !ReferenceEquals(value.Text, scalar.Text))
        {
            load.Json.WriteReference(scalar.Text, value.Text);
            return true;
        }

        if (resolved is null || !scalar.IsPlain)
        {
            writer.WriteStringValue(resolved?.Text ?? "");
            return resolved is not null;
        }

        JsonWord word = CoreSchema.Read(scalar.Text, out string? literal);
        if (word == JsonWord.Text)
            writer.WriteStringValue(scalar.Text);
        else if (word == JsonWord.Literal)
            writer.WriteRawValue(literal!, skipInputValidation: true);
        else
            return NoSuchNumber(writer, key, at);
        return true;
    }

    private bool NoSuchNumber(Utf8JsonWriter writer, KeySpec key, Position at)
    {
        Error(at, $"'{key.Name}': JSON has no infinity, no NaN and no number this large: quote it to send it as text");
        writer.WriteNullValue();
        return false;
    }

    /// <summary>Reads a key of a mapping that may hold any; null when it is none or stands twice: then its value is passed over.</summary>
    private string? FreeKey(KeySpec key, bool isBlock, Dictionary<string, Position> seen)
    {
        Position at = Next;
        string? name = KeyName(isBlock, key.Name);
        if (name is not null && seen.TryAdd(name, at))
            return name;
        if (name is not null)
            Error(at, $"key {Shown.Quote(name)} twice in '{key.Name}': first at {PlaceOf(seen[name])}; keep one");
        cursor.Skip();
        return null;
    }
}
