using System.Collections.Concurrent;
using Qschedd.Engine;

namespace Qschedd.Cli.Client;

/// <summary>What became of a host's workers in one job.</summary>
internal enum Switched
{
    Changed,
    WasSo,
    /// <summary>The job would have been left without a worker.</summary>
    Refused,
    /// <summary>Its workers changed while it was asked: to be looked at again.</summary>
    Unsettled,
}

internal sealed record JobSwitch(string Job, Switched Became);

/// <param name="Jobs">What became of each job that has a worker there, by name.</param>
/// <param name="Trouble">The answer that ended it before its time.</param>
internal sealed record SwitchOutcome(IReadOnlyList<JobSwitch> Jobs, ApiAnswer? Trouble)
{
    public IReadOnlyList<string> Of(Switched kind) => [.. Jobs.Where(j => j.Became == kind).Select(j => j.Job)];
}

/// <summary>
/// Puts all workers on a host online or offline, in every job that the token opens. Each step may be repeated, so one whose answer was
/// lost is.
/// </summary>
internal sealed class HostSwitch(ClientRun run, string host, bool online)
{
    private const int CallsAtOnce = 8;
    private const int RoundsMax = 4;
    private readonly HostName _host = new(host, []);

    public async Task<SwitchOutcome> RunAsync(CancellationToken stop)
    {
        var names = new List<string>();
        ApiAnswer list = await JobList.ReadAsync(run, "", int.MaxValue, page => names.AddRange(page.Rows.Select(j => j.Text("name") ?? "")), stop);
        if (!list.IsDone)
            return new([], list);
        var jobs = new ConcurrentDictionary<string, JobSwitch>(StringComparer.Ordinal);
        ApiAnswer? trouble = null;
        for (int round = 0; round < RoundsMax && names.Count > 0 && trouble is null; round++)
        {
            trouble = await SwitchAsync(names, jobs, stop);
            names = [.. jobs.Values.Where(j => j.Became == Switched.Unsettled).Select(j => j.Job)];
        }

        run.Screen.ClearProgress();
        return new([.. jobs.Values.OrderBy(j => j.Job, StringComparer.Ordinal)], trouble);
    }

    /// <summary>Null: every job gave its word.</summary>
    private async Task<ApiAnswer?> SwitchAsync(List<string> names, ConcurrentDictionary<string, JobSwitch> jobs, CancellationToken stop)
    {
        ApiAnswer? trouble = null;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var pace = new ParallelOptions { MaxDegreeOfParallelism = CallsAtOnce };
        await Parallel.ForEachAsync(names, pace, async (name, _) =>
        {
            if (enough.IsCancellationRequested)
                return;
            if (await SwitchAsync(name, jobs, enough.Token) is not { } failed)
                return;
            if (Interlocked.CompareExchange(ref trouble, failed, null) is null)
                await enough.CancelAsync();
        });
        return trouble;
    }

    /// <summary>Null: it gave its word, or has no worker there.</summary>
    private async Task<ApiAnswer?> SwitchAsync(string name, ConcurrentDictionary<string, JobSwitch> jobs, CancellationToken stop)
    {
        ApiAnswer workers = await run.PersistAsync(() => run.Api.GetAsync($"workers/{ApiClient.Segment(name)}.do", stop), stop);
        if (!workers.IsDone)
            return workers.Message == "job不存在" ? null : workers; // a reload took it away
        List<JsonPart> there = workers.Rows.FindAll(IsThere);
        string[] toChange = [.. there.Where(w => w.Flag("canSchedule") != online).Select(w => w.Text("address")!)];
        if (toChange.Length == 0)
        {
            if (there.Count > 0)
                jobs[name] = new(name, Switched.WasSo);
            else
                jobs.TryRemove(name, out JobSwitch? _);
            return null;
        }

        ApiAnswer answer = await run.PersistAsync(() => WorkerStateCommand.SetAsync(run, name, toChange, online, stop), stop);
        if (Word(answer) is not { } word)
            return answer;
        jobs[name] = new(name, word);
        return null;
    }

    /// <summary>Null: something that no repetition mends.</summary>
    private static Switched? Word(ApiAnswer answer) => answer.Message switch
    {
        _ when answer.IsDone => Switched.Changed,
        "所有机器不能全部下线" => Switched.Refused,
        "操作失败" => Switched.Unsettled,
        var partly when partly.StartsWith("可能存在未操作成功的机器", StringComparison.Ordinal) => Switched.Unsettled,
        _ => null,
    };

    private bool IsThere(JsonPart worker) =>
        worker.Text("address") is { } address && (_host.FitsName(address) || worker.Text("hostname") is { } name && _host.FitsName(name));
}
