using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// Where a job runs otherwise than its file says, because somebody asked for it through the API. An override that says what the
/// file says is none. Any thread: it reads what was published.
/// </summary>
internal static class Drift
{
    /// <summary>In the order of keys.</summary>
    public static IEnumerable<DriftView> Of(JobState job, WorkerTable workers)
    {
        if (job.Status.Override is { } made && made.Enabled != job.Job.State)
            yield return new DriftView(job.Job, "state", Word(job.Job.State), Word(made.Enabled), made.By, made.AtMs);
        if (!workers.HasOverrides(job.Id))
            yield break;
        foreach (var worker in workers.Of(job).OrderBy(w => w.State.Address, StringComparer.Ordinal))
            if (worker.Word is { Online: false } word)
                yield return new DriftView(job.Job, $"workers.{worker.State.Address}", "online", "offline", word.By, word.AtMs, worker.Registration is not null);
    }

    private static string Word(bool state) => state ? "true" : "false";
}
