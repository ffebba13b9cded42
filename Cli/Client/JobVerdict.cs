using Qschedd.Engine.Model;

namespace Qschedd.Cli.Client;

/// <summary>
/// How a job stands, in one sentence: why it did not run, or that it does. The first of these that holds: the daemon is in trouble; the
/// job is off; the last that was due did not run; it is due and late; no worker could take the next; how the last run went.
/// </summary>
/// <param name="Text">The sentence.</param>
/// <param name="Tone">Good or bad.</param>
internal sealed record JobVerdict(string Text, Tone Tone)
{
    /// <summary>A daemon under load starts a task within this time.</summary>
    private const long LateMs = 5_000;

    /// <param name="why">Data of <c>why.do</c>.</param>
    /// <param name="nowMs">The caller's clock.</param>
    /// <param name="at">Shows an instant.</param>
    public static JobVerdict Of(JsonPart why, long nowMs, Func<long?, string?> at) =>
        OfTrouble(why)
        ?? OfSwitch(why, at)
        ?? OfSkip(why, at)
        ?? OfDueTime(why, nowMs, at)
        ?? OfWorkers(why, nowMs)
        ?? OfLastRun(why, nowMs, at);

    /// <summary>What a reason of a skip means.</summary>
    public static string Reason(string? word) => word switch
    {
        "off" => "the job is off",
        "overlap" => "the run before was still going on, and the job's overlap says skip",
        "noWorker" => "no worker could be reached: each was offline, not alive, or refused the connection",
        "queueFull" => "every worker said that its queue is full",
        "misfire" => "the daemon was down or late by more than the misfire threshold, and recover is discard",
        "duplicate" => "this fire was on record already",
        "workerIgnored" => "the worker took it and would not run it, by rules of its own",
        "killed" => "it was killed or replaced before a worker had it",
        "callerGone" => "who started it had given up before it was on record",
        "storeRefused" => "the daemon could not write it down (disk full?)",
        "stopping" => "the daemon was stopping",
        "fault" => "a defect of the daemon: see its log",
        _ => word ?? "no reason given",
    };

    /// <summary>A worker that would be asked now.</summary>
    public static bool CanTake(JsonPart worker, long nowMs) =>
        worker.Flag("canSchedule") == true && worker.Flag("alive") != false && !(worker.Number("pausedUntil") > nowMs);

    private static JobVerdict? OfTrouble(JsonPart why) =>
        why.Text("trouble") is { Length: > 0 } trouble ? new($"the daemon is in trouble, and starts nothing: {trouble}", Tone.Bad) : null;

    private static JobVerdict? OfSwitch(JsonPart why, Func<long?, string?> at)
    {
        if (Job(why).Flag("state") != false)
            return null;
        JsonPart off = why.Part("off");
        string since = at(off.Number("at")) is { } time ? $" since {time}" : "";
        string by = off.Text("by") is { Length: > 0 } who ? $", by {who}" : "";
        string missed = off.Number("missed") is > 0 and var count
            ? $"; it has left out {(off.Flag("missedMore") == true ? "at least " : "")}{count} fire{(count == 1 ? "" : "s")} since"
            : "";
        return new($"it does not run, because it is off{since}{by}{missed}", Tone.Bad);
    }

    private static JobVerdict? OfSkip(JsonPart why, Func<long?, string?> at)
    {
        JsonPart? skip = why.Rows("skips").Where(s => s.Text("reason") is not ("off" or "duplicate")).MaxBy(s => s.Number("lastAt") ?? 0);
        JsonPart? ran = why.Rows("lastRuns").Find(t => !IsSkip(t));
        return skip?.Number("lastAt") is { } lastMs && lastMs > (ran?.Number("fireTime") ?? long.MinValue)
            ? new($"the last that was due did not run ({at(lastMs)}): {Reason(skip.Text("reason"))}", Tone.Bad)
            : null;
    }

    private static JobVerdict? OfDueTime(JsonPart why, long nowMs, Func<long?, string?> at) =>
        NextMs(why) is { } nextMs && nextMs < nowMs - LateMs
            ? new($"it was due at {at(nextMs)} and has not started: the daemon is behind, or this host's clock is ahead; see /readyz", Tone.Bad)
            : null;

    private static JobVerdict? OfWorkers(JsonPart why, long nowMs)
    {
        List<JsonPart> workers = why.Rows("workers");
        if (Job(why).Text("type") != "remote" || workers.Exists(w => CanTake(w, nowMs)))
            return null;
        return new(
            workers.Count == 0 ? "it cannot run: it has no worker" : "it cannot run: none of its workers is online, alive and not paused", Tone.Bad);
    }

    private static JobVerdict OfLastRun(JsonPart why, long nowMs, Func<long?, string?> at)
    {
        JsonPart task = why.Rows("lastRuns").FirstOrDefault(JsonPart.Nothing);
        string next = NextMs(why) is { } nextMs ? $"next at {at(nextMs)}"
            : JobList.CronOf(Job(why)) is null ? "it has no cron: it is started by hand only" : "its cron never comes again";
        if (task.Number("state") is not { } state)
            return new($"it has not run so far; {next}", Tone.Plain);
        string words = $"{Wording.State(state).Text} at {at(task.Number("endedAt") ?? task.Number("fireTime"))}";
        string message = task.Text("message") is { Length: > 0 } text ? $": {text}" : "";
        return ((TaskState)state).IsRunning()
            ? new($"it runs now, since {at(task.Number("fireTime"))} ({Wording.Span(nowMs - task.Number("fireTime"))}); {next}", Tone.Busy)
            : state < 0
                ? new($"it ran, and ended badly: {words}{message}; {next}", Tone.Bad)
                : new($"all is well: {words}; {next}", Tone.Good);
    }

    private static JsonPart Job(JsonPart why) => why.Part("job");

    private static long? NextMs(JsonPart why) => why.Rows("nextRuns").FirstOrDefault(JsonPart.Nothing).AsNumber;

    private static bool IsSkip(JsonPart task) =>
        task.Number("state") is (long)TaskState.Ignored or (long)TaskState.NoWorker or (long)TaskState.QueueFull;
}
