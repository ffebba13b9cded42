using Microsoft.Extensions.Logging;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Engine;

/// <summary>
/// The engine without threads or clocks: all scheduling state and one <see cref="Step"/> that moves it. The same code runs under
/// the daemon's loop, in tests and in a simulation.
/// </summary>
internal sealed class EngineCore
{
    private static readonly TimeSpan TrimEvery = TimeSpan.FromMinutes(10);

    private readonly IStore _store;
    private readonly ILogger _logger;
    private readonly LoopClock _clock;
    private readonly CancellationTokenSource _stop = new();
    private long _nextTrimMs;
    private bool _wasRefused;

    /// <param name="store">Opened; its image is loaded here.</param>
    /// <param name="catalog">What the YAML says.</param>
    /// <param name="options">The process and the bounds.</param>
    /// <param name="clock">Set before each step by the owner.</param>
    /// <param name="mailbox">The loop's.</param>
    /// <param name="random">For choosing workers.</param>
    /// <param name="logger">For operators.</param>
    public EngineCore(
        IStore store, Catalog catalog, EngineOptions options, LoopClock clock, IMailbox mailbox, Random random, ILogger logger)
    {
        (_store, _logger, _clock) = (store, logger, clock);
        StartedMs = clock.WallMs;
        var zone = ZoneTable.Find(catalog.Server.TimeZone)
            ?? throw new InvalidOperationException($"the catalog holds an unknown time zone: {catalog.Server.TimeZone}");
        var guard = new LoopGuard(Counters, logger);
        Journal = new Journal(store, clock, options, mailbox.Post, guard, logger);
        Jobs = new JobTable(Journal, clock);
        Tasks = new TaskTable(options, zone);
        Workers = new WorkerTable(clock);
        Deadlines = new Deadlines(clock, guard);
        var alerting = new Alerting(options.Alerts, Jobs, clock, zone, Counters);
        Life = new TaskLife(Journal, Tasks, Jobs, Deadlines, clock, new Endings(Jobs, clock, Counters, logger), alerting, logger);
        var routing = new Routing(Workers, Tasks, random);
        var requests = new Requests(options, routing, mailbox, guard, Counters, logger, _stop.Token);
        Dispatcher = new Dispatcher(Life, routing, requests, options, clock, Jobs, Counters, logger, _stop.Token);
        Life.Ended = Dispatcher.OnEnded;
        (requests.Ended, requests.Started) = (Dispatcher.OnOutcome, Dispatcher.OnStarted);
        Killing = new Killing(Life, Deadlines, options, Counters, mailbox.Post, logger, _stop.Token);
        var recovery = new Recovery(Tasks, Life, Dispatcher, Killing, Workers, Jobs, Deadlines, store, options, clock, logger);
        Reports = new Reports(Tasks, Life, Dispatcher, Killing, recovery, Jobs, Deadlines, Counters, alerting, logger);
        var admission = new Admission(Life, routing, Dispatcher, Killing);
        Firing = new Firing(Jobs, Journal, admission, Dispatcher, options, clock, Counters, alerting, logger);
        Registrations = new Registrations(Workers, Tasks, Jobs, Dispatcher, Journal, clock, Counters, logger);
        Commands = new Commands(
            Jobs, Workers, Journal, Firing, admission, Reports, Killing, Tasks, Registrations, clock, Counters, mailbox.Post, logger);
        Start(store.Load(), catalog, recovery);
    }

    public Counters Counters { get; } = new();
    public LoopClock Clock => _clock;
    /// <summary>By the wall clock; epoch milliseconds.</summary>
    public long StartedMs { get; }
    public Journal Journal { get; }
    public JobTable Jobs { get; }
    public TaskTable Tasks { get; }
    public WorkerTable Workers { get; }
    public Deadlines Deadlines { get; }
    public TaskLife Life { get; }
    public Dispatcher Dispatcher { get; }
    public Killing Killing { get; }
    public Reports Reports { get; }
    public Firing Firing { get; }
    public Registrations Registrations { get; }
    public Commands Commands { get; }

    /// <summary>Does all that is due at the clock's instant and hands the changes to the store.</summary>
    public void Step()
    {
        Deadlines.Advance(Reports.OnExpired);
        Registrations.Advance();
        Firing.Advance();
        Dispatcher.Pump();
        Jobs.FlushTouched();
        Journal.Flush();
        NoteStore();
        if (_clock.MonotonicMs >= _nextTrimMs)
        {
            _nextTrimMs = _clock.MonotonicMs + (long)TrimEvery.TotalMilliseconds;
            _store.Trim(Jobs.Published.Catalog.Server.History, _clock.WallMs);
        }
    }

    /// <summary>When the next step has something to do: by the wall clock for fires, by the monotonic one for the rest.</summary>
    public (long WallMs, long MonotonicMs) NextWake() =>
        (Firing.IsHeldUp ? long.MaxValue : Firing.NextDueMs,
         Math.Min(Math.Min(Math.Min(Deadlines.NextDueMs, Registrations.NextDueMs), _nextTrimMs), Journal.NextFlushMs ?? long.MaxValue));

