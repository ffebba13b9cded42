using System.Text;
using System.Text.Json;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Http;

/// <summary><c>workers/state.do</c>, <c>workers/$job_name.do</c> and <c>check/$ip.do</c>.</summary>
internal static class WorkerEndpoints
{
    public static ValueTask<Answer> ShowAsync(Call call)
    {
        if (call.OpenJob(call.Segment, Answers.NoSuchJob, out _, out JobView job) is { } refusal)
            return new(refusal);
        string shown = call.Shown(job.Job.Name);
        // A reload between the two reads may have removed the job.
        return new(call.Api.ListWorkers(job.Job.Name) is { } workers
            ? DataAnswer.List(workers, (writer, worker) => JobJson.WriteWorker(writer, worker, shown))
            : Answers.NoSuchJob);
    }

    public static async ValueTask<Answer> SetStateAsync(Call call)
    {
        if (!call.Body.TryText("jobName", out string? name) || !call.Body.TryGet("workers", out JsonElement workers))
            return Answers.BadParameters;
        Answer? refusal = call.OpenJob(name, Answers.OperationFailed, out Access access, out JobView job);
        if (refusal is not null && refusal != Answers.OperationFailed)
            return refusal;
        // The contract puts the workers' form after the token and before the job's existence.
        if (ReadOnline(workers) is not { } online)
            return Answers.BadWorkersJson;
        if (refusal is not null)
            return refusal;
        online = online.ConvertAll(pair => new KeyValuePair<string, bool>(Worker.PlainAddress(pair.Key), pair.Value));
        return Word(await call.Api.SetWorkersAsync(job.Job.Name, online, call.Actor(access)));
    }

    /// <summary>The jobs that run on a host. Without a token, by the contract: whoever drains a host has none.</summary>
    public static ValueTask<Answer> CheckAsync(Call call)
    {
        if (!HostName.TryNormalize(call.Segment, out string? host))
            return new(Answers.BadParameters);
        IReadOnlyList<JobView> jobs = call.Api.RunningOn(host);
        return new(jobs.Count == 0
            ? Answers.EmptyList
            : DataAnswer.List(jobs, (writer, view) => JobJson.Write(writer, view, call.Shown(view.Job.Name))));
    }

    private static Answer Word(CommandResult result) => result switch
    {
        CommandResult.Done => Answers.Done,
        CommandResult.Refused => Answers.NoneLeftOnline,
        CommandResult.Partly => Answers.PartlyDone,
        _ => Answers.OperationFailed,
    };

    /// <summary>An object of booleans, or a string that holds one. Null: neither, or nothing in it.</summary>
    private static List<KeyValuePair<string, bool>>? ReadOnline(JsonElement workers)
    {
        if (workers.ValueKind == JsonValueKind.Object)
            return ReadOnline(workers.EnumerateObject());
        if (workers.ValueKind != JsonValueKind.String)
            return null;
        using JsonBody? inner = JsonBody.Parse(Encoding.UTF8.GetBytes(workers.GetString()!), HttpLimits.WorkersJsonDepthMax);
        return inner is null ? null : ReadOnline(inner.Members);
    }

    private static List<KeyValuePair<string, bool>>? ReadOnline(IEnumerable<JsonProperty> members)
    {
        var online = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (JsonProperty member in members)
        {
            if (member.Value.ValueKind is not (JsonValueKind.True or JsonValueKind.False))
                return null;
            online[member.Name] = member.Value.GetBoolean();
        }

        return online.Count == 0 ? null : [.. online];
    }
}
