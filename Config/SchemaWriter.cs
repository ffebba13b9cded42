using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Qschedd.Config;

/// <summary>
/// The table of keys as JSON Schema, draft 2020-12, for editors: each key with its type, bounds and words. What takes more than one
/// key or the host to decide (a cron's fields, a zone's name, unique names) only the loader says. Any value may be, or hold, a reference.
/// </summary>
internal static class SchemaWriter
{
    private const string Reference = "reference";
    private const string Scalar = "scalar";
    private const string Units = "([0-9]{1,13}d)?([0-9]{1,13}h)?([0-9]{1,13}m)?([0-9]{1,13}s)?([0-9]{1,13}ms)?$";

    public static void Write(Stream output)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
        json.WriteString("title", "A configuration of qschedd");
        WriteKeys(json, ServerKeys.Root);
        json.WriteStartObject("$defs");
        WriteScalars(json);
        var sections = new List<Section>();
        Collect(ServerKeys.Root, sections);
        foreach (Section section in sections)
        {
            json.WriteStartObject(NameOf(section));
            WriteKeys(json, section);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string NameOf(Section section) => section.Title.Split(' ')[^1];

    private static void Collect(Section section, List<Section> found)
    {
        foreach (KeySpec key in section.Specs)
        {
            if (SectionOf(key) is not { } inner || found.Contains(inner))
                continue;
            found.Add(inner);
            Collect(inner, found);
        }
    }

    private static Section? SectionOf(KeySpec key) => key.Kind == ValueKind.WorkerList ? AppKeys.Worker : key.Section;

    private static void WriteScalars(Utf8JsonWriter json)
    {
        json.WriteStartObject(Reference);
        json.WriteString("type", "string");
        json.WriteString("pattern", @"\$\{(env|file|credential):[^}]*\}");
        json.WriteEndObject();
        json.WriteStartObject(Scalar);
        WriteTypes(json, "string", "number", "boolean");
        json.WriteEndObject();
    }

    private static void WriteKeys(Utf8JsonWriter json, Section section)
    {
        json.WriteString("type", "object");
        json.WriteBoolean("additionalProperties", false);
        json.WriteStartObject("properties");
        foreach (KeySpec key in section.Specs)
        {
            json.WriteStartObject(key.Name);
            json.WriteString("description", Describe(key));
            WriteValue(json, key);
            json.WriteEndObject();
        }
        json.WriteEndObject();
        string[] required = [.. section.Specs.Where(key => key.IsRequired).Select(key => key.Name)];
        if (required.Length == 0)
            return;
        json.WriteStartArray("required");
        foreach (string name in required)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }

    private static string Describe(KeySpec key) =>
        $"{key.Doc}. {(key.Default is { } byDefault ? $"Default: {byDefault}. " : "")}Example: {key.Name}: {key.Example}";

    private static void WriteValue(Utf8JsonWriter json, KeySpec key)
    {
        switch (key.Kind)
        {
            case ValueKind.Flag or ValueKind.Integer or ValueKind.Number or ValueKind.Duration or ValueKind.Word:
                WriteChoice(json, "anyOf", () => WriteTyped(json, key), () => WriteRef(json, Reference));
                break;
            case ValueKind.Mapping:
                WriteRef(json, NameOf(key.Section!));
                break;
            case ValueKind.Json:
                json.WriteString("type", "object");
                break;
            case ValueKind.TextMap:
                json.WriteString("type", "object");
                WriteInner(json, "additionalProperties", () => WriteRef(json, Scalar));
                break;
            case ValueKind.ListenList:
                WriteChoice(json, "anyOf", () => WriteListen(json), () => WriteList(json, 1, () => WriteListen(json)));
                break;
            case ValueKind.WorkerList:
                WriteList(json, 0, () => WriteChoice(json, "anyOf", () => json.WriteString("type", "string"), () => WriteRef(json, NameOf(AppKeys.Worker))));
                break;
            case ValueKind.MappingList:
                WriteList(json, 0, () => WriteRef(json, NameOf(key.Section!)));
                break;
            case ValueKind.TextList or ValueKind.NetworkList:
                WriteList(json, 1, () => WriteRef(json, Scalar));
                break;
            case ValueKind.WordList:
                WriteList(json, 1, () => WriteChoice(json, "anyOf", () => WriteWords(json, key), () => WriteRef(json, Reference)));
                json.WriteBoolean("uniqueItems", true);
                break;
            default:
                WriteText(json, key);
                break;
        }
    }

    private static void WriteTyped(Utf8JsonWriter json, KeySpec key)
    {
        if (key.Kind == ValueKind.Flag)
            json.WriteString("type", "boolean");
        else if (key.Kind == ValueKind.Word)
            WriteWords(json, key);
        else if (key.Kind == ValueKind.Duration)
            WriteDuration(json, isZeroRight: key.Bounds.Min == 0);
        else
        {
            json.WriteString("type", key.Kind == ValueKind.Integer ? "integer" : "number");
            json.WriteNumber("minimum", key.Bounds.Min);
            json.WriteNumber("maximum", key.Bounds.Max);
        }
    }

    /// <summary>Digits and units, the longest first; where it must last, some digit is not 0.</summary>
    private static void WriteDuration(Utf8JsonWriter json, bool isZeroRight)
    {
        if (!isZeroRight)
        {
            json.WriteString("type", "string");
            json.WriteString("pattern", "^(?=[0-9])(?=.*[1-9])" + Units);
            return;
        }
        json.WriteStartArray("anyOf");
        json.WriteStartObject();
        json.WriteNumber("const", 0);
        json.WriteEndObject();
        json.WriteStartObject();
        json.WriteString("type", "string");
        json.WriteString("pattern", "^0$|^(?=[0-9])" + Units);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>A word that YAML reads as a number stands there as one too.</summary>
    private static void WriteWords(Utf8JsonWriter json, KeySpec key)
    {
        json.WriteStartArray("enum");
        foreach (string word in key.Words)
        {
            json.WriteStringValue(word);
            if (decimal.TryParse(word, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal number))
                json.WriteNumberValue(number);
        }
        json.WriteEndArray();
    }

    private static void WriteText(Utf8JsonWriter json, KeySpec key)
    {
        if (key.Kind is ValueKind.Text or ValueKind.Name or ValueKind.Secret)
            WriteTypes(json, "string", "number", "boolean");
        else
            json.WriteString("type", "string");
        if (key.Kind != ValueKind.Text || key.Bounds.Min > 0)
            json.WriteNumber("minLength", 1);
        if (key.Kind is ValueKind.Text or ValueKind.Secret)
            json.WriteNumber("maxLength", key.Bounds.Max);
        if (key.Kind == ValueKind.WorkerPath)
            json.WriteString("pattern", @"^/|\$\{");
    }

    private static void WriteListen(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", @"^(https?://|unix:/)|\$\{");
    }

    private static void WriteList(Utf8JsonWriter json, int itemsMin, Action writeItem)
    {
        json.WriteString("type", "array");
        if (itemsMin > 0)
            json.WriteNumber("minItems", itemsMin);
        WriteInner(json, "items", writeItem);
    }

    private static void WriteInner(Utf8JsonWriter json, string name, Action write)
    {
        json.WriteStartObject(name);
        write();
        json.WriteEndObject();
    }

    private static void WriteChoice(Utf8JsonWriter json, string name, params ReadOnlySpan<Action> choices)
    {
        json.WriteStartArray(name);
        foreach (Action write in choices)
        {
            json.WriteStartObject();
            write();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteTypes(Utf8JsonWriter json, params ReadOnlySpan<string> types)
    {
        json.WriteStartArray("type");
        foreach (string type in types)
            json.WriteStringValue(type);
        json.WriteEndArray();
    }

    private static void WriteRef(Utf8JsonWriter json, string name) => json.WriteString("$ref", $"#/$defs/{name}");
}
