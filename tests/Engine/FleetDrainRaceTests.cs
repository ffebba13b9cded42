using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Engine;
using Qschedd.Engine.Clock;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Storage;
using Qschedd.Tests.Storage;
using Xunit.Abstractions;

namespace Qschedd.Tests.Engine;

/// <summary>
/// The order that a drain relies on, raced: tasks start as fast as they can, by hand and by cron, while hosts are taken offline,
/// waited for, and brought back. What must hold at every instant:
/// <list type="number">
/// <item>after "offline" was answered no request of that job begins on that worker</item>
/// <item>a host of which all workers are offline, and that was seen free once, has no request under way</item>
/// <item>a request that is under way before and after somebody looks is seen by him: check never calls its host free</item>
/// <item>and so does the next process, before it answers anybody</item>
/// </list>
/// </summary>
public class FleetDrainRaceTests(ITestOutputHelper output)
{
    private const int Hosts = 4;
    private const int Drainers = 2;
    private const int DeliveredMin = 1_000;
    private const int UnderWayMax = 64;
    private const int DrainsEach = 12;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(20);

    private static readonly ImmutableArray<Worker> Workers =
        [.. Enumerable.Range(0, Hosts * 2).Select(i => new Worker($"10.1.0.{i / 2}:2001{i % 2}", $"w{i / 2}.example"))];

    [Theory]
    [InlineData("memory")]
    [InlineData("sqlite")]
    public async Task Drain_TellsTheTruthAtEveryInstant_WhileEverythingRaces(string kind)
    {
        int seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        using var folder = new StoreFolder();
        using var link = new FleetRaceLink(seed);
        Func<IStore> open = kind == "memory" ? Reopening(new MemoryStore()) : () => SqliteStore.Open(folder.Database, NullLogger.Instance);
        var answering = Enumerable.Range(0, 2).Select(_ => Task.Factory.StartNew(link.Work, TaskCreationOptions.LongRunning)).ToArray();
        using (var engine = new RacedEngine(open(), link, seed))
            await RaceAsync(engine, link, seed);
        using (var next = new RacedEngine(open(), link, seed, isStarted: false))
            AllAreShown(next, link, "after the restart");
        link.Close();
        await Task.WhenAll(answering).WaitAsync(Bound);
        Assert.True(link.Violations.IsEmpty, $"seed {seed}: {string.Join('\n', link.Violations.Take(10))}");
        var doubled = link.Delivered.GroupBy(r => (r.Request.TaskId, r.Request.Attempt)).Where(g => g.Count() > 1).ToList();
        Assert.True(doubled.Count == 0, $"seed {seed}: {doubled.Count} attempts were taken by two workers");
        output.WriteLine($"{link.CountDelivered} tasks were delivered");
        Assert.True(link.CountDelivered > 100, $"seed {seed}: only {link.CountDelivered} tasks were delivered: nothing was raced");
    }

    private async Task RaceAsync(RacedEngine engine, FleetRaceLink link, int seed)
    {
        using var over = new CancellationTokenSource();
        var background = Enumerable.Range(0, 6).Select(i => Task.Run(() => StartTasksAsync(engine, link, seed + i, over.Token)))
            .Append(Task.Factory.StartNew(() => Watch(engine, link, over.Token), TaskCreationOptions.LongRunning)).ToArray();
        long began = Stopwatch.GetTimestamp();
        var drains = Enumerable.Range(0, Drainers).Select(i => Task.Run(() => DrainAsync(engine, link, seed, i, began)));
        await Task.WhenAll(drains).WaitAsync(2 * Bound);
        await over.CancelAsync();
        await Task.WhenAll(background).WaitAsync(Bound);
    }

    private static async Task StartTasksAsync(RacedEngine engine, FleetRaceLink link, int seed, CancellationToken over)
    {
        var random = new Random(seed);
        while (!over.IsCancellationRequested)
        {
            if (link.CountUnderWay > UnderWayMax)
            {
                await Task.Yield();
                continue;
            }
            var started = await engine.Scheduler.TriggerAsync(engine.Jobs[random.Next(engine.Jobs.Length)].Name, null, "race");
            if (started.TaskId is { } id && random.Next(50) == 0)
                await engine.Scheduler.KillAsync(id, "race");
        }
    }

    /// <summary>One request after the other: seen while it is under way.</summary>
    private static void Watch(RacedEngine engine, FleetRaceLink link, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
            AllAreShown(engine, link, "in the race");
    }

