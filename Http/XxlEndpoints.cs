using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary>
/// What executors of XXL-JOB call: <c>/api/registry</c>, <c>/api/registryRemove</c>, <c>/api/callback</c>. The access token says which
/// apps are theirs. docs/xxl-job.md has the tables.
/// </summary>
internal static class XxlEndpoints
{
    /// <summary>Reports of one body that the engine is asked to take together.</summary>
    private const int ReportsAtOnce = 256;

    public static async ValueTask<Answer> RegisterAsync(Call call)
    {
        if (OpenApp(call, out App app, out string address) is { } refusal)
            return refusal;
        long nowMs = call.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        var row = new RegistrationRow(app.Name, address, Worker.HostOf(address), JobsFor(call, app), nowMs);
        return await call.Api.RegisterAsync(row) == CommandResult.Done ? XxlAnswers.Done : XxlAnswers.NotKept;
    }

    /// <summary>Who leaves twice has left.</summary>
    public static async ValueTask<Answer> UnregisterAsync(Call call)
    {
        if (OpenApp(call, out App app, out string address) is { } refusal)
            return refusal;
        CommandResult result = await call.Api.UnregisterAsync(app.Name, address);
        return result is CommandResult.Done or CommandResult.NotFound ? XxlAnswers.Done : XxlAnswers.NotKept;
    }

    /// <summary>
    /// Each item by itself: unknown runs, late and repeated ones, and those of another's app change nothing and are no error, for an
    /// executor would repeat the whole list for ever. Yes means that all the others are durable.
    /// </summary>
    public static async ValueTask<Answer> CallBackAsync(Call call)
    {
        if (Authenticate(call, out Access access) is { } refusal)
            return refusal;
        using XxlBody? body = XxlBody.Parse(call.Body.Bytes);
        if (body is null)
            return XxlAnswers.IllegalArgument;
        bool isKept = true;
        foreach (TaskReport[] reports in Reports(call, access, body).Chunk(ReportsAtOnce))
        {
            CommandResult[] results = await Task.WhenAll(reports.Select(report => call.Api.ReportAsync(report).AsTask()));
            isKept &= !results.Contains(CommandResult.Unavailable);
        }

        return isKept ? XxlAnswers.Done : XxlAnswers.NotKept;
    }

    private static IEnumerable<TaskReport> Reports(Call call, Access access, XxlBody body)
    {
        foreach (XxlCallback callback in body.Callbacks())
        {
            if (call.Api.FindRunning(callback.LogId.TaskSeq) is not { Job: { Protocol: WorkerProtocol.XxlJob } job } task || !access.Opens(job.App.Name))
                continue;
            string? message = Utf8Cut.Head(callback.Words, HttpLimits.MessageBytesMax);
            yield return new TaskReport(task.TaskId, callback.StateFor(job.Overlap), message, null, callback.LogId.FirstAttempt);
        }
    }

    private static Answer? Authenticate(Call call, out Access access)
    {
        access = Access.Nothing;
        if (string.IsNullOrEmpty(call.XxlToken))
            return XxlAnswers.Unauthorized;
        access = call.Tokens.Find(call.XxlToken);
        if (access.OpensNothing)
            return XxlAnswers.WrongToken;
        return string.IsNullOrEmpty(call.XxlApp) || AppOf(call, access, call.XxlApp) is not null ? null : XxlAnswers.Unauthorized;
    }

    private static Answer? OpenApp(Call call, out App app, out string address)
    {
        (app, address) = (null!, "");
        if (Authenticate(call, out Access access) is { } refusal)
            return refusal;
        using XxlBody? body = XxlBody.Parse(call.Body.Bytes);
        if (body is null || body["registryGroup"].Length == 0 || body["registryKey"].Length == 0 || body["registryValue"].Length == 0)
            return XxlAnswers.IllegalArgument;
        if (AppOf(call, access, body["registryKey"]) is not { } found || !SpeaksXxl(call, found))
            return XxlAnswers.NoSuchApp;
        app = found;
        address = Worker.PlainAddress(body["registryValue"]);
        return HostName.IsAddress(address) || HostName.IsUrl(address) ? null : XxlAnswers.BadAddress;
    }

    /// <summary>By its name, else by its code, among those that the token opens: of the others a caller learns nothing.</summary>
    private static App? AppOf(Call call, Access access, string key) =>
        call.Tokens.Catalog.Apps.FirstOrDefault(app => app.Name == key && access.Opens(app.Name))
        ?? call.Tokens.Catalog.Apps.FirstOrDefault(app => app.Code == key && access.Opens(app.Name));

    private static bool SpeaksXxl(Call call, App app) => app.Protocol == WorkerProtocol.XxlJob || JobsFor(call, app) is { Count: > 0 };

    /// <summary>Null: all jobs that speak the app's protocol. Else those that speak this one although the app does not.</summary>
    private static List<string>? JobsFor(Call call, App app) => app.Protocol == WorkerProtocol.XxlJob
        ? null
        : [.. call.Tokens.Catalog.Jobs.Values.Where(job => job.App.Name == app.Name && job.Protocol == WorkerProtocol.XxlJob).Select(job => job.Name)];
}
