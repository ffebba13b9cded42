using Qschedd.Engine;

namespace Qschedd.Cli.Run;

/// <summary>What an operator reads in <c>systemctl status</c>: what is wrong first, if something is.</summary>
internal static class StatusLine
{
    public static string Of(Scheduler scheduler, int running)
    {
        int jobs = 0, on = 0;
        foreach (var job in scheduler.ListJobs())
        {
            jobs++;
            on += job.Status.Enabled ? 1 : 0;
        }
        return Of(jobs, on, running, scheduler.Trouble, scheduler.Notice);
    }

    public static string Of(int jobs, int on, int running, string? trouble, string? notice)
    {
        string counts = $"{jobs} jobs, {on} on; {running} tasks running";
        return string.Join("; ", ((string?[])[trouble, counts, notice]).Where(part => part is not null));
    }
}
