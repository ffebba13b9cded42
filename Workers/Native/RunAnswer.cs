using System.Text.Json;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Workers.Native;

/// <summary>
/// What a worker's answer means (contract, section 3). Where the contract is silent:
/// 200 with state 200 is "accepted" and with -300 "queue full", for the worker's meaning is plain; 200 with anything else, or with
/// no state at all, is a broken worker and fails the task, as any other status does.
/// </summary>
internal static class RunAnswer
{
    private static ReadOnlySpan<byte> Utf8Bom => [0xEF, 0xBB, 0xBF];

    public static RunOutcome Read(int status, AnswerBody body) => status switch
    {
        200 => ReadDone(body),
        202 => new RunOutcome(RunResult.Accepted),
        429 or 503 => new RunOutcome(RunResult.QueueFull, WithWords($"the worker answered {status}", body)),
        _ => new RunOutcome(RunResult.Failed, WithWords($"the worker answered {status}", body)),
    };

    private static RunOutcome ReadDone(AnswerBody body)
    {
        if (body.TooLong)
        {
            // It did the work, or failed at it, and talks too much: whether its first words say so or not, it must not run again.
            return new RunOutcome(RunResult.Unknown, "the worker answered 200 with more than 64 KiB: its state was not looked for");
        }
        if (!TryParse(body.Bytes.Span, out int? state, out string? message))
        {
            return Broken("something that is not a JSON object");
        }
        return (TaskState?)state switch
        {
            TaskState.Finished => new RunOutcome(RunResult.Finished, message),
            TaskState.Failed => new RunOutcome(RunResult.Failed, message ?? "the worker says that it failed, and no more"),
            TaskState.Started => new RunOutcome(RunResult.Accepted, message),
            TaskState.QueueFull => new RunOutcome(RunResult.QueueFull, message),
            null => Broken("no \"state\""),
            _ => Broken($"state {state}"),
        };
    }

    private static RunOutcome Broken(string what) => new(
        RunResult.Failed, $"the worker answered 200 with {what}; expected {{\"state\":300}} or {{\"state\":-100}}");

    private static string WithWords(string ours, AnswerBody body) =>
        !body.TooLong && TryParse(body.Bytes.Span, out _, out string? message) && message is not null
            ? BoundedText.Head($"{ours}: {message}", BoundedText.MessageBytesMax)
            : ours;

    /// <summary>False: not one JSON object. Members of another type than expected count as absent.</summary>
    internal static bool TryParse(ReadOnlySpan<byte> body, out int? state, out string? message)
    {
        (state, message) = (null, null);
        try
        {
            var json = new Utf8JsonReader(body.StartsWith(Utf8Bom) ? body[Utf8Bom.Length..] : body);
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                ReadMember(ref json, ref state, ref message);
            }
            // Reads on to the end, so that what follows the object is noticed.
            return json.TokenType == JsonTokenType.EndObject && !json.Read();
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text that is no UTF-8, or half a surrogate pair.
            return false;
        }
    }

    private static void ReadMember(ref Utf8JsonReader json, ref int? state, ref string? message)
    {
        bool isState = json.ValueTextEquals("state"u8);
        bool isMessage = json.ValueTextEquals("message"u8);
        json.Read();
        if (isState && json.TokenType == JsonTokenType.Number && json.TryGetInt32(out int number))
        {
            state = number;
        }
        else if (isMessage && json.TokenType == JsonTokenType.String)
        {
            message = BoundedText.Message(json.GetString());
        }
        else
        {
            json.Skip();
        }
    }
}
