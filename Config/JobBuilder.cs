using System.Collections.Frozen;
using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>The jobs of one app: what a job says wins over the app's defaults, and these over the server's.</summary>
internal sealed class JobBuilder(LoadContext load, FileErrors errors, AppYaml appYaml, App app, ServerSettings server)
{
    private const string DevSuffix = "_dev";

    // Read, never written.
    private static readonly LocalYaml NoLocal = new();

    private readonly JobYaml _defaults = appYaml.Defaults;

    private readonly IReadOnlySet<string>? _inheritedHidden = InheritedHidden(appYaml);

    private ImmutableArray<Worker>? _plainDefaults;

    private WorkerProtocol DefaultProtocol => _defaults.Protocol ?? app.Protocol;

    public Job Build(JobYaml yaml)
    {
        JobType type = yaml.Type ?? _defaults.Type ?? JobType.Remote;
        WorkerProtocol protocol = yaml.Protocol ?? DefaultProtocol;
        LocalYaml local = Inherit(yaml.Local, _defaults.Local);
        CheckName(yaml);
        if (!yaml.IsTypeWrong && !_defaults.IsTypeWrong)
            CheckType(yaml, type, local);
        CheckProtocol(yaml, protocol);
        var job = new Job
        {
            App = app,
            Name = yaml.Name ?? "",
            Desc = yaml.Desc ?? _defaults.Desc,
            Triggers = Triggers(yaml),
            HasCronList = HasTriggers(yaml) ? yaml.CronsAt.IsGiven : _defaults.CronsAt.IsGiven,
            Parameter = yaml.Parameter ?? _defaults.Parameter,
            Type = type,
            Protocol = protocol,
            Handler = yaml.Handler ?? _defaults.Handler ?? yaml.Name ?? "",
            Command = type == JobType.Local ? Command(local) : null,
            Recover = yaml.Recover ?? _defaults.Recover ?? RecoverPolicy.Discard,
            LoadBalance = yaml.LoadBalance ?? _defaults.LoadBalance ?? LoadBalance.Random,
            Overlap = yaml.Overlap ?? _defaults.Overlap ?? OverlapPolicy.Skip,
            Timeout = yaml.Timeout ?? _defaults.Timeout ?? TimeSpan.Zero,
            KillAfter = yaml.KillAfter ?? _defaults.KillAfter ?? TimeSpan.Zero,
            Retry = yaml.Retry ?? _defaults.Retry ?? RetryPolicy.None,
            ConsecutiveFailTimesAlertThreshold =
                yaml.ConsecutiveFailTimesAlertThreshold ?? _defaults.ConsecutiveFailTimesAlertThreshold ?? 1,
            State = yaml.State ?? _defaults.State ?? true,
            Workers = type == JobType.Local ? [] : Workers(yaml, protocol),
            Alerts = Alerts(yaml),
            DefinitionHash = 0,
            Hidden = Hidden(yaml),
        };
        if (load.Sent.Count > 0)
            job = job with { Secrets = Secrets(job) };
        job.Settle(DefinitionHasher.Hash(job, local.Env?.WrittenHash ?? 0), load.Definitions.PrintOf(job));
        return load.InForce.Known(job);
    }

    private FrozenDictionary<string, string>? Secrets(Job job)
    {
        var held = job.Triggers.Select(trigger => trigger.Param).Append(job.Parameter).OfType<string>().Distinct().Where(load.Sent.ContainsKey);
        var secrets = held.ToFrozenDictionary(parameter => parameter, parameter => load.Sent[parameter], StringComparer.Ordinal);
        return secrets.Count == 0 ? null : secrets;
    }

    /// <summary>What it inherits counts even where it says otherwise: hiding too much does no harm.</summary>
    private IReadOnlySet<string>? Hidden(JobYaml yaml) => yaml.Hidden is null
        ? _inheritedHidden
        : _inheritedHidden is null ? yaml.Hidden : yaml.Hidden.Union(_inheritedHidden).ToHashSet();

    private static LocalYaml Inherit(LocalYaml? own, LocalYaml? byDefault)
    {
        if (own is null || byDefault is null)
            return own ?? byDefault ?? NoLocal;
        return new LocalYaml
        {
            Command = own.CommandAt.IsGiven ? own.Command : byDefault.Command,
            CommandAt = own.CommandAt.IsGiven ? own.CommandAt : byDefault.CommandAt,
            Env = own.Env ?? byDefault.Env,
            WorkingDirectory = own.WorkingDirectory ?? byDefault.WorkingDirectory,
        };
    }

