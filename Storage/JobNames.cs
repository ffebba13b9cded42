using System.Text.Json;
using System.Text.Json.Serialization;

namespace Qschedd.Storage;

/// <summary>The jobs that a registration names, as a JSON list.</summary>
internal static class JobNames
{
    public static string? ToText(IReadOnlyList<string>? names) =>
        names is null ? null : JsonSerializer.Serialize([.. names], JobNamesJson.Default.StringArray);

    /// <summary>Of text that is no such list: no jobs, until the worker registers again.</summary>
    public static IReadOnlyList<string>? FromText(string? text)
    {
        try
        {
            return text is null ? null : JsonSerializer.Deserialize(text, JobNamesJson.Default.StringArray) ?? [];
        }
        catch (JsonException)
        {
            return [];
        }
    }
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class JobNamesJson : JsonSerializerContext;
