using System.Text.Json;

namespace Qschedd.Cli.Client;

/// <summary>
/// A part of an answer. Members are read by name; what is not there, or is of another kind, is null. A class, although JsonElement
/// would do: LINQ over a struct is compiled anew for each, and cost the binary half a megabyte.
/// </summary>
internal sealed class JsonPart(JsonElement element)
{
    public static readonly JsonPart Nothing = new(default);

    public bool IsObject => element.ValueKind == JsonValueKind.Object;

    /// <summary>A whole number; null: it is none.</summary>
    public long? AsNumber => element.ValueKind == JsonValueKind.Number && element.TryGetInt64(out long value) ? value : null;

    /// <summary>As written, without quotes.</summary>
    public string? AsText => element.ValueKind switch
    {
        JsonValueKind.String => Unescape(),
        JsonValueKind.Null or JsonValueKind.Undefined => null,
        _ => element.GetRawText(),
    };

    public string? Text(string name) => Part(name).AsText;

    public long? Number(string name) => Part(name).AsNumber;

    public bool? Flag(string name) => Part(name).AsFlag;

    public JsonPart Part(string name) => IsObject && element.TryGetProperty(name, out JsonElement value) ? new JsonPart(value) : Nothing;

    /// <summary>The elements of a list; none where there is no list.</summary>
    public List<JsonPart> Rows(string name)
    {
        var rows = new List<JsonPart>();
        if (IsObject && element.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array)
        {
            foreach (JsonElement row in list.EnumerateArray())
                rows.Add(new JsonPart(row));
        }

        return rows;
    }

    /// <summary>The names of an object's members.</summary>
    public List<string> Names()
    {
        var names = new List<string>();
        if (IsObject)
        {
            foreach (JsonProperty member in element.EnumerateObject())
                names.Add(member.Name);
        }

        return names;
    }

    private bool? AsFlag => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    /// <summary>A string may hold half a surrogate pair, which is no text.</summary>
    private string? Unescape()
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return element.GetRawText();
        }
    }
}
