using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary><c>jobs/on.do</c>, <c>jobs/off.do</c>, <c>jobs.do</c> and <c>jobs/$job_name.do</c>.</summary>
internal static class JobEndpoints
{
    public static ValueTask<Answer> TurnOnAsync(Call call) => SwitchAsync(call, true, Answers.EnableFailed);

    public static ValueTask<Answer> TurnOffAsync(Call call) => SwitchAsync(call, false, Answers.DisableFailed);

    public static ValueTask<Answer> ShowAsync(Call call)
    {
        Answer? refusal = call.OpenJob(call.Segment, Answers.NoSuchJob, out _, out JobView job);
        return new(refusal ?? DataAnswer.One(job, (writer, view) => JobJson.Write(writer, view, call.Shown(view.Job.Name))));
    }

    /// <summary>What is not opened by the token is not there: a filter for another's app finds nothing.</summary>
    public static ValueTask<Answer> ListAsync(Call call)
    {
        if (!call.Query.TryLimit(HttpLimits.RowsMax, out int limit) || !TryStates(call.Query["state"], out bool on, out bool off))
            return new(Answers.BadParameters);
        if (call.Authenticate(out Access access) is { } refusal)
            return new(refusal);

        string? after = call.Query["after"] is { } name ? call.FindJob(name)?.Job.Name ?? name : null;
        IEnumerable<JobView> jobs = call.Api.ListJobs()
            .Where(v => (after is null || string.CompareOrdinal(v.Job.Name, after) > 0)
                && access.Opens(v.Job.App.Name)
                && (v.Status.Enabled ? on : off)
                && Matches(v, call.Query["app"], call.Query["q"]))
            .Take(limit);
        return new(DataAnswer.List(jobs, (writer, view) => JobJson.Write(writer, view, call.Shown(view.Job.Name))));
    }

    private static async ValueTask<Answer> SwitchAsync(Call call, bool enabled, Answer failed)
    {
        if (!call.Body.TryTexts("jobs", out List<string> names))
            return Answers.BadParameters;
        if (call.Authenticate(out Access access) is { } refusal)
            return refusal;

        List<JobView?> jobs = names.ConvertAll(call.FindJob);
        if (jobs.Exists(j => j is not null && !access.Opens(j.Job.App.Name)))
            return Answers.Unauthorized;
        if (jobs.Contains(null))
            return failed;
        List<string> found = [.. jobs.Select(j => j!.Job.Name).Distinct()];
        return await call.Api.SetEnabledAsync(found, enabled, call.Actor(access)) == CommandResult.Done ? Answers.Done : failed;
    }

    private static bool Matches(JobView view, string? app, string? text) =>
        (app is null || view.Job.App.Name == app)
        && (text is null
            || view.Job.Name.Contains(text, StringComparison.OrdinalIgnoreCase)
            || view.Job.Desc?.Contains(text, StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>None given: both. False: a word that is neither on nor off.</summary>
    private static bool TryStates(string? text, out bool on, out bool off)
    {
        string[] words = text?.Split(',') ?? ["on", "off"];
        on = words.Contains("on");
        off = words.Contains("off");
        return words.All(w => w is "on" or "off");
    }
}
