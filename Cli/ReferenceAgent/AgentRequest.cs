using System.Text.Json;
using Qschedd.Engine.Model;
using Qschedd.Workers.Local;

namespace Qschedd.Cli.ReferenceAgent;

/// <summary>The body of a run request, read; see the contract, section 3.</summary>
internal sealed record AgentRequest
{
    public required string TaskId { get; init; }
    public required string Job { get; init; }
    public required string App { get; init; }
    public required int Attempt { get; init; }
    public required Uri Callback { get; init; }
    public required long ScheduledMs { get; init; }
    public required long FireMs { get; init; }
    public long? DeadlineMs { get; init; }
    public string? Parameter { get; init; }
    public int ShardIndex { get; init; }
    public int ShardTotal { get; init; } = 1;

    /// <summary>Null: <paramref name="why"/> says what is wrong with it. Unknown members are let pass.</summary>
    public static AgentRequest? Read(ReadOnlyMemory<byte> body, out string why)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            why = "";
            return Read(document.RootElement, ref why);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            why = "the body is not the JSON of a task";
            return null;
        }
    }

    /// <summary>The task id of a kill request, or null.</summary>
    public static string? ReadTaskId(ReadOnlyMemory<byte> body)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            return Text(document.RootElement, "taskId");
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public LocalRun ToRun(LocalCommand command) => new()
    {
        Command = command,
        TaskId = TaskId,
        Job = Job,
        App = App,
        Attempt = Attempt,
        ScheduledMs = ScheduledMs,
        FireMs = FireMs,
        DeadlineMs = DeadlineMs,
        Parameter = Parameter,
        ShardIndex = ShardIndex,
        ShardTotal = ShardTotal,
    };

    private static AgentRequest? Read(JsonElement root, ref string why)
    {
        if (Text(root, "taskId") is not { } taskId || Text(root, "job") is not { } job)
        {
            why = "\"taskId\" and \"job\" must be texts";
            return null;
        }
        if (!WebUrl.TryRead(Text(root, "callback"), out Uri? callback))
        {
            why = "\"callback\" must be an http or https URL";
            return null;
        }
        JsonElement shard = root.TryGetProperty("shard", out JsonElement given) && given.ValueKind == JsonValueKind.Object ? given : default;
        return new AgentRequest
        {
            TaskId = taskId,
            Job = job,
            App = Text(root, "app") ?? "",
            Attempt = (int)Math.Clamp(Number(root, "attempt") ?? 1, 1, int.MaxValue),
            Callback = callback,
            ScheduledMs = Number(root, "scheduledTime") ?? 0,
            FireMs = Number(root, "fireTime") ?? 0,
            DeadlineMs = Number(root, "deadline"),
            Parameter = root.TryGetProperty("param", out JsonElement parameter) && parameter.ValueKind != JsonValueKind.Null
                ? parameter.GetRawText()
                : null,
            ShardIndex = (int)Math.Clamp(Number(shard, "index") ?? 0, 0, int.MaxValue),
            ShardTotal = (int)Math.Clamp(Number(shard, "total") ?? 1, 1, int.MaxValue),
        };
    }

    private static string? Text(JsonElement parent, string name) =>
        Member(parent, name, JsonValueKind.String)?.GetString() is { Length: > 0 } text ? text : null;

    private static long? Number(JsonElement parent, string name) =>
        Member(parent, name, JsonValueKind.Number) is { } element && element.TryGetInt64(out long number) ? number : null;

    private static JsonElement? Member(JsonElement parent, string name, JsonValueKind kind) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out JsonElement element) && element.ValueKind == kind
            ? element
            : null;
}
