using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>
/// Hash of everything that a job object shows or that decides how it runs. Stored: a change of the order below, or of what is
/// added, moves updatedAt of every job once.
/// </summary>
internal static class DefinitionHasher
{
    /// <param name="job">The job; its own hash is not looked at.</param>
    /// <param name="envHash">Of env as written, instead of its values: they may be secrets.</param>
    public static long Hash(Job job, long envHash)
    {
        var hash = new StableHash();
        hash.Add(job.App.Name);
        hash.Add(job.App.Id);
        hash.Add(job.App.Code);
        hash.Add(job.Name);
        hash.Add(job.Desc);
        AddTriggers(ref hash, job);
        hash.Add(job.Parameter);
        AddPolicies(ref hash, job);
        AddCommand(ref hash, job.Command, envHash);
        AddWorkers(ref hash, job);
        AddProtocol(ref hash, job);
        AddAlerts(ref hash, job);
        return hash.Value;
    }

    private static void AddTriggers(ref StableHash hash, Job job)
    {
        hash.Add(job.HasCronList ? 1 : 0);
        hash.Add(job.Triggers.Length);
        foreach (Trigger trigger in job.Triggers)
        {
            hash.Add(trigger.Cron);
            hash.Add(trigger.TimeZone);
            hash.Add(trigger.Param);
        }
    }

    private static void AddPolicies(ref StableHash hash, Job job)
    {
        hash.Add((int)job.Type);
        hash.Add((int)job.Recover);
        hash.Add((int)job.LoadBalance);
        hash.Add((int)job.Overlap);
        hash.Add(job.Timeout.Ticks);
        hash.Add(job.KillAfter.Ticks);
        hash.Add(job.Retry.AttemptsMax);
        hash.Add(job.Retry.Delay.Ticks);
        hash.Add(BitConverter.DoubleToInt64Bits(job.Retry.Backoff));
        hash.Add(job.Retry.MaxDelay.Ticks);
        hash.Add(job.ConsecutiveFailTimesAlertThreshold);
        hash.Add(job.State ? 1 : 0);
    }

    private static void AddCommand(ref StableHash hash, LocalCommand? command, long envHash)
    {
        if (command is null)
            return;
        hash.Add(command.Arguments.Length);
        foreach (string argument in command.Arguments)
            hash.Add(argument);
        hash.Add(envHash);
        hash.Add(command.WorkingDirectory);
    }

    /// <summary>Of the native protocol nothing, so that its jobs keep the hashes that they had before there was another.</summary>
    private static void AddProtocol(ref StableHash hash, Job job)
    {
        if (job.Protocol != WorkerProtocol.XxlJob)
            return;
        hash.Add((int)job.Protocol);
        hash.Add((int)job.App.ProtocolVersion);
        hash.Add(job.Handler);
    }

    private static void AddWorkers(ref StableHash hash, Job job)
    {
        hash.Add(job.Workers.Length);
        foreach (Worker worker in job.Workers)
        {
            hash.Add(worker.Address);
            hash.Add(worker.Hostname);
        }
    }

    /// <summary>Nothing for a job without any: its hash is that of the time before there were alerts. A webhook may be a secret.</summary>
    private static void AddAlerts(ref StableHash hash, Job job)
    {
        foreach (AlertRule rule in job.Alerts)
        {
            hash.Add((int)rule.Kinds);
            hash.Add((int)rule.Format);
        }
    }
}
