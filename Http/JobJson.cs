using System.Text;
using System.Text.Json;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary>The contract's job object: members in alphabetical order, those without a value left out.</summary>
internal static class JobJson
{
    /// <param name="writer">Where it goes.</param>
    /// <param name="view">The job as it stands.</param>
    /// <param name="shownName">Its name as callers see it.</param>
    public static void Write(Utf8JsonWriter writer, JobView view, string shownName)
    {
        (Job job, JobStatus status) = view;
        writer.WriteStartObject();
        writer.WriteText("appCode"u8, job.App.Code);
        writer.WriteNumber("appId"u8, job.App.Id);
        writer.WriteString("appName"u8, job.App.Name);
        writer.WriteNumber("consecutiveFailTimesAlertThreshold"u8, job.ConsecutiveFailTimesAlertThreshold);
        writer.WriteNumber("createdAt"u8, status.CreatedMs);
        WriteCron(writer, job);
        writer.WriteText("desc"u8, job.Desc);
        writer.WriteInstant("lastDuration"u8, status.LastUpdateMs - status.LastRunMs);
        writer.WriteInstant("lastRun"u8, status.LastRunMs);
        writer.WriteNumber("lastState"u8, (int)status.LastState);
        writer.WriteInstant("lastUpdate"u8, status.LastUpdateMs);
        writer.WriteString("loadBalance"u8, Word(job.LoadBalance));
        writer.WriteString("name"u8, shownName);
        writer.WriteInstant("nextRun"u8, status.NextRunMs);
        writer.WriteText("parameter"u8, job.Parameter);
        writer.WriteString("recover"u8, job.Recover == RecoverPolicy.Retry ? "retry"u8 : "discard"u8);
        writer.WriteBoolean("state"u8, status.Enabled);
        writer.WriteNumber("timeout"u8, (long)job.Timeout.TotalMilliseconds);
        writer.WriteString("type"u8, job.Type == JobType.Local ? "local"u8 : "remote"u8);
        writer.WriteNumber("updatedAt"u8, status.UpdatedMs);
        writer.WriteEndObject();
    }

    public static void WriteWorker(Utf8JsonWriter writer, WorkerView worker, string shownJob)
    {
        writer.WriteStartObject();
        writer.WriteString("address"u8, worker.Address);
        writer.WriteBoolean("canSchedule"u8, worker.CanSchedule);
        writer.WriteString("hostname"u8, worker.Hostname);
        writer.WriteString("jobName"u8, shownJob);
        writer.WriteEndObject();
    }

    public static void WriteText(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            writer.WriteString(name, value);
    }

    public static void WriteInstant(this Utf8JsonWriter writer, ReadOnlySpan<byte> name, long? valueMs)
    {
        if (valueMs is { } ms)
            writer.WriteNumber(name, ms);
    }

    /// <summary>One expression by itself, or the list that the YAML gave: never both.</summary>
    private static void WriteCron(Utf8JsonWriter writer, Job job)
    {
        if (job.HasCronList)
            writer.WriteString("cronParamJson"u8, CronParamJson(job));
        else if (job.Triggers is [var trigger, ..])
            writer.WriteString("cron"u8, trigger.Cron);
    }

    private static string CronParamJson(Job job)
    {
        using var buffer = new PooledBuffer(256);
        using (var list = new Utf8JsonWriter(buffer, DataAnswer.Options))
        {
            list.WriteStartArray();
            foreach (Trigger trigger in job.Triggers)
                WriteTrigger(list, trigger);
            list.WriteEndArray();
        }

        return Encoding.UTF8.GetString(buffer.Written.Span);
    }

    private static void WriteTrigger(Utf8JsonWriter list, Trigger trigger)
    {
        list.WriteStartObject();
        list.WriteString("cron"u8, trigger.Cron);
        if (trigger.Param is { } param)
        {
            list.WritePropertyName("param"u8);
            list.WriteRawValue(param, skipInputValidation: true);
        }

        list.WriteEndObject();
    }

    private static ReadOnlySpan<byte> Word(LoadBalance loadBalance) => loadBalance switch
    {
        LoadBalance.Random => "random"u8,
        LoadBalance.RoundRobin => "roundRobin"u8,
        LoadBalance.LeastActive => "leastActive"u8,
        LoadBalance.ConsistentHash => "consistentHash"u8,
        LoadBalance.First => "first"u8,
        LoadBalance.Failover => "failover"u8,
        LoadBalance.Broadcast => "broadcast"u8,
        _ => throw new InvalidOperationException($"no word for {loadBalance}"),
    };
}