    /// <summary>Puts a compared catalog in force, within one step: no fire sees half of it. Running tasks are not touched.</summary>
    public void Apply(CatalogChange change)
    {
        Firing.Apply(change);
        Jobs.FlushTouched(); // a job's row goes before any task of it
        Workers.OnCatalog(change.After.Catalog);
        foreach (var (state, _) in change.Changed)
            EndWordsOnOthers(state);
        foreach (var (state, _) in change.Added)
            EndWordsOnOthers(state);
        NoteConfiguration("reload", $"{change.Added.Count} added, {change.Removed.Count} removed, {change.Changed.Count} changed, {change.KeptCount} as before");
    }

    /// <summary>What became of a configuration goes on record.</summary>
    public void NoteConfiguration(string action, string detail) =>
        Journal.Add(new AuditInsert(new AuditRow(_clock.WallMs, "reload", action, "", detail)), OnRefusal.Drop);

    /// <summary>Nothing is fired or started from now on; what is on record is still sent, and what is under way goes on.</summary>
    public void Close()
    {
        Firing.IsClosed = true;
        Commands.IsClosed = true;
    }

    /// <summary>Nothing is under way and nothing waits to be sent.</summary>
    public bool IsQuiet => Dispatcher.Sends == 0 && Dispatcher.Waiting == 0 && Journal.IsIdle;

    /// <summary>Sends nothing more, and ends local commands, so that they do not outlive the daemon unseen.</summary>
    public void EndLocal()
    {
        Dispatcher.Close();
        foreach (var task in Tasks.All.Where(t => t.IsLocal && t.IsSending).ToArray())
        {
            task.IsEndedByStop = task.KilledBy is null;
            Killing.Kill(task, "the daemon stops");
        }
    }

    /// <summary>Cuts what is under way: it is in doubt then, as after a crash.</summary>
    public void Cut() => _stop.Cancel();

    private void Start(StoreImage image, Catalog catalog, Recovery recovery)
    {
        Tasks.NextSeq = image.NextTaskSeq;
        Workers.OnCatalog(catalog);
        Jobs.LoadRows(image.Jobs);
        Jobs.Adopt(catalog);
        Jobs.FlushTouched(); // a job's row goes before any task of it
        foreach (var row in image.WorkerOverrides)
            Workers.SetOverride(row.JobId, row.Address, row.Online is { } online ? new WorkerWord(online, row.By, row.AtMs) : null);
        Registrations.Load(image.Registrations, image.WatermarkMs);
        foreach (var state in Jobs.Published.Jobs.Values)
            EndWordsOnOthers(state);
        recovery.Resume(image.RunningTasks);
        Firing.Start(StartingWatermark(image.WatermarkMs));
        int enabled = Jobs.Published.Jobs.Values.Count(j => j.Enabled);
        EngineLog.Ready(_logger, Jobs.Published.Jobs.Count, enabled, FirstFire());
    }

    private string FirstFire()
    {
        long firstMs = CronSchedule.Never;
        foreach (var job in Jobs.Published.Jobs.Values)
        {
            foreach (var trigger in job.Enabled ? job.Triggers : [])
                firstMs = Math.Min(firstMs, trigger.NextMs);
        }
        return firstMs == CronSchedule.Never ? "none" : $"{DateTimeOffset.FromUnixTimeMilliseconds(firstMs):yyyy-MM-ddTHH:mm:ssZ}";
    }

    /// <summary>A worker that the YAML takes from the job, and that is not registered, begins anew should it come back: the YAML wins.</summary>
    private void EndWordsOnOthers(JobState state)
    {
        foreach (string address in Workers.WordsOnOthers(state))
        {
            Workers.SetOverride(state.Id, address, null);
            Journal.Add(new WorkerOverrideSave(new WorkerOverrideRow(state.Id, address, null, "the daemon", _clock.WallMs)));
        }
    }

    /// <summary>A watermark more than a day ahead was left by a clock that was wrong.</summary>
    private long StartingWatermark(long? watermarkMs)
    {
        const long dayMs = 86_400_000;
        if (watermarkMs is not { } ms)
            return long.MinValue; // nothing fired yet: each job counts from where it was first seen
        if (ms <= _clock.WallMs + dayMs)
            return ms;
        EngineLog.ClockWasWrong(_logger, (ms - _clock.WallMs) / 1000.0);
        Journal.Add(new WatermarkSave(_clock.WallMs, forced: true));
        return _clock.WallMs;
    }

    private void NoteStore()
    {
        bool isRefused = Journal.Trouble is not null;
        if (isRefused && !_wasRefused)
            EngineLog.StoreRefuses(_logger, Journal.Trouble!);
        if (!isRefused && _wasRefused)
            EngineLog.StoreRecovered(_logger);
        _wasRefused = isRefused;
    }
}
