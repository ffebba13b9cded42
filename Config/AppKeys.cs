using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>
/// The keys of an app, of its jobs, and of what stands in them. With <see cref="ServerKeys"/> the one list of keys.
/// </summary>
internal static class AppKeys
{
    private const string Threshold = "consecutiveFailTimesAlertThreshold";
    private const string AlertsExample = "[{webhook: \"https://alerts.example/hook\", format: slack}]";

    public static readonly Section<WorkerYaml> Worker = new Section<WorkerYaml>("a worker")
        .Object("address", ValueKind.Address, "host:port of the worker", (reader, key) => reader.WorkerAddress(key),
            (worker, value, _) => worker.Address = value, "192.168.1.2:20010", isRequired: true)
        .Text("hostname", "the worker's name: shown, and found by check", (worker, value, _) => worker.Hostname = value,
            "l-demo2.dev.cn6.qunar.com", "the address");

    public static readonly Section<RetryYaml> Retry = new Section<RetryYaml>("retry", SectionChecks.Retry)
        .Integer("attempts", "tries of one task, the first included", (retry, value, _) => retry.Attempts = value, "3", "3", new(1, 1000))
        .Duration("delay", "pause before the second try", (retry, value, _) => retry.Delay = value, "10s", "0s")
        .Number("backoff", "each further pause is so many times as long", (retry, value, _) => retry.Backoff = value, "2", "1", new(1, 100))
        .Duration("maxDelay", "the longest pause", (retry, value, _) => retry.MaxDelay = value, "10m", "1h, or delay when that is longer");

    public static readonly Section<CronYaml> CronEntry = new Section<CronYaml>("an item of crons")
        .Object("cron", ValueKind.Cron, "second minute hour day-of-month month day-of-week [year]", (reader, key) => reader.Cron(key),
            (item, value, _) => (item.Text, item.At) = (value.Text, value.At), "\"0 30 9 * * ?\"", isRequired: true)
        .Object("param", ValueKind.Json, "the parameter of this cron's fires", (reader, key) => reader.Json(key),
            (item, value, _) => item.Param = value, "{city: beijing}", "the job's parameter");

    public static readonly Section<AlertYaml> Alert = new Section<AlertYaml>("an alert", SectionChecks.Alert)
        .Object("webhook", ValueKind.Secret, "http:// or https:// URL that is told; best from ${env:NAME} or ${file:/path}",
            (reader, key) => reader.Webhook(key), (alert, value, at) => (alert.Webhook, alert.WebhookAt) = (value, at),
            "https://alerts.example/hook", bounds: new(1, 4096), isRequired: true)
        .Object("events", ValueKind.WordList, "what it is told", (reader, key) => reader.WordList(key),
            (alert, value, _) => alert.Kinds = value.Aggregate(AlertKinds.None, (kinds, index) => kinds | AlertWords.KindAt(index)),
            "[failed, recovered]", "[threshold, timeout, recovered, noWorker, misfire]", words: AlertWords.Kinds)
        .Word("format", "what the receiver takes", (alert, value, _) => alert.Format = (AlertFormat)value, AlertWords.Formats)
        .Secret("secret", "of dingtalk and feishu: what alerts are signed with; best from ${env:NAME} or ${file:/path}",
            (alert, value, _) => alert.Secret = value, "${env:ROBOT_SECRET}");

