using System.Text.Json;
using Qschedd.Engine.Cron;

namespace Qschedd.Cli.Plan;

/// <summary>What follows from a definition: when it fires next, and which workers it names.</summary>
internal sealed class NextFire(long nowMs)
{
    private readonly Dictionary<(string Cron, string Zone), long> _known = [];

    /// <summary>Epoch milliseconds; null: off, only by hand, or never again.</summary>
    public long? Of(KeyTexts job, bool isEnabled)
    {
        if (!isEnabled || job.Text("timeZone") is not { } zone)
            return null;
        long next = CronsOf(job).Select(cron => After(cron, zone)).DefaultIfEmpty(CronSchedule.Never).Min();
        return next == CronSchedule.Never ? null : next;
    }

    /// <summary>The job names the worker, or its app does for it.</summary>
    public static bool HasWorker(KeyTexts job, KeyTexts? app, string address)
    {
        if (job.Text("type") == "local" || (job["workers"] ?? app?["workers"]) is not { } workers)
            return false;
        using JsonDocument list = JsonDocument.Parse(workers);
        return list.RootElement.EnumerateArray().Any(w => IsAt(w.GetString()!, address));
    }

    private static bool IsAt(string worker, string address) =>
        worker.Equals(address, StringComparison.OrdinalIgnoreCase) || worker.StartsWith(address + " (", StringComparison.OrdinalIgnoreCase);

    private static List<string> CronsOf(KeyTexts job)
    {
        if (job.Text("cron") is { } cron)
            return [cron];
        if (job["crons"] is not { } crons)
            return [];
        using JsonDocument list = JsonDocument.Parse(crons);
        return [.. list.RootElement.EnumerateArray().Select(item => item.GetProperty("cron").GetString()!)];
    }

    private long After(string cron, string zone)
    {
        if (_known.TryGetValue((cron, zone), out long next))
            return next;
        // What an older program took may be refused now: then nothing is known of its next fire.
        bool isRight = CronExpression.Parse(cron, out _) is { } expression && ZoneTable.Find(zone) is not null;
        next = isRight ? new CronSchedule(CronExpression.Parse(cron, out _)!, ZoneTable.Find(zone)!).NextAfterMs(nowMs) : CronSchedule.Never;
        return _known[(cron, zone)] = next;
    }
}
