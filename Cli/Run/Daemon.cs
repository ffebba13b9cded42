using Microsoft.Extensions.Logging;
using Qschedd.Alerts;
using Qschedd.Engine;
using Qschedd.Engine.Clock;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Http;
using Qschedd.Storage;
using Qschedd.Workers;
using Qschedd.Workers.Local;
using Qschedd.Workers.Xxl;

namespace Qschedd.Cli.Run;

/// <summary>
/// The parts put together, in an order that keeps the promises: the store is open and what ran before is known when the listener
/// answers its first <c>check</c>; nothing fires before the listener stands.
/// </summary>
internal sealed class Daemon : IAsyncDisposable
{
    private static readonly TimeSpan ForReload = TimeSpan.FromSeconds(2);

    private readonly SqliteStore _store;
    private readonly LocalProcesses _processes;
    private readonly Webhooks _webhooks;
    private readonly LinuxAlarm _alarm;
    private readonly EngineLoop _loop;
    private readonly EngineCore _core;
    private readonly Scheduler _scheduler;
    private readonly HttpServer _http;
    private readonly ILogger _logger;

    private Daemon(
        SqliteStore store, LocalProcesses processes, Webhooks webhooks, LinuxAlarm alarm, EngineLoop loop, EngineCore core,
        Scheduler scheduler, HttpServer http, ILogger logger)
    {
        (_store, _processes, _webhooks, _alarm, _loop) = (store, processes, webhooks, alarm, loop);
        (_core, _scheduler, _http, _logger) = (core, scheduler, http, logger);
    }

    /// <param name="catalog">What the YAML says.</param>
    /// <param name="secretNames">Environment variables that the YAML takes secrets from: local commands do not get them.</param>
    /// <param name="signals">One that comes before the loop runs keeps it from firing.</param>
    /// <param name="loggers">For operators.</param>
    /// <param name="forgetDamaged">Goes on without damaged records.</param>
    /// <exception cref="StoreOpenException">The database cannot be used; the message says why.</exception>
    /// <exception cref="IOException">An address cannot be listened on.</exception>
    public static async Task<Daemon> StartAsync(
        Catalog catalog, IEnumerable<string> secretNames, StopSignals signals, ILoggerFactory loggers, bool forgetDamaged)
    {
        var alarm = new LinuxAlarm();
        var logger = new LoopLog(loggers.CreateLogger("qschedd"), alarm);
        var store = SqliteStore.Open(catalog.Server.Database, logger, forgetDamaged: forgetDamaged);
        var processes = new LocalProcesses(LocalProcesses.ProcessesMax, secretNames);
        var webhooks = new Webhooks(new WebhookLimits(), TimeProvider.System, logger);
        var clock = new LoopClock();
        var loop = new EngineLoop(alarm, clock, logger, lines: logger, RestCollection.OfThisProcess(alarm));
        try
        {
            EngineCore? core = null;
            var firstServer = catalog.Server; // the links keep what they ask: not the first catalog with all its jobs
            var options = OptionsFor(
                firstServer, processes, webhooks, () => (core?.Jobs.Published.Catalog.Server ?? firstServer).WorkerNetworks);
            Uncollected.Begin(catalog.Jobs.Count);
            core = new EngineCore(store, catalog, options, clock, loop, Random.Shared, logger);
            var scheduler = new Scheduler(core, loop, store, options) { Starting = "the daemon is starting" };
            var inherited = InheritedSockets.Take(Environment.GetEnvironmentVariable, Environment.ProcessId);
            if (TlsLibrary.WhyMissing(catalog, inherited.Exists(socket => socket.Https)) is { } missing)
                throw new IOException(missing);
            var http = await HttpServer.StartAsync(
                catalog.Server, scheduler, loggers, TimeProvider.System, inherited, notice => scheduler.Notices.Set("TLS", notice));
            scheduler.Notices.Set("database", store.Loss);
            Uncollected.End();
            Leftovers.ReleaseAtStart(core);
            if (signals.Stop.IsCompleted)
                core.Close(); // asked to stop meanwhile: nothing more is begun
            loop.Post(() => Leftovers.ReleaseWhenKept(core, store));
            loop.Start(core);
            scheduler.Starting = null;
            DaemonLog.Listening(logger, string.Join(", ", http.Addresses), catalog.Server.Database);
            if (inherited.Count > 0)
                DaemonLog.Inherited(logger, inherited.Count);
            return new Daemon(store, processes, webhooks, alarm, loop, core, scheduler, http, logger);
        }
        catch
        {
            loop.Dispose();
            alarm.Dispose();
            webhooks.Dispose();
            processes.Dispose();
            store.Dispose();
            throw;
        }
    }

