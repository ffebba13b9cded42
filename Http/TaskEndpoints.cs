using System.Globalization;
using System.Text.Json;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary><c>tasks.do</c> (start, list), <c>tasks/$task_id.do</c> and its <c>log.do</c>, <c>tasks/state.do</c> and <c>tasks/kill.do</c>.</summary>
internal static class TaskEndpoints
{
    public static async ValueTask<Answer> StartAsync(Call call)
    {
        if (!call.Body.TryText("job", out string? name) || !TryParam(call.Body, out string? param))
            return Answers.BadParameters;
        if (call.OpenJob(name, Answers.TriggerFailed, out Access access, out JobView job) is { } refusal)
            return refusal;

        TriggerResult started = await call.Api.TriggerAsync(job.Job.Name, param, call.Actor(access));
        return started switch
        {
            { Result: CommandResult.Done, TaskId: { } id } => Answer.Succeeded(id),
            { Result: CommandResult.Refused or CommandResult.NotFound } => Answers.TriggerFailed,
            _ => Answers.InternalError,
        };
    }

    public static ValueTask<Answer> ListAsync(Call call)
    {
        Query query = call.Query;
        if (query["job"] is not { } name
            || !query.TryLimit(HttpLimits.TaskRowsDefault, out int limit)
            || !TryStates(query["state"], out List<TaskState>? states)
            || !query.TryInstant("from", out long? fromMs)
            || !query.TryInstant("to", out long? toMs)
            || query["after"] is { } after && !TaskId.HasShape(after))
            return new(Answers.BadParameters);
        if (call.OpenJob(name, Answers.NoSuchJob, out _, out JobView job) is { } refusal)
            return new(refusal);

        string shown = call.Shown(job.Job.Name);
        IReadOnlyList<TaskRow> rows = call.Api.ListTasks(new TaskQuery(job.Job.Name, states, fromMs, toMs, query["after"], limit));
        return new(DataAnswer.List(rows, (writer, row) => TaskJson.Write(writer, row, shown, attempts: null, withOutput: false)));
    }

    public static ValueTask<Answer> ShowAsync(Call call)
    {
        if (OpenRow(call, out TaskRow row) is { } refusal)
            return new(refusal);
        IReadOnlyList<AttemptRow> attempts = call.Api.ListAttempts(row);
        return new(DataAnswer.One(row, (writer, task) => TaskJson.Write(writer, task, call.Shown(task.Job), attempts, withOutput: true)));
    }

    /// <summary>Asks the worker that keeps it, so it may take as long as a worker may.</summary>
    public static async ValueTask<Answer> LogAsync(Call call)
    {
        if (!call.Query.TryLine("from", out int fromLine))
            return Answers.BadParameters;
        if (OpenRow(call, out TaskRow row) is { } refusal)
            return refusal;
        LogOutcome log = await call.Api.ReadLogAsync(row, fromLine);
        return log.Page is { } page
            ? DataAnswer.One(page, TaskJson.WriteLog)
            : Answer.Failed($"{Answers.QueryFailed.Message}: {log.Fault}");
    }

    public static async ValueTask<Answer> ReportAsync(Call call)
    {
        JsonBody body = call.Body;
        if (!TryTaskId(body, out string id)
            || !body.TryInteger("state", out int state) || state is not (200 or 300 or -100 or -300)
            || !body.TryOptionalText("message", out string? message)
            || !body.TryOptionalText("output", out string? output))
            return Answers.BadParameters;
        if (OpenTask(call, id, out _) is { } refusal)
            return refusal;

        // Of a message the beginning says what happened, of an output the end.
        var report = new TaskReport(
            id, (TaskState)state, Utf8Cut.Head(message, HttpLimits.MessageBytesMax), Utf8Cut.Tail(output, HttpLimits.OutputBytesMax),
            body.TryInteger("attempt", out int attempt) ? attempt : null);
        return await call.Api.ReportAsync(report) == CommandResult.Done ? Answers.Done : Answers.OperationFailed;
    }

    public static async ValueTask<Answer> KillAsync(Call call)
    {
        if (!TryTaskId(call.Body, out string id))
            return Answers.BadParameters;
        if (OpenTask(call, id, out Access access) is { } refusal)
            return refusal;
        return await call.Api.KillAsync(id, call.Actor(access)) == CommandResult.Done ? Answers.Done : Answers.OperationFailed;
    }

    /// <summary>The row's own app decides: a task stays readable when its job has left the YAML.</summary>
    private static Answer? OpenRow(Call call, out TaskRow row)
    {
        row = null!;
        if (!TaskId.HasShape(call.Segment))
            return Answers.BadParameters;
        if (call.Authenticate(out Access access) is { } refusal)
            return refusal;
        if (call.Api.FindTask(call.Segment) is not { } found)
            return Answers.NoSuchTask;
        row = found;
        return access.Opens(row.App) ? null : Answers.Unauthorized;
    }

    private static Answer? OpenTask(Call call, string id, out Access access)
    {
        if (call.Authenticate(out access) is { } refusal)
            return refusal;
        if (call.Api.FindTaskApp(id) is not { } app)
            return Answers.OperationFailed;
        return access.Opens(app.Name) ? null : Answers.Unauthorized;
    }

    private static bool TryTaskId(JsonBody body, out string id)
    {
        bool good = body.TryText("taskId", out string? text);
        id = text ?? "";
        return good && TaskId.HasShape(id);
    }

    /// <summary>Missing, null or an empty object: null, the job's own. False: no object, or one too large to keep with each task.</summary>
    private static bool TryParam(JsonBody body, out string? param)
    {
        param = null;
        if (!body.TryGet("param", out JsonElement value))
            return true;
        if (value.ValueKind != JsonValueKind.Object)
            return false;
        using JsonElement.ObjectEnumerator members = value.EnumerateObject();
        if (!members.MoveNext())
            return true;
        param = value.GetRawText();
        return System.Text.Encoding.UTF8.GetByteCount(param) <= HttpLimits.ParamBytesMax;
    }

    private static bool TryStates(string? text, out List<TaskState>? states)
    {
        states = text is null ? null : [];
        foreach (string word in text?.Split(',') ?? [])
        {
            if (!int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)
                || number == (int)TaskState.NeverRun || !Enum.IsDefined((TaskState)number))
                return false;
            states!.Add((TaskState)number);
        }

        return true;
    }
}
