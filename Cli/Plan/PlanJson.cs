using System.Text.Encodings.Web;
using System.Text.Json;

namespace Qschedd.Cli.Plan;

/// <summary>A plan for programs, as one JSON object. Times are epoch milliseconds.</summary>
internal static class PlanJson
{
    public static void Write(Stream output, PlanReport plan)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        WriteAll(json, "apps", plan.Apps);
        json.WriteStartArray("drift");
        foreach (Drifted drift in plan.Drift)
            Write(json, drift);
        json.WriteEndArray();
        WriteAll(json, "jobs", plan.Jobs);
        json.WriteStartArray("restart");
        foreach (string key in plan.Restart)
            json.WriteStringValue(key);
        json.WriteEndArray();
        WriteKeys(json, "server", plan.Server);
        json.WriteNumber("unchanged", plan.Unchanged);
        json.WriteEndObject();
    }

    private static void WriteAll(Utf8JsonWriter json, string name, IReadOnlyList<Changed> items)
    {
        json.WriteStartArray(name);
        foreach (Changed item in items)
        {
            json.WriteStartObject();
            json.WriteString("change", JsonNamingPolicy.CamelCase.ConvertName(item.Kind.ToString()));
            WriteKeys(json, "keys", item.Keys);
            json.WriteString("name", item.Name);
            if (item.NextAfterMs is { } after)
                json.WriteNumber("nextAfter", after);
            if (item.NextBeforeMs is { } before)
                json.WriteNumber("nextBefore", before);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteKeys(Utf8JsonWriter json, string name, IReadOnlyList<KeyChange> keys)
    {
        json.WriteStartArray(name);
        foreach (KeyChange change in keys)
        {
            json.WriteStartObject();
            WriteValue(json, "after", change.After);
            WriteValue(json, "before", change.Before);
            json.WriteString("key", change.Key);
            if (change.IsSecret)
                json.WriteBoolean("secret", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter json, string name, string? value)
    {
        if (value is null)
            return;
        json.WritePropertyName(name);
        json.WriteRawValue(value, skipInputValidation: true);
    }

    private static void Write(Utf8JsonWriter json, Drifted drift)
    {
        Override made = drift.Override;
        json.WriteStartObject();
        json.WriteNumber("at", made.AtMs);
        json.WriteString("by", made.By);
        json.WriteBoolean("ends", drift.Ends);
        json.WriteString("file", made.File);
        json.WriteString("job", made.Job);
        json.WriteString("key", made.Key);
        json.WriteString("running", made.Running);
        json.WriteEndObject();
    }
}