    /// <param name="path">The configuration, to be read again when it changes.</param>
    /// <param name="watch">Sees its changes.</param>
    /// <param name="signals">Taken since before the first answer: who sees the daemon answer may stop it.</param>
    public async Task RunUntilStoppedAsync(string path, ConfigWatch watch, StopSignals signals)
    {
        signals.IsStarting = false;
        using var stopReloads = new CancellationTokenSource();
        using var service = OpenService();
        var reloads = new Reloader(path, _scheduler, watch, _processes.Hide, service, _logger).RunAsync(stopReloads.Token);
        string name = await signals.Stop;
        service.Stopping();
        await stopReloads.CancelAsync();
        await Task.WhenAny(reloads, Task.Delay(ForReload)); // a reload under way must not hold up the stop
        DaemonLog.Stopping(_logger, name, _core.Dispatcher.Sends, _core.Tasks.Count);
        await Shutdown.RunAsync(_core, _loop, _http, signals.Hurry, _logger);
        await _webhooks.StopAsync(signals.Hurry);
        DaemonLog.Stopped(_logger, _core.Tasks.Count);
    }

    public async ValueTask DisposeAsync()
    {
        _loop.Dispose();
        _alarm.Dispose();
        _webhooks.Dispose();
        _processes.Dispose();
        _store.Dispose();
    }

    private ServiceLink OpenService()
    {
        var socket = NotifySocket.Open(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));
        var service = new ServiceLink(socket, () => StatusLine.Of(_scheduler, _core.Tasks.Count), _logger);
        service.Ready();
        service.Keep(
            new Watchdog(() => _loop.Rounds, _loop.Ring, service.Say),
            Watchdog.Period(Environment.GetEnvironmentVariable, Environment.ProcessId));
        return service;
    }

    private static EngineOptions OptionsFor(
        ServerSettings server, LocalProcesses processes, Webhooks webhooks, Func<WorkerNetworks> networks)
    {
        var addresses = HostEnvironment.Addresses();
        return new EngineOptions
        {
            ServerIp = HostEnvironment.ServerIp(server.Advertise, addresses),
            ProcessId = Environment.ProcessId,
            HostNames = HostEnvironment.Names(addresses),
            RemoteLinks = new Dictionary<WorkerProtocol, IWorkerLink>
            {
                [WorkerProtocol.Qschedule] = new NativeLink(new NativeLimits { Networks = networks }),
                [WorkerProtocol.XxlJob] = new XxlLink(new XxlLimits { Connections = new NativeLimits { Networks = networks } }, TimeProvider.System),
            },
            LocalLink = new LocalLink(processes, LocalLink.KillGrace, TimeProvider.System),
            Alerts = webhooks,
            MoreMetrics = webhooks.WriteMetrics,
            IsProcessAlive = ProcessId.IsAlive,
        };
    }
}

internal static partial class DaemonLog
{
    [LoggerMessage(LogLevel.Information, "listening on {Addresses}; state in {Database}")]
    public static partial void Listening(ILogger logger, string addresses, string database);

    [LoggerMessage(LogLevel.Information, "{Count} of these are sockets that were handed over by whoever started the daemon; server.listen is not looked at")]
    public static partial void Inherited(ILogger logger, int count);

    [LoggerMessage(LogLevel.Information, "{Signal}: no new fires; waiting for {Sends} requests and local commands of {Tasks} running tasks; a second signal cuts the wait")]
    public static partial void Stopping(ILogger logger, string signal, int sends, int tasks);

    [LoggerMessage(LogLevel.Information, "stopped; {Tasks} tasks go on at their workers and are taken up at the next start")]
    public static partial void Stopped(ILogger logger, int tasks);

    [LoggerMessage(LogLevel.Warning, "{Sends} requests or local commands did not end in time: {What}")]
    public static partial void Impatient(ILogger logger, int sends, string what);
}
