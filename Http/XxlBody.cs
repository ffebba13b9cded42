using System.Globalization;
using System.Text.Json;
using Qschedd.Engine.Model;

namespace Qschedd.Http;

/// <summary>The end of one run, as an executor calls it back. Nothing in it is trusted but the number of the log.</summary>
internal readonly record struct XxlCallback(XxlLogId LogId, int Code, string? Message)
{
    private const int Yes = 200;
    private const int Failed = 500;
    private const int QueueTooDeep = 405;
    private const int Discarded = 407;

    /// <summary>
    /// Code 200 alone is success. Of the others two say that the run was refused after it had been taken; any program may end with
    /// such a code, so they are not taken for more than the state's name: nothing is sent to another worker for them.
    /// </summary>
    public TaskState StateFor(OverlapPolicy overlap) => Code switch
    {
        Yes => TaskState.Finished,
        QueueTooDeep => TaskState.QueueFull,
        Discarded when overlap == OverlapPolicy.Skip => TaskState.Ignored,
        _ => TaskState.Failed,
    };

    /// <summary>The executor's words, with a code that says more than "failed".</summary>
    public string? Words => (Code, string.IsNullOrEmpty(Message)) switch
    {
        (Yes, true) => null,
        (Yes or Failed, false) => Message,
        ( <= 0, _) => "the executor called back without a result" + (string.IsNullOrEmpty(Message) ? "" : $": {Message}"),
        (_, true) => $"the executor reports code {Code}, and no more",
        _ => $"code {Code}: {Message}",
    };
}

/// <summary>
/// Bodies of XXL-JOB executors. They retry what is refused for ever, so nothing is refused for what can be overlooked: what is no
/// text is replaced, a number may be a text, and one item that makes no sense does not spoil the others.
/// </summary>
internal sealed class XxlBody : IDisposable
{
    private readonly JsonDocument _document;

    private XxlBody(JsonDocument document) => _document = document;

    /// <summary>Null: no JSON object or array.</summary>
    public static XxlBody? Parse(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            var document = JsonDocument.Parse(SoundJson.Mend(utf8), new JsonDocumentOptions { MaxDepth = HttpLimits.JsonDepthMax });
            if (document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                return new XxlBody(document);
            document.Dispose();
        }
        catch (JsonException)
        {
            // The protocol has one word for whatever is wrong with it.
        }

        return null;
    }

    public void Dispose() => _document.Dispose();

    /// <summary>Empty: missing, blank, or no text.</summary>
    public string this[string name] =>
        _document.RootElement.ValueKind == JsonValueKind.Object ? (Text(_document.RootElement, name) ?? "").Trim() : "";

    /// <summary>A list, since 3.5 inside an object; or one item by itself. Items without the number of a log are left out.</summary>
    public IEnumerable<XxlCallback> Callbacks()
    {
        JsonElement root = _document.RootElement;
        if (root.ValueKind == JsonValueKind.Object && root.TryGetProperty("callbackList", out JsonElement list))
            root = list;
        IEnumerable<JsonElement> items = root.ValueKind == JsonValueKind.Array ? root.EnumerateArray() : [root];
        foreach (JsonElement item in items)
        {
            if (item.ValueKind == JsonValueKind.Object && Number(item, "logId") is { } logId and > 0)
                yield return Read(item, XxlLogId.Of(logId));
        }
    }

    /// <summary>The result stands in the item since 2.3, and in an object of its own in 2.2; some executors send both.</summary>
    private static XxlCallback Read(JsonElement item, XxlLogId logId)
    {
        if (Number(item, "handleCode") is { } code and > 0)
            return new XxlCallback(logId, Clamp(code), Text(item, "handleMsg"));
        return item.TryGetProperty("executeResult", out JsonElement result) && result.ValueKind == JsonValueKind.Object
            ? new XxlCallback(logId, Clamp(Number(result, "code") ?? 0), Text(result, "msg"))
            : new XxlCallback(logId, 0, Text(item, "handleMsg"));
    }

    private static int Clamp(long code) => (int)Math.Clamp(code, 0, int.MaxValue);

    private static long? Number(JsonElement item, string name)
    {
        if (!item.TryGetProperty(name, out JsonElement value))
            return null;
        if (value.ValueKind == JsonValueKind.Number)
            return value.TryGetInt64(out long number) ? number : null;
        return long.TryParse(Text(item, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long parsed) ? parsed : null;
    }

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
