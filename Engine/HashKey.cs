using System.Text;
using System.Text.Json;

namespace Qschedd.Engine;

/// <summary>The key by which consistentHash keeps tasks together: <c>hashKey</c> in the parameter, a string or a number.</summary>
internal static class HashKey
{
    /// <param name="parameter">JSON text of an object, or null.</param>
    /// <returns>The key, or null when the parameter names none.</returns>
    public static string? Of(string? parameter)
    {
        if (parameter is null || !parameter.Contains("\"hashKey\"", StringComparison.Ordinal))
            return null;
        using var document = JsonDocument.Parse(Encoding.UTF8.GetBytes(parameter));
        return document.RootElement.TryGetProperty("hashKey", out var key) switch
        {
            true when key.ValueKind == JsonValueKind.String => key.GetString(),
            true when key.ValueKind == JsonValueKind.Number => key.GetRawText(),
            _ => null,
        };
    }
}
