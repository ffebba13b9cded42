using System.Globalization;
using System.Text.Json;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Workers.Xxl;

/// <summary>
/// What an executor answered: <c>{"code","msg","content"}</c> up to 3.2, <c>{"code","msg","data"}</c> since, and a list of callbacks
/// from an executor that refuses a run by reporting its end. The type of the answer is not looked at: executors give any.
/// </summary>
/// <param name="Code">200: yes.</param>
/// <param name="Words">The executor's, or null.</param>
/// <param name="IsCallback">The run has ended with this code, rather than been taken or refused.</param>
internal sealed record XxlAnswer(int Code, string? Words, bool IsCallback)
{
    private const int Yes = 200;

    public bool IsYes => Code == Yes;

    /// <summary>Null: not an answer of this protocol.</summary>
    /// <param name="logId">Of a run: which of several callbacks is looked for.</param>
    public static XxlAnswer? Read(ReadOnlyMemory<byte> body, long logId = 0)
    {
        using JsonDocument? document = Parse(body);
        return document?.RootElement.ValueKind switch
        {
            JsonValueKind.Object => OfEnvelope(document.RootElement),
            JsonValueKind.Array => OfCallbacks(document.RootElement, logId),
            _ => null,
        };
    }

    /// <summary>The lines of a log. Null: it has none, for the executor says no.</summary>
    public static LogPage? ReadLog(ReadOnlyMemory<byte> body, int fromLine)
    {
        using JsonDocument? document = Parse(body);
        if (document is null || document.RootElement.ValueKind != JsonValueKind.Object
            || Payload(document.RootElement) is not { ValueKind: JsonValueKind.Object } payload)
            return null;
        string content = Text(payload, "logContent") ?? "";
        // With nothing new some executors answer the number of lines there are, and some 0.
        int toLine = content.Length == 0 ? fromLine - 1 : Math.Max(Number(payload, "toLineNum") ?? 0, fromLine - 1);
        bool isEnd = payload.TryGetProperty("isEnd", out JsonElement end) && end.ValueKind == JsonValueKind.True;
        return new LogPage(fromLine, toLine, content, isEnd);
    }

    /// <summary>What it means for a run, when it came with status 200.</summary>
    public RunOutcome OfRun() => (IsYes, IsCallback) switch
    {
        (true, true) => new RunOutcome(RunResult.Finished, Words),
        (true, false) => new RunOutcome(RunResult.Accepted),
        _ => XxlRefusal.Of(Words),
    };

    private static JsonDocument? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonDocument.Parse(SoundJson.Mend(body));
        }
        catch (JsonException)
        {
            // A page of HTML, most likely: who asked says so.
            return null;
        }
    }

    private static XxlAnswer? OfEnvelope(JsonElement root)
    {
        if (Number(root, "code") is not { } code)
            return null;
        // Since 3.3 some words stand where the payload does.
        string? words = Text(root, "msg") is { Length: > 0 } msg ? msg : Text(root, "content") ?? Text(root, "data");
        return new XxlAnswer(code, BoundedText.Message(words), IsCallback: false);
    }

    private static XxlAnswer? OfCallbacks(JsonElement list, long logId)
    {
        var items = new List<JsonElement>();
        foreach (JsonElement one in list.EnumerateArray())
        {
            if (one.ValueKind == JsonValueKind.Object)
                items.Add(one);
        }
        if (items.Count == 0)
            return null;
        JsonElement item = items.Find(one => one.TryGetProperty("logId", out JsonElement id) && Long(id) == logId);
        item = item.ValueKind == JsonValueKind.Object ? item : items[0];
        bool isOld = item.TryGetProperty("executeResult", out JsonElement result) && result.ValueKind == JsonValueKind.Object;
        int? code = Number(item, "handleCode") is { } given and > 0 ? given : isOld ? Number(result, "code") : null;
        string? words = Text(item, "handleMsg") ?? (isOld ? Text(result, "msg") : null);
        return code is null ? null : new XxlAnswer(code.Value, BoundedText.Message(words), IsCallback: true);
    }

    private static JsonElement? Payload(JsonElement root) =>
        root.TryGetProperty("content", out JsonElement content) && content.ValueKind == JsonValueKind.Object ? content
        : root.TryGetProperty("data", out JsonElement data) ? data
        : null;

    private static int? Number(JsonElement item, string name) =>
        item.TryGetProperty(name, out JsonElement value) && Long(value) is { } number and >= int.MinValue and <= int.MaxValue ? (int)number : null;

    /// <summary>A number, or a text that is one.</summary>
    private static long? Long(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out long number) => number,
        JsonValueKind.String when long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) => number,
        _ => null,
    };

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
