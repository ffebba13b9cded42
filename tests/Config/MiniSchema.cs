using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Qschedd.Tests.Config;

/// <summary>As much of JSON Schema as the printed one uses, written from its specification; a keyword that it does not know fails.</summary>
internal sealed class MiniSchema(JsonObject root)
{
    public bool IsValid(JsonNode? value) => Holds(root, value);

    /// <summary>YAML as an editor reads it: by the core schema, without our loader.</summary>
    public static JsonNode? Read(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return Node(stream.Documents[0].RootNode);
    }

    private static JsonNode? Node(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(c => KeyValuePair.Create(((YamlScalarNode)c.Key).Value!, Node(c.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Node)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => Plain(plain.Value!),
        _ => JsonValue.Create(((YamlScalarNode)node).Value!),
    };

    private static JsonNode? Plain(string text) => text switch
    {
        "" or "~" or "null" => null,
        "true" or "false" => JsonValue.Create(text == "true"),
        _ when Regex.IsMatch(text, @"^-?[0-9]+(\.[0-9]+)?$") => JsonValue.Create(decimal.Parse(text, CultureInfo.InvariantCulture)),
        _ => JsonValue.Create(text),
    };

    private bool Holds(JsonObject schema, JsonNode? value) => schema.All(rule => Holds(schema, rule.Key, rule.Value!, value));

    private bool Holds(JsonObject schema, string keyword, JsonNode rule, JsonNode? value) => keyword switch
    {
        "$schema" or "$defs" or "title" or "description" => true,
        "$ref" => Holds((JsonObject)root["$defs"]![rule.GetValue<string>()["#/$defs/".Length..]]!, value),
        "anyOf" => rule.AsArray().Any(choice => Holds((JsonObject)choice!, value)),
        "type" => rule is JsonArray types ? types.Any(t => IsOf(t!.GetValue<string>(), value)) : IsOf(rule.GetValue<string>(), value),
        "const" => JsonNode.DeepEquals(rule, value) || SameNumber(rule, value),
        "enum" => rule.AsArray().Any(word => JsonNode.DeepEquals(word, value) || SameNumber(word, value)),
        "pattern" => Text(value) is not { } text || Regex.IsMatch(text, rule.GetValue<string>(), RegexOptions.ECMAScript),
        "minLength" => Text(value) is not { } text || text.Length >= rule.GetValue<int>(),
        "maxLength" => Text(value) is not { } text || text.Length <= rule.GetValue<int>(),
        "minimum" => Number(value) is not { } number || number >= rule.GetValue<decimal>(),
        "maximum" => Number(value) is not { } number || number <= rule.GetValue<decimal>(),
        "minItems" => value is not JsonArray list || list.Count >= rule.GetValue<int>(),
        "uniqueItems" => value is not JsonArray list || list.Select(i => i?.ToJsonString()).Distinct().Count() == list.Count,
        "items" => value is not JsonArray list || list.All(item => Holds((JsonObject)rule, item)),
        "required" => value is not JsonObject map || rule.AsArray().All(name => map.ContainsKey(name!.GetValue<string>())),
        "properties" => value is not JsonObject map || map.All(m => rule[m.Key] is not JsonObject of || Holds(of, m.Value)),
        "additionalProperties" => value is not JsonObject map || map.Where(m => schema["properties"]?[m.Key] is null)
            .All(m => rule is JsonObject of && Holds(of, m.Value)),
        _ => throw new NotSupportedException(keyword),
    };

    private static bool IsOf(string type, JsonNode? value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => Text(value) is not null,
        "boolean" => value is JsonValue flag && flag.TryGetValue(out bool _),
        "integer" => Number(value) is { } number && decimal.IsInteger(number),
        "number" => Number(value) is not null,
        _ => throw new NotSupportedException(type),
    };

    private static string? Text(JsonNode? value) => value is JsonValue text && text.TryGetValue(out string? found) ? found : null;

    private static decimal? Number(JsonNode? value) => value is JsonValue number && number.TryGetValue(out decimal found) ? found : null;

    private static bool SameNumber(JsonNode? one, JsonNode? other) => Number(one) is { } number && number == Number(other);
}
