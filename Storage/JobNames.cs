using System.Text.Json;
using System.Text.Json.Serialization;

namespace Qschedd.Storage;

/// <summary>The jobs that a registration names, as a JSON list.</summary>
internal static class JobNames
{
    public static string? ToText(IReadOnlyList<string>? names) =>
        names is null ? null : JsonSerializer.Serialize([.. names], JobNamesJson.Default.StringArray);

    public static IReadOnlyList<string>? FromText(string? text) =>
        text is null ? null : JsonSerializer.Deserialize(text, JobNamesJson.Default.StringArray);
}

[JsonSerializable(typeof(string[]))]
internal sealed partial class JobNamesJson : JsonSerializerContext;
