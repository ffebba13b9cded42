using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>
/// The engine with everything around it moved by hand: clocks, store, workers. Nothing sleeps; a run is the same each time.
/// </summary>
internal sealed class EngineWorld
{
    public const long StartMs = 1_767_225_600_000; // 2026-01-01T00:00:00Z

    private readonly Queue<Action> _posted = new();

    public EngineWorld(KeptStore? store = null, long startMs = StartMs)
    {
        Store = store ?? new KeptStore();
        Clock.WallMs = startMs;
        Clock.MonotonicMs = 1_000_000;
    }

    public LoopClock Clock { get; } = new();
    public KeptStore Store { get; }
    public ScriptedLink Link { get; } = new();
    public ScriptedLink XxlLink { get; } = new();
    public ScriptedLink Local { get; } = new();
    public NotedAlerts Alerts { get; } = new();
    public HashSet<string> LiveProcesses { get; } = [];
    public EngineCore Core { get; private set; } = null!;
    public EngineOptions Options { get; private set; } = null!;

    public EngineWorld Start(params Job[] jobs) => Start(new EngineSettings(), jobs);

    public EngineWorld Start(EngineSettings settings, params Job[] jobs)
    {
        Options = new EngineOptions
        {
            ServerIp = "10.0.0.5",
            ProcessId = 42,
            HostNames = ["daemon.example", "10.0.0.5", "127.0.0.1"],
            RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink> { [WorkerProtocol.Qschedule] = Link, [WorkerProtocol.XxlJob] = XxlLink },
            LocalLink = Local,
            Alerts = Alerts,
            IsProcessAlive = LiveProcesses.Contains,
            Offload = settings.Offload,
            WaitingMax = settings.WaitingMax,
            FiresHeldAt = settings.FiresHeldAt,
            SendsPerWorkerMax = settings.SendsPerWorkerMax,
            LocalMax = settings.LocalMax,
            ChangesMax = settings.ChangesMax,
            BatchMax = settings.BatchMax,
            UnhurriedPauseMs = settings.UnhurriedPauseMs,
            FiresPerStepMax = settings.FiresPerStepMax,
            BeginsApart = settings.BeginsApart,
        };
        Core = new EngineCore(Store, Samples.Catalog(settings.Server, jobs), Options, Clock, new Mailbox(_posted.Enqueue), new Random(7), settings.Logger);
        Settle();
        return this;
    }

    /// <summary>Moves both clocks and lets everything that follows happen.</summary>
    public void Advance(TimeSpan span)
    {
        Clock.WallMs += (long)span.TotalMilliseconds;
        Clock.MonotonicMs += (long)span.TotalMilliseconds;
        Settle();
    }

    /// <summary>Goes on second by second.</summary>
    public void Run(int seconds)
    {
        for (int i = 0; i < seconds; i++)
            Advance(TimeSpan.FromSeconds(1));
    }

    /// <summary>Steps and takes messages until nothing more happens: all requests handed over, all outcomes taken.</summary>
    public void Settle()
    {
        do
            Turn();
        while (HasWork());
    }

    /// <summary>One round of the loop: the messages that are there, a step, and the store's answer to it.</summary>
    public void Turn()
    {
        for (int left = _posted.Count; left > 0; left--)
            _posted.Dequeue()();
        Core.Step();
        Store.Complete();
    }

    /// <summary>What a command was answered with; it must have been.</summary>
    public static T Answer<T>(Task<T> answer)
    {
        Assert.True(answer.IsCompleted, "the command was not answered");
        return answer.GetAwaiter().GetResult();
    }

    public JobState Job(string name) => Core.Jobs.Published.Jobs[name];