    private static void AllAreShown(RacedEngine engine, FleetRaceLink link, string when)
    {
        foreach (var raced in link.UnderWay.Take(16).ToList())
        {
            var shown = engine.Scheduler.RunningOn(raced.Host);
            // It was under way before, and is after: so it was all the time.
            if (shown.All(j => j.Job.Name != raced.Request.Job.Name) && raced.IsUnderWay)
                link.Violations.Enqueue($"{when}, task {raced.Request.TaskId} was under way on {raced.Host}, and check called it free");
        }
    }

    private async Task DrainAsync(RacedEngine engine, FleetRaceLink link, int seed, int drainer, long began)
    {
        var random = new Random(seed ^ drainer);
        for (int i = 0; (i < DrainsEach || link.CountDelivered < DeliveredMin) && Stopwatch.GetElapsedTime(began) < Bound; i++)
        {
            int host = random.Next(Hosts / Drainers) + (drainer * (Hosts / Drainers));
            string[] addresses = [Workers[host * 2].Address, Workers[(host * 2) + 1].Address];
            await SayAsync(engine, link, addresses, online: false);
            string name = $"10.1.0.{host}";
            while (engine.Scheduler.RunningOn(random.Next(2) == 0 ? name : $"w{host}").Count > 0)
                await Task.Yield();
            if (link.UnderWay.FirstOrDefault(r => r.Host == name) is { } left)
                link.Violations.Enqueue($"{name} was offline and seen free, with task {left.Request.TaskId} under way");
            await SayAsync(engine, link, addresses, online: true);
            if (i == DrainsEach - 1)
                output.WriteLine($"drainer {drainer}: {DrainsEach} drains in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        }
    }

    private static Task SayAsync(RacedEngine engine, FleetRaceLink link, string[] addresses, bool online) =>
        Task.WhenAll(engine.Jobs.Select(async job =>
        {
            if (online)
                foreach (string address in addresses)
                    link.NoteWord(job.Name, address, online: true); // before it is so: not to be accused too early
            var words = addresses.Select(a => KeyValuePair.Create(a, online)).ToList();
            var answer = await engine.Scheduler.SetWorkersAsync(job.Name, words, "race");
            Assert.Equal(CommandResult.Done, answer);
            foreach (string address in addresses)
                link.NoteWord(job.Name, address, online);
        }));

    private static Func<IStore> Reopening(MemoryStore store)
    {
        var kept = store;
        return () => kept = kept.Reopen();
    }

    /// <summary>The daemon's own parts but for HTTP. Disposed, it is gone as after kill -9: nothing is closed in order.</summary>
    private sealed class RacedEngine : IDisposable
    {
        private readonly LinuxAlarm _alarm = new();
        private readonly EngineLoop _loop;
        private readonly IStore _store;
        private readonly EngineCore _core;

        public RacedEngine(IStore store, FleetRaceLink link, int seed, bool isStarted = true)
        {
            var clock = new LoopClock();
            _store = store;
            _loop = new EngineLoop(_alarm, clock, NullLogger.Instance);
            var options = new EngineOptions
            {
                ServerIp = "10.0.0.5",
                ProcessId = 42,
                HostNames = ["daemon.example"],
                RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink> { [WorkerProtocol.Qschedule] = link },
                LocalLink = link,
                IsProcessAlive = _ => false,
            };
            _core = new EngineCore(store, Samples.Catalog(Samples.Server(), Jobs), options, clock, _loop, new Random(seed), NullLogger.Instance);
            Scheduler = new Scheduler(_core, _loop, store, options);
            link.Report = Scheduler.ReportAsync;
            if (isStarted)
                _loop.Start(_core);
        }

        public Scheduler Scheduler { get; }

        public Job[] Jobs { get; } =
        [
            .. new[] { LoadBalance.Random, LoadBalance.RoundRobin, LoadBalance.LeastActive, LoadBalance.ConsistentHash, LoadBalance.Broadcast }
                .Select(policy => Samples.Job($"job.{policy}", "* * * * * ?", Workers) with
                {
                    LoadBalance = policy,
                    Overlap = OverlapPolicy.Allow,
                    // Not 'retry': a task in doubt keeps its host busy for half a minute, and every drain would wait for one.
                    Recover = RecoverPolicy.Discard,
                    Retry = new RetryPolicy(2, TimeSpan.FromMilliseconds(1), 1, TimeSpan.FromMilliseconds(1)),
                }),
        ];

        public void Dispose()
        {
            _loop.Dispose();
            _alarm.Dispose();
            _store.Dispose();
        }
    }
}
