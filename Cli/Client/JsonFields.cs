using System.Text.Json;

namespace Qschedd.Cli.Client;

/// <summary>Members of an answer by name; what is not there, or is of another kind, is null.</summary>
internal static class JsonFields
{
    public static string? Text(this JsonElement element, string name) => element.Field(name) switch
    {
        { ValueKind: JsonValueKind.String } text => Unescape(text),
        { ValueKind: JsonValueKind.Null or JsonValueKind.Undefined } => null,
        { } other => other.GetRawText(),
        null => null,
    };

    public static long? Number(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out long value) ? value : null;

    public static bool? Flag(this JsonElement element, string name) => element.Field(name)?.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    };

    public static IEnumerable<JsonElement> Rows(this JsonElement element, string name) =>
        element.Field(name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray() : [];

    public static JsonElement? Field(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : null;

    /// <summary>A string may hold half a surrogate pair, which is no text.</summary>
    private static string? Unescape(JsonElement text)
    {
        try
        {
            return text.GetString();
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText();
        }
    }
}