    /// <summary>Runs a command as the loop would and gives its answer, once everything has settled.</summary>
    public T Ask<T>(Action<TaskCompletionSource<T>> command)
    {
        var answer = new TaskCompletionSource<T>();
        command(answer);
        Settle();
        if (!answer.Task.IsCompleted)
            Advance(TimeSpan.FromSeconds(1)); // a store in trouble is asked again after a pause
        Assert.True(answer.Task.IsCompleted, "the command was not answered");
        return answer.Task.GetAwaiter().GetResult();
    }

    private bool HasWork() =>
        _posted.Count > 0 || Store.HasBatch || Core.NextWake().WallMs <= Clock.WallMs
        || (Core.Journal.Trouble is null && !Core.Journal.IsIdle && !IsPutOff && !Store.IsHeld);

    private bool IsPutOff => Core.Journal.NextFlushMs > Clock.MonotonicMs;
}

internal sealed record EngineSettings
{
    public int WaitingMax { get; init; } = 1_000;
    public int FiresHeldAt { get; init; } = 1_250;
    public int SendsPerWorkerMax { get; init; } = 64;
    public int LocalMax { get; init; } = 256;
    public int ChangesMax { get; init; } = 100_000;
    public int BatchMax { get; init; } = 20_000;
    /// <summary>None: what has happened is on record when the world has settled.</summary>
    public int UnhurriedPauseMs { get; init; }
    public int FiresPerStepMax { get; init; } = 200;
    public int BeginsApart { get; init; } = 2;
    public Action<IThreadPoolWorkItem> Offload { get; init; } = static work => work.Execute();
    public ILogger Logger { get; init; } = NullLogger.Instance;
    public ServerSettings Server { get; init; } = Samples.Server();
}

/// <summary>Jobs and apps as the loader would make them.</summary>
internal static class Samples
{
    public static readonly ImmutableArray<Worker> TwoWorkers = [new("10.1.0.1:20010", "w1.example"), new("10.1.0.2:20010", "w2.example")];

    public static ServerSettings Server() => new()
    {
        Listen = ["http://127.0.0.1:8080"],
        Database = "/nowhere/qschedd.db",
        TimeZone = "Asia/Shanghai",
        Advertise = "http://10.0.0.5:8080/",
        MisfireThreshold = TimeSpan.FromSeconds(60),
        WorkerTtl = TimeSpan.FromSeconds(90),
        AnswerTimeout = TimeSpan.FromSeconds(30),
        LostAfter = TimeSpan.FromHours(24),
        History = new HistorySettings(TimeSpan.FromDays(30), 1000),
    };

    public static App App(ImmutableArray<Worker>? workers = null) => new()
    {
        Name = "demo",
        Id = 163,
        Token = new Secret("t-demo"),
        Workers = workers ?? TwoWorkers,
        WorkerPath = "/qschedule/run",
        Protocol = WorkerProtocol.Qschedule,
    };

    public static Job Job(string name = "demo.job", string? cron = "* * * * * ?", ImmutableArray<Worker>? workers = null) => new()
    {
        App = App(workers),
        Name = name,
        Triggers = cron is null ? [] : [new Trigger(11, cron, "UTC", null)],
        Parameter = """{"city":"beijing"}""",
        Type = JobType.Remote,
        Recover = RecoverPolicy.Discard,
        LoadBalance = LoadBalance.First,
        Overlap = OverlapPolicy.Skip,
        Timeout = TimeSpan.Zero,
        KillAfter = TimeSpan.Zero,
        Retry = RetryPolicy.None,
        ConsecutiveFailTimesAlertThreshold = 1,
        State = true,
        Workers = workers ?? TwoWorkers,
        DefinitionHash = 1,
    };

    public static Job LocalJob(string name = "demo.local", string? cron = "* * * * * ?") => Job(name, cron, []) with
    {
        Type = JobType.Local,
        Command = new LocalCommand(["/bin/true"], [], null),
    };

    public static Catalog Catalog(ServerSettings server, params Job[] jobs) => new(
        server, [.. jobs.Select(j => j.App).DistinctBy(a => a.Name)], ByName.Of(jobs));
}
