using System.Collections.Immutable;
using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Cli.Run;
using Qschedd.Config;
using Qschedd.Engine;
using Qschedd.Engine.Clock;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Bench.Systems;

/// <summary>The daemon's engine on its own thread and clocks, as the daemon runs it; store and workers are the row's.</summary>
internal sealed class EngineHost : IDisposable
{
    /// <summary>Requests at once are bounded for the sake of sockets and workers; a body in this process has neither.</summary>
    private const int SendsMax = 100_000;

    private readonly LinuxAlarm _alarm = new();
    private readonly EngineLoop _loop;
    private readonly IStore _store;

    public EngineHost(IStore store, IWorkerLink link, int jobs, string cron)
    {
        HugePages.AdviseForHeap();
        _store = store;
        var clock = new LoopClock();
        _loop = new EngineLoop(_alarm, clock, NullLogger.Instance, rest: RestCollection.OfThisProcess(_alarm));
        var core = new EngineCore(store, CatalogOf(jobs, cron), OptionsFor(link), clock, _loop, new Random(7), NullLogger.Instance);
        _loop.Start(core);
    }

    public void Dispose()
    {
        _loop.Dispose();
        _store.Dispose();
        _alarm.Dispose();
    }

    private static EngineOptions OptionsFor(IWorkerLink link) => new()
    {
        ServerIp = "127.0.0.1",
        ProcessId = Environment.ProcessId,
        HostNames = ["localhost", "127.0.0.1"],
        RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink> { [WorkerProtocol.Qschedule] = link },
        LocalLink = link,
        IsProcessAlive = _ => false,
        SendsMax = SendsMax,
        SendsPerWorkerMax = SendsMax,
    };

    private static Catalog CatalogOf(int count, string cron)
    {
        ImmutableArray<Worker> workers = [new Worker("10.0.0.1:20010", "w1")];
        var app = new App
        {
            Name = "bench",
            Id = 1,
            Token = new Secret("t"),
            Workers = workers,
            WorkerPath = "/run",
            Protocol = WorkerProtocol.Qschedule,
        };
        var triggers = new CronCheck(nowMs: 0).TriggersOf(cron, "UTC"); // as in the daemon, where jobs of one cron share them
        var jobs = Enumerable.Range(1, count).Select(i => JobOf(app, i, triggers));
        return new Catalog(Server(), [app], ByName.Of(jobs));
    }

    private static Job JobOf(App app, int number, ImmutableArray<Trigger> triggers) => new()
    {
        App = app,
        Name = $"bench.job{number}",
        Triggers = triggers,
        Type = JobType.Remote,
        Recover = RecoverPolicy.Discard,
        LoadBalance = LoadBalance.First,
        Overlap = OverlapPolicy.Allow,
        Timeout = TimeSpan.Zero,
        KillAfter = TimeSpan.Zero,
        Retry = RetryPolicy.None,
        ConsecutiveFailTimesAlertThreshold = 1,
        State = true,
        Workers = app.Workers,
        DefinitionHash = number,
    };

    private static ServerSettings Server() => new()
    {
        Listen = [],
        Database = "unused",
        TimeZone = "UTC",
        Advertise = "http://127.0.0.1/",
        MisfireThreshold = TimeSpan.FromMinutes(5),
        WorkerTtl = TimeSpan.FromSeconds(90),
        AnswerTimeout = TimeSpan.FromSeconds(30),
        LostAfter = TimeSpan.FromHours(24),
        History = new HistorySettings(TimeSpan.FromDays(30), 1000),
    };
}
