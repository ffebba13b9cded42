using Qschedd.Engine.Figures;
using Qschedd.Engine.Model;

namespace Qschedd.Engine;

/// <summary>Series of each job, where <c>server.metrics.perJob</c> wants them: of the first jobs by name, so that their number is bounded.</summary>
internal static class JobMetrics
{
    public const int JobsMax = 10_000;

    public static void Write(MetricsText text, EngineSnapshot snapshot)
    {
        JobState[] jobs = [.. snapshot.ByName.Take(JobsMax)];
        text.Gauge("qschedd_job_series_left_out", "Jobs that have no series of their own, for there are too many.", snapshot.Jobs.Count - jobs.Length);
        Write(text, jobs, "qschedd_job_enabled", "1: the job is on.", j => j.Status.Enabled ? 1 : 0);
        Write(text, jobs, "qschedd_job_running", "Tasks of the job in state 100 or 200.", j => j.Status.Running);
        Write(text, jobs, "qschedd_job_consecutive_failures", "Bad ends in a row.", j => j.Status.FailuresInRow);
        Write(text, jobs, "qschedd_job_last_run_timestamp_seconds", "When its newest task was fired; not there before the first.", j => j.Status.LastRunMs / 1000.0);
        Write(text, jobs, "qschedd_job_next_run_timestamp_seconds", "When it fires next; not there when it does not.", j => j.Status.NextRunMs / 1000.0);
        text.Head("qschedd_job_runs_total", "Tasks of the job that have ended, by the state in which they did; not there before the first.", "counter");
        foreach (var job in jobs)
            foreach (var state in TaskStates.Ends)
                if (job.Ended(state) is > 0 and var count)
                    text.Sample("qschedd_job_runs_total", ("job", job.Job.Name), ("state", TaskStates.EndWord(state)), count);
    }

    private static void Write(MetricsText text, JobState[] jobs, string name, string help, Func<JobState, double?> value)
    {
        text.Head(name, help, "gauge");
        foreach (var job in jobs)
            if (value(job) is { } number)
                text.Sample(name, "job", job.Job.Name, number);
    }
}
