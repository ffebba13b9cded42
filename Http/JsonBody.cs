using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Http;

/// <summary>
/// A body: one JSON object. Unknown members are not looked at, of equal ones the last counts. Texts in it are sound: broken UTF-8
/// and halves of surrogate pairs are refused when it is parsed.
/// </summary>
internal sealed class JsonBody : IDisposable
{
    private readonly JsonDocument? _document;

    private JsonBody(JsonDocument? document) => _document = document;

    /// <summary>Of a request without one.</summary>
    public static readonly JsonBody None = new(null);

    /// <summary>Of an endpoint that reads it itself; as JSON it has nothing in it. The memory must stay until <see cref="Dispose"/>.</summary>
    public static JsonBody Unread(ReadOnlyMemory<byte> bytes) => new(null) { Bytes = bytes };

    /// <summary>As it came, when it is unread.</summary>
    public ReadOnlyMemory<byte> Bytes { get; private init; }

    /// <summary>The memory must stay until <see cref="Dispose"/>.</summary>
    /// <param name="depthMax">Deeper JSON is refused, as unsound JSON is.</param>
    public static JsonBody? Parse(ReadOnlyMemory<byte> utf8, int depthMax)
    {
        ReadOnlyMemory<byte> json = utf8.Span.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        if (!SoundJson.IsSound(json.Span))
            return null;
        try
        {
            var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = depthMax });
            if (document.RootElement.ValueKind == JsonValueKind.Object)
                return new JsonBody(document);
            document.Dispose();
        }
        catch (JsonException)
        {
            // What is wrong with it is the caller's to find out: the contract has one word for it.
        }

        return null;
    }

    public void Dispose() => _document?.Dispose();

    public IEnumerable<JsonProperty> Members => _document is null ? [] : _document.RootElement.EnumerateObject();

    /// <summary>False: missing or null.</summary>
    public bool TryGet(string name, out JsonElement value)
    {
        value = default;
        return _document is not null && _document.RootElement.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    /// <summary>False: missing, empty, or not a string.</summary>
    public bool TryText(string name, [NotNullWhen(true)] out string? text) => TryOptionalText(name, out text) && !string.IsNullOrEmpty(text);

    /// <summary>False: there, and not a string.</summary>
    public bool TryOptionalText(string name, out string? text)
    {
        text = null;
        if (!TryGet(name, out JsonElement value))
            return true;
        if (value.ValueKind != JsonValueKind.String)
            return false;
        text = value.GetString();
        return true;
    }

    /// <summary>False: missing, empty, or not a list of strings with something in them.</summary>
    public bool TryTexts(string name, out List<string> texts)
    {
        texts = [];
        if (!TryGet(name, out JsonElement list) || list.ValueKind != JsonValueKind.Array)
            return false;
        foreach (JsonElement item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.String || item.GetString() is not { Length: > 0 } text)
                return false;
            texts.Add(text);
        }

        return texts.Count > 0;
    }

    public bool TryInteger(string name, out int number)
    {
        number = 0;
        return TryGet(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out number);
    }
}
