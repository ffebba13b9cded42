using System.Collections.Immutable;
using Qschedd.Engine.Model;
using Qschedd.Tests.Checker;
using Qschedd.Tests.Engine;

namespace Qschedd.Tests.Simulation;

/// <summary>How long a run is and how often things are due in it.</summary>
internal sealed record Pace(string Name, long ChaosMs, string[] Crons, long EventEveryMs)
{
    private const long HourMs = 3_600_000;

    public static readonly Pace[] All =
    [
        new("seconds", HourMs / 2, ["* * * * * ?", "0/5 * * * * ?", "7,37 * * * * ?", "0 * * * * ?", "10-20 0/2 * * * ?"], 60_000),
        new("minutes", 12 * HourMs, ["0 * * * * ?", "0 0/5 * * * ?", "30 1/10 * * * ?", "0 0,30 * * * ?", "0 0/15 8-18 * * ?"], 15 * 60_000),
        new("hours", 240 * HourMs, ["0 0 * * * ?", "0 0/30 * * * ?", "0 15 0/2 * * ?", "0 30 9 ? * MON-FRI", "0 0 2 * * ?"], 2 * HourMs),
        new("days", 1440 * HourMs, ["0 30 9 * * ?", "0 0 0/4 * * ?", "0 0 3 L * ?", "0 10 0 ? * 2#1", "0 0 12 15W * ?", "0 30 23 ? * 6L"], 12 * HourMs),
    ];
}

/// <summary>A job as it stands in the configuration file.</summary>
internal sealed record SimJob
{
    public required string Name { get; init; }
    public required ImmutableArray<(string Cron, bool IsEast)> Crons { get; init; }
    public required bool State { get; init; }
    public required Job Template { get; init; }
    public int Edition { get; init; }

    public IEnumerable<TriggerSpec> Triggers => Crons.Select(c => new TriggerSpec(KeyOf(c.Cron, c.IsEast), c.Cron, c.IsEast ? 8 * 3600 : 0));

    public JobSpec Spec => new(
        Name, [.. Triggers], Template.Recover == RecoverPolicy.Retry,
        Template.Overlap == OverlapPolicy.Skip && Template.LoadBalance != LoadBalance.Broadcast, Template.Retry.AttemptsMax);

    public Job ToJob() => Template with
    {
        Name = Name,
        State = State,
        Triggers = [.. Crons.Select(c => new Trigger(KeyOf(c.Cron, c.IsEast), c.Cron, c.IsEast ? "Asia/Shanghai" : "UTC", null))],
        DefinitionHash = Hash($"{string.Join(',', Crons)} {State} {Edition}"),
    };

    private static long KeyOf(string cron, bool isEast) => Hash($"{cron} {isEast}");

    private static long Hash(string text)
    {
        ulong hash = 14695981039346656037;
        foreach (char c in text)
            hash = (hash ^ c) * 1099511628211;
        return (long)(hash >> 1) | 1;
    }
}

/// <summary>The configuration file, drawn once and edited by chance.</summary>
internal sealed class SimConfig
{
    private readonly SimRandom _random;
    private readonly ServerSettings _server;
    private int _names;
    private int _edition;

    public SimConfig(SimRandom random, Pace pace)
    {
        (_random, Pace) = (random, pace);
        WorkerTtlMs = pace.ChaosMs > 100 * 3_600_000L ? 1_800_000 : 90_000;
        _server = Samples.Server() with
        {
            MisfireThreshold = TimeSpan.FromSeconds(random.Of([30, 60, 300])),
            WorkerTtl = TimeSpan.FromMilliseconds(WorkerTtlMs),
            LostAfter = TimeSpan.FromHours(random.Of([1, 3])),
            AnswerTimeout = TimeSpan.FromSeconds(30),
        };
        for (int i = 1 + random.Below(4); i > 0; i--)
            Workers.Add(new Worker($"10.1.0.{i}:20010", $"w{i}.example"));
        for (int i = 2 + random.Below(6); i > 0; i--)
            Add();
    }

    public Pace Pace { get; }
    public long WorkerTtlMs { get; }
    public List<Worker> Workers { get; } = [];
    public SortedDictionary<string, SimJob> Jobs { get; } = new(StringComparer.Ordinal);
    public ServerSettings Server => _server;

    public Catalog ToCatalog() => new(
        _server, [Samples.App([.. Workers])], ByName.Of(Jobs.Values.Select(j => j.ToJob())));

    /// <summary>Some edits, as somebody would make them between two reloads.</summary>
    public void Edit()
    {
        for (int i = 1 + _random.Below(3); i > 0; i--)
            EditOnce();
    }

    private void EditOnce()
    {
        int draw = _random.Below(10);
        if (draw == 0 || Jobs.Count == 0)
            Add();
        else if (draw == 1 && Jobs.Count > 1)
            Remove(_random.Of([.. Jobs.Values]));
        else if (draw == 2 && _removed.Count > 0)
            BringBack();
        else
            Change(_random.Of([.. Jobs.Values]), draw);
    }

    private readonly List<SimJob> _removed = [];

    private void Remove(SimJob job)
    {
        Jobs.Remove(job.Name);
        _removed.Add(job);
    }

    private void BringBack()
    {
        var job = _random.Of(_removed);
        _removed.Remove(job);
        Jobs[job.Name] = job;
    }

    private void Change(SimJob job, int draw) => Jobs[job.Name] = draw switch
    {
        < 5 => job with { State = !job.State },
        < 8 => job with { Crons = DrawCrons() },
        _ => job with { Edition = ++_edition },
    };

    private void Add()
    {
        string name = $"job.{_names++}";
        Jobs[name] = new SimJob { Name = name, Crons = DrawCrons(), State = !_random.PerMille(100), Template = DrawTemplate() };
    }

    private ImmutableArray<(string, bool)> DrawCrons()
    {
        var crons = new SortedSet<(string, bool)>();
        for (int i = _random.Of([1, 1, 1, 2]); i > 0; i--)
            crons.Add((_random.Of(Pace.Crons), _random.Half()));
        return [.. crons];
    }

    private Job DrawTemplate()
    {
        var job = _random.Below(6) == 0 ? Samples.LocalJob() : Samples.Job(workers: [.. Workers]);
        return job with
        {
            App = Samples.App([.. Workers]),
            Recover = _random.Half() ? RecoverPolicy.Discard : RecoverPolicy.Retry,
            Overlap = _random.Of([OverlapPolicy.Skip, OverlapPolicy.Allow, OverlapPolicy.Replace]),
            LoadBalance = _random.Of(
                [LoadBalance.Random, LoadBalance.RoundRobin, LoadBalance.LeastActive, LoadBalance.ConsistentHash, LoadBalance.First, LoadBalance.Failover, LoadBalance.Broadcast]),
            KillAfter = TimeSpan.FromSeconds(_random.Of([0, 0, 0, 30, 600])),
            Retry = _random.Half() ? RetryPolicy.None : new RetryPolicy(1 + _random.Below(3), TimeSpan.FromSeconds(_random.Below(30)), 2, TimeSpan.FromMinutes(5)),
        };
    }
}
