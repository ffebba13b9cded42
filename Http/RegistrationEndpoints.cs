using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary><c>workers/register.do</c> and <c>workers/unregister.do</c>: workers that say themselves that they are there.</summary>
internal static class RegistrationEndpoints
{
    public static async ValueTask<Answer> RegisterAsync(Call call)
    {
        List<string>? jobs = null;
        if (!TryWorker(call, out string address, out string appName)
            || !TryHostname(call, address, out string hostname)
            || (call.Body.TryGet("jobs", out _) && !call.Body.TryTexts("jobs", out jobs)))
            return Answers.BadParameters;
        if (OpenApp(call, appName, out App app) is { } refusal)
            return refusal;
        if (HostName.IsUrl(address) && app.Protocol != WorkerProtocol.XxlJob)
            return Answers.OperationFailed;

        // A name that the app does not have is a slip in the worker's configuration: serving the others only would hide it.
        List<JobView?>? views = jobs?.ConvertAll(call.FindJob);
        if (views?.Exists(v => v?.Job.App.Name != app.Name) == true)
            return Answers.OperationFailed;
        List<string>? names = views is null ? null : [.. views.Select(v => v!.Job.Name).Distinct()];
        long nowMs = call.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        return Word(await call.Api.RegisterAsync(new RegistrationRow(app.Name, Worker.PlainAddress(address), hostname, names, nowMs)));
    }

    public static async ValueTask<Answer> UnregisterAsync(Call call)
    {
        if (!TryWorker(call, out string address, out string appName))
            return Answers.BadParameters;
        return OpenApp(call, appName, out App app) ?? Word(await call.Api.UnregisterAsync(app.Name, Worker.PlainAddress(address)));
    }

    private static bool TryWorker(Call call, out string address, out string app)
    {
        bool good = call.Body.TryText("address", out string? givenAddress) & call.Body.TryText("app", out string? givenApp);
        address = givenAddress ?? "";
        app = givenApp ?? "";
        return good && (HostName.IsAddress(address) || HostName.IsUrl(address));
    }

    /// <summary>A worker that gives no name goes by its address. Names are only ever shown and compared: any word will do.</summary>
    private static bool TryHostname(Call call, string address, out string hostname)
    {
        bool good = call.Body.TryOptionalText("hostname", out string? given);
        hostname = string.IsNullOrEmpty(given) ? Worker.HostOf(Worker.PlainAddress(address)) : given;
        return good && hostname.Length <= HttpLimits.HostCharsMax && !PercentText.HasControl(hostname);
    }

    private static Answer? OpenApp(Call call, string name, out App app)
    {
        app = null!;
        if (call.Authenticate(out Access access) is { } refusal)
            return refusal;
        if (call.Tokens.Catalog.Apps.FirstOrDefault(a => a.Name == name) is not { } found)
            return Answers.OperationFailed;
        app = found;
        return access.Opens(name) ? null : Answers.Unauthorized;
    }

    private static Answer Word(CommandResult result) => result == CommandResult.Done ? Answers.Done : Answers.OperationFailed;
}
