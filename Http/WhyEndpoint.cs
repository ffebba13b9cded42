using System.Text.Json;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary><c>jobs/$job_name/why.do</c>: all that says why a job runs or does not.</summary>
internal static class WhyEndpoint
{
    public static ValueTask<Answer> ShowAsync(Call call)
    {
        if (call.OpenJob(call.Segment, Answers.NoSuchJob, out _, out JobView job) is { } refusal)
            return new(refusal);
        string shown = call.Shown(job.Job.Name);
        // A reload between the two reads may have removed the job.
        return new(call.Api.Explain(job.Job.Name) is { } why
            ? DataAnswer.One(why, (writer, view) => Write(writer, view, shown))
            : Answers.NoSuchJob);
    }

    private static void Write(Utf8JsonWriter writer, WhyView why, string shown)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("job"u8);
        JobJson.Write(writer, why.Job, shown);
        writer.WriteStartArray("lastRuns"u8);
        foreach (TaskRow row in why.LastRuns)
            TaskJson.Write(writer, row, shown, attempts: null, withOutput: false);
        writer.WriteEndArray();
        writer.WriteStartArray("nextRuns"u8);
        foreach (long ms in why.NextRunsMs)
            writer.WriteNumberValue(ms);
        writer.WriteEndArray();
        WriteOff(writer, why.Off);
        writer.WriteStartArray("skips"u8);
        foreach (SkipCount skip in why.Skips)
            Write(writer, skip);
        writer.WriteEndArray();
        writer.WriteText("trouble"u8, why.Trouble);
        writer.WriteStartArray("workers"u8);
        foreach (WorkerStanding worker in why.Workers)
            Write(writer, worker);
        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    private static void WriteOff(Utf8JsonWriter writer, OffView? off)
    {
        if (off is null)
            return;
        writer.WriteStartObject("off"u8);
        writer.WriteNumber("at"u8, off.AtMs);
        writer.WriteString("by"u8, off.By);
        writer.WriteNumber("missed"u8, off.Missed);
        if (off.MissedMore)
            writer.WriteBoolean("missedMore"u8, true);
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, SkipCount skip)
    {
        writer.WriteStartObject();
        writer.WriteNumber("count"u8, skip.Count);
        writer.WriteNumber("lastAt"u8, skip.LastAtMs);
        writer.WriteString("message"u8, skip.Message);
        writer.WriteString("reason"u8, skip.Reason.Word());
        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, WorkerStanding standing)
    {
        writer.WriteStartObject();
        writer.WriteString("address"u8, standing.Worker.Address);
        writer.WriteBoolean("alive"u8, standing.Worker.Alive);
        writer.WriteBoolean("canSchedule"u8, standing.Worker.CanSchedule);
        writer.WriteString("hostname"u8, standing.Worker.Hostname);
        writer.WriteInstant("pausedUntil"u8, standing.PausedUntilMs);
        writer.WriteNumber("running"u8, standing.Running);
        writer.WriteEndObject();
    }
}