    private static IReadOnlySet<string>? InheritedHidden(AppYaml app)
    {
        IEnumerable<string> ofApp = (app.Hidden ?? new HashSet<string>()).Where(key => key is "workers" or "alerts");
        return app.Defaults.Hidden is null && !ofApp.Any() ? null : (app.Defaults.Hidden ?? new HashSet<string>()).Union(ofApp).ToHashSet();
    }

    private void CheckName(JobYaml yaml)
    {
        if (server.IsDev && yaml.Name is { } name && name.EndsWith(DevSuffix, StringComparison.Ordinal))
            errors.Add(yaml.NameAt, $"job {Shown.Quote(name)}: environment dev adds '{DevSuffix}' by itself: leave it out of the name");
    }

    private void CheckType(JobYaml yaml, JobType type, LocalYaml local)
    {
        if (type == JobType.Local && !local.CommandAt.IsGiven)
            errors.Add(yaml.At, $"a local job needs 'command', as in command: [/usr/bin/backup, --all]; or is it type: remote?");
        if (type == JobType.Local && yaml.WorkersAt.IsGiven)
            errors.Add(yaml.WorkersAt, "'workers' has no place in a local job, which runs on the daemon's host: remove it");
        if (type == JobType.Remote && yaml.Local is { } own)
            errors.Add(own.At, "'command', 'env' and 'workingDirectory' belong to a local job: add type: local, or remove them");
    }

    private void CheckProtocol(JobYaml yaml, WorkerProtocol protocol)
    {
        if (protocol == WorkerProtocol.XxlJob)
            Executors.CheckToken(errors, appYaml);
        else if (yaml.Handler is not null)
            errors.Add(yaml.HandlerAt, "'handler' is of protocol: xxl-job; workers of this job's protocol know it by its name: remove it");
        RefuseUrls(appYaml.Workers, appYaml.WorkersAt, app.Protocol);
        RefuseUrls(_defaults.Workers, _defaults.WorkersAt, DefaultProtocol);
        RefuseUrls(yaml.Workers, yaml.WorkersAt, protocol);
    }

    private void RefuseUrls(ImmutableArray<Worker> workers, Position at, WorkerProtocol protocol)
    {
        if (protocol != WorkerProtocol.XxlJob && !workers.IsDefault && workers.FirstOrDefault(worker => worker.Address.Contains('/')) is { } url)
            errors.Add(at, $"worker {Shown.Quote(url.Address)} must be host:port; only executors of protocol: xxl-job are URLs");
    }

    private static bool HasTriggers(JobYaml yaml) => yaml.CronAt.IsGiven || yaml.CronsAt.IsGiven;

    private ImmutableArray<Trigger> Triggers(JobYaml yaml)
    {
        JobYaml source = HasTriggers(yaml) ? yaml : _defaults;
        string zone = yaml.TimeZone ?? _defaults.TimeZone ?? server.TimeZone;
        if (source.Cron is { } cron)
        {
            CheckFires(cron, zone);
            return load.Crons.TriggersOf(cron.Text!, zone);
        }
        if (source.Crons is not { Count: > 0 } crons)
            return [];
        crons.ForEach(item => CheckFires(item, zone));
        return TriggerTable.OfList(crons, zone, load.Crons);
    }

    private void CheckFires(CronYaml cron, string zone)
    {
        if (cron.Text is { } text && !load.Crons.FiresAgain(text, zone))
            errors.Add(cron.At, $"cron {Shown.Quote(text)} never comes again in {zone}: check its day, month and year");
    }

    private static LocalCommand Command(LocalYaml local) =>
        new(local.Command.IsDefault ? [] : local.Command, local.Env?.Variables ?? [], local.WorkingDirectory);

    /// <summary>What is inherited speaks what it was written for: a job of another protocol has workers of its own, or that register.</summary>
    private ImmutableArray<Worker> Workers(JobYaml yaml, WorkerProtocol protocol)
    {
        bool isXxl = protocol == WorkerProtocol.XxlJob;
        if (!yaml.Workers.IsDefault)
            return isXxl ? Executors.Plain(yaml.Workers) : yaml.Workers;
        if (!_defaults.Workers.IsDefault && protocol == DefaultProtocol)
            return isXxl ? _plainDefaults ??= Executors.Plain(_defaults.Workers) : _defaults.Workers;
        return protocol == app.Protocol ? app.Workers : [];
    }

    private ImmutableArray<AlertRule> Alerts(JobYaml yaml)
    {
        if (!yaml.Alerts.IsDefault)
            return yaml.Alerts;
        return _defaults.Alerts.IsDefault ? appYaml.Alerts : _defaults.Alerts;
    }
}