    public static readonly Section<JobYaml> Job = new Section<JobYaml>("a job", SectionChecks.Job)
        .Name("name", "unique over all apps", (job, value, at) => (job.Name, job.NameAt) = (value, at),
            "qschedule.demo.job1", isJob: true)
        .Text("desc", "what it does", (job, value, _) => job.Desc = value, "sends the morning mails", min: 0)
        .Object("cron", ValueKind.Cron, "when it runs: second minute hour day-of-month month day-of-week [year]; absent: started by hand",
            (reader, key) => reader.Cron(key), (job, value, _) => job.Cron = value, "\"0 30 9 * * ?\"")
        .MappingList("crons", "several crons, each with its own parameter; instead of cron", CronEntry,
            (job, value, _) => job.Crons = value, "[{cron: \"0 0 9 * * ?\", param: {city: beijing}}]")
        .Object("parameter", ValueKind.Json, "what the worker gets as param", (reader, key) => reader.Json(key),
            (job, value, _) => job.Parameter = value, "{city: beijing}")
        .Word("type", "remote: on a worker; local: a command on the daemon's host",
            (job, value, _) => job.Type = (JobType)value, "remote", "local")
        .Object("command", ValueKind.TextList, "of a local job: the program and its arguments; never a shell line",
            (reader, key) => reader.TextList(key), (job, value, _) => LocalOf(job).Command = [.. value], "[/usr/bin/backup, --all]")
        .Object("env", ValueKind.TextMap, "of a local job: what is added to the daemon's environment",
            (reader, key) => reader.Env(key), (job, value, _) => LocalOf(job).Env = value, "{LANG: C.UTF-8}")
        .Object("workingDirectory", ValueKind.Path, "of a local job: where it starts", (reader, key) => reader.AbsolutePath(key),
            (job, value, _) => LocalOf(job).WorkingDirectory = value, "/srv")
        .Word("protocol", "what its workers speak, instead of the app's; then it has workers of its own",
            (job, value, _) => job.Protocol = (WorkerProtocol)value, "qschedule", "xxl-job")
        .Text("handler", "of protocol xxl-job: the handler that executors know the job by",
            (job, value, at) => (job.Handler, job.HandlerAt) = (value, at), "demoJobHandler", "the job's name")
        .Object("timeZone", ValueKind.TimeZone, "IANA zone that cron is read in", (reader, key) => reader.Zone(key),
            (job, value, _) => job.TimeZone = value, "Europe/Paris", "the app's, the server's, the host's")
        .Word("recover", "a missed or lost run: discard it, or run it again",
            (job, value, _) => job.Recover = (RecoverPolicy)value, "discard", "retry")
        .Word("loadBalance", "how a worker is chosen; broadcast: all of them", (job, value, _) => job.LoadBalance = (LoadBalance)value,
            "random", "roundRobin", "leastActive", "consistentHash", "first", "failover", "broadcast")
        .Word("overlap", "a fire while an earlier task runs: skip it (state 400), allow both, or replace the earlier",
            (job, value, _) => job.Overlap = (OverlapPolicy)value, "skip", "allow", "replace")
        .Duration("timeout", "past it an alert; the task goes on; 0s: none", (job, value, _) => job.Timeout = value, "30m", "0s")
        .Duration("killAfter", "past it the task is killed; 0s: never", (job, value, _) => job.KillAfter = value, "2h", "0s")
        .Mapping("retry", "further tries of a failed task", Retry, (job, value, _) => job.Retry = value.Policy,
            "{attempts: 3, delay: 10s, backoff: 2, maxDelay: 10m}",
            "none")
        .Integer(Threshold, "an alert after so many failures in a row",
            (job, value, _) => job.ConsecutiveFailTimesAlertThreshold = value, "3", "1", new(1, int.MaxValue))
        .Flag("state", "false: off until someone turns it on", (job, value, _) => job.State = value, "false", "true")
        .Object("workers", ValueKind.WorkerList, "instead of the app's", (reader, key) => reader.Workers(key),
            (job, value, _) => job.Workers = [.. value], "[192.168.1.1:20010]", "the app's")
        .Object("alerts", ValueKind.MappingList, "webhooks that are told of trouble and of its end; instead of the app's",
            (reader, key) => reader.Alerts(Alert, key), (job, value, _) => job.Alerts = [.. value],
            AlertsExample, "the app's", section: Alert);

    public static readonly Section<JobYaml> Defaults =
        Job.Without("defaults", "name", "each job has a name of its own");

    public static readonly Section<AppYaml> App = new Section<AppYaml>("an app", SectionChecks.App)
        .Name("name", "appName", (app, value, at) => (app.Name, app.NameAt) = (value, at), "qschedule.demo", isJob: false)
        .Integer("id", "appId", (app, value, at) => (app.Id, app.IdAt) = (value, at), "163", null, new(1, int.MaxValue), isRequired: true)
        .Text("code", "appCode", (app, value, _) => app.Code = value, "qschedule_demo")
        .Secret("token", "opens the app; best from ${env:NAME} or ${file:/path}", (app, value, at) => (app.Token, app.TokenAt) = (value, at),
            "${env:DEMO_TOKEN}", isRequired: true)
        .Object("workers", ValueKind.WorkerList, "host:port, or {address, hostname}; more may register",
            (reader, key) => reader.Workers(key), (app, value, _) => app.Workers = [.. value], "[192.168.1.1:20010]", "those that register")
        .Object("workerPath", ValueKind.WorkerPath, "path of a worker's run endpoint; kill is beside it",
            (reader, key) => reader.WorkerPath(key), (app, value, _) => app.WorkerPath = value,
            "/qschedule/run", "/qschedule/run; /run with xxl-job")
        .Word("protocol", "what the workers speak", (app, value, _) => app.Protocol = (WorkerProtocol)value, "qschedule", "xxl-job")
        .Word("protocolVersion", "of protocol xxl-job: 3.4 also speaks to executors from 2.2 on; 3.5 to those alone",
            (app, value, _) => app.ProtocolVersion = (XxlGeneration)value, "3.4", "3.5")
        .Object("alerts", ValueKind.MappingList, "webhooks that are told of trouble with the app's jobs, and of its end",
            (reader, key) => reader.Alerts(Alert, key), (app, value, _) => app.Alerts = [.. value],
            AlertsExample, "none", section: Alert)
        .Mapping("defaults", "any job key but name: what holds for jobs that do not say otherwise", Defaults,
            (app, value, _) => app.Defaults = value, "{recover: discard, timeout: 30m}", null)
        .MappingEach("jobs", "the app's jobs", Job, JobsOf, "[{name: qschedule.demo.job1}]", "none");

    private static Items<JobYaml> JobsOf(ValueReader reader, AppYaml app, Seen seen)
    {
        SectionChecks.NotePlaces(app, seen);
        app.Ahead = reader.Ahead?.Begin(app, seen);
        return app.Ahead is { } builder ? new(builder.Blank, builder.Add) : new(static () => new JobYaml(), app.Jobs.Add);
    }

    private static LocalYaml LocalOf(JobYaml job) => job.Local ??= new LocalYaml();
}
