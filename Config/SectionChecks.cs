using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>What one mapping must hold as a whole; what takes defaults to decide is <see cref="JobBuilder"/>'s.</summary>
internal static class SectionChecks
{
    private static readonly TimeSpan MaxDelayDefault = TimeSpan.FromHours(1);

    public static void Server(ValueReader reader, ServerYaml server, Seen seen) => (server.Hidden, server.Given) = (seen.Hidden(), seen.Given());

    public static void App(ValueReader reader, AppYaml app, Seen seen)
    {
        NotePlaces(app, seen);
        if (app.Ahead is not null && seen.IsFollowed("jobs"))
            reader.Ahead!.IsOvertaken = true;
    }

    /// <summary>What is known of the keys so far; jobs that are built ahead look at it before the app's last key.</summary>
    public static void NotePlaces(AppYaml app, Seen seen) =>
        (app.At, app.WorkersAt, app.Hidden) = (seen.Mapping, seen["workers"], HiddenOfApp(seen));

    public static void Job(ValueReader reader, JobYaml job, Seen seen)
    {
        job.At = seen.Mapping;
        job.Hidden = seen.Hidden();
        job.WorkersAt = seen["workers"];
        job.IsTypeWrong = seen["type"].IsGiven && job.Type is null;
        NoteLocal(job, seen["command"], seen["env"], seen["workingDirectory"]);
        (job.CronAt, job.CronsAt) = (seen["cron"], seen["crons"]);
        if (job.CronAt.IsGiven && job.CronsAt.IsGiven)
            reader.Error(Later(job.CronAt, job.CronsAt), "'cron' and 'crons' together: keep one, 'crons' for several");
        if (job.Crons is { Count: > 1 } crons)
            RefuseEqualTriggers(reader, crons);
    }

    public static void Retry(ValueReader reader, RetryYaml retry, Seen seen)
    {
        TimeSpan delay = retry.Delay ?? TimeSpan.Zero;
        TimeSpan maxDelay = retry.MaxDelay ?? (delay > MaxDelayDefault ? delay : MaxDelayDefault);
        if (maxDelay < delay)
            reader.Error(seen["maxDelay"],
                $"'maxDelay' {DurationText.Format(maxDelay)} is shorter than 'delay' {DurationText.Format(delay)}");
        retry.Policy = reader.Load.Share(new RetryPolicy(retry.Attempts ?? 3, delay, retry.Backoff ?? 1, maxDelay));
    }

    public static void Alert(ValueReader reader, AlertYaml alert, Seen seen)
    {
        if (seen["secret"].IsGiven && alert.Format is not (AlertFormat.DingTalk or AlertFormat.Feishu))
            reader.Error(seen["secret"], $"'secret' signs for dingtalk and feishu; 'format' is {AlertWords.Formats[(int)alert.Format]}: remove it");
    }

    /// <summary>A reference below jobs or defaults hides what it stands in, not all of them.</summary>
    private static IReadOnlySet<string>? HiddenOfApp(Seen seen) =>
        seen.Hidden()?.Except(["jobs", "defaults"]).ToHashSet() is { Count: > 0 } hidden ? hidden : null;

    private static void NoteLocal(JobYaml job, params ReadOnlySpan<Position> keys)
    {
        Position first = default;
        foreach (Position at in keys)
        {
            if (at.IsGiven && (!first.IsGiven || at.CompareTo(first) < 0))
                first = at;
        }
        if (first.IsGiven)
            (job.Local ??= new LocalYaml()).At = first;
        if (keys[0].IsGiven)
            job.Local!.CommandAt = keys[0];
    }

    private static void RefuseEqualTriggers(ValueReader reader, List<CronYaml> crons)
    {
        Dictionary<(string?, string?), Position> seen = [];
        foreach (CronYaml item in crons.Where(item => item.Text is not null))
        {
            if (seen.TryAdd((item.Text, item.Param), item.At))
                continue;
            Position first = seen[(item.Text, item.Param)];
            reader.Error(item.At, $"the same cron and param twice in 'crons': first at {reader.PlaceOf(first)}; keep one");
        }
    }

    private static Position Later(Position one, Position other) => one.CompareTo(other) < 0 ? other : one;
}
