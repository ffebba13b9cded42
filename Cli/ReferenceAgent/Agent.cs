using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Qschedd.Cli.ReferenceAgent;

/// <summary>
/// The reference worker: takes signed tasks over HTTP, runs a command for each, and reports heartbeats and ends to the daemon.
/// <see cref="StopAsync"/> ends in order: no new tasks (503), unregister, wait for commands, deliver reports, close the port.
/// </summary>
internal sealed class Agent : IAsyncDisposable
{
    private readonly AgentOptions _options;
    private readonly AgentCommands _commands;
    private readonly ILogger _log;
    private readonly TimeProvider _time;
    private readonly AgentDaemon _daemon;
    private readonly AgentRunner _runner;
    private readonly WebApplication _web;
    private readonly CancellationTokenSource _stop = new();
    private AgentRegistration? _registration;
    private Task _registering = Task.CompletedTask;

    private Agent(AgentOptions options, AgentCommands commands, IPEndPoint listen, ILoggerFactory loggers, TimeProvider time)
    {
        (_options, _commands, _time) = (options, commands, time);
        _log = loggers.CreateLogger("qschedd.agent");
        _daemon = new AgentDaemon(options.Token, options.CallTimeout);
        _runner = new AgentRunner(options, new AgentTasks(options, commands), _daemon, _log, time);
        _web = BuildWeb(listen, loggers);
        _web.Run(new AgentEndpoints(options.Token, _runner, _log, time).HandleAsync);
    }

    /// <summary>Where it listens in fact.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.None, 0);

    /// <summary>Runs until <paramref name="stop"/>. The exit status: 0 stopped in order, 1 it cannot listen, 2 bad options or commands.</summary>
    public static async Task<int> RunAsync(AgentOptions options, CancellationToken stop, ILoggerFactory loggers)
    {
        AgentCommands? commands = AgentCommands.None;
        IReadOnlyList<string> errors = [];
        if (options.CommandsFile is { } file)
        {
            commands = AgentCommandsYaml.Load(file, out errors);
        }
        errors = [.. errors, .. Faults(options)];
        if (commands is null || errors.Count > 0)
        {
            await Console.Error.WriteLineAsync(string.Join(Environment.NewLine, errors));
            return 2;
        }
        try
        {
            await using Agent agent = await StartAsync(options, commands, loggers, TimeProvider.System);
            await Task.Delay(Timeout.Infinite, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await agent.StopAsync();
            return 0;
        }
        catch (Exception error) when (error is IOException or SocketException)
        {
            await Console.Error.WriteLineAsync($"qschedd agent: cannot listen on {options.Listen}: {error.Message}");
            return 1;
        }
    }

    /// <summary>Throws IOException or SocketException when it cannot listen.</summary>
    public static async Task<Agent> StartAsync(AgentOptions options, AgentCommands commands, ILoggerFactory loggers, TimeProvider time)
    {
        IPEndPoint listen = ListenPoint(options.Listen) ?? throw new IOException("expected host:port of this host");
        var agent = new Agent(options, commands, listen, loggers, time);
        try
        {
            await agent.StartAsync();
            return agent;
        }
        catch
        {
            await agent.DisposeAsync();
            throw;
        }
    }

    public async Task StopAsync()
    {
        AgentLog.Stopping(_log, _options.DrainFor);
        Task drained = _runner.StopAsync();
        await _stop.CancelAsync();
        await _registering;
        if (_registration is not null)
        {
            await _registration.UnregisterAsync();
        }
        await drained;
        await _web.StopAsync();
        AgentLog.Stopped(_log);
    }

    public async ValueTask DisposeAsync()
    {
        await _web.DisposeAsync();
        _runner.Dispose();
        _daemon.Dispose();
        _stop.Dispose();
    }

    private async Task StartAsync()
    {
        await _web.StartAsync();
        string url = _web.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        Address = IPEndPoint.Parse(new Uri(url).Authority);
        AgentLog.Listening(_log, Address.ToString(), _commands.ByJob.Count, _options.Slots);
        if (_options.Server is not null)
        {
            _registration = new AgentRegistration(_options, _commands, _daemon, Address, _log, _time);
            _registering = _registration.RunAsync(_stop.Token);
        }
    }

    private static WebApplication BuildWeb(IPEndPoint listen, ILoggerFactory loggers)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        // The host's own lifetime would take SIGTERM for itself.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = AgentEndpoints.BodyBytesMax;
            kestrel.Limits.MaxConcurrentConnections = 1024;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Listen(listen);
        });
        return builder.Build();
    }

    private static IEnumerable<string> Faults(AgentOptions options)
    {
        if (ListenPoint(options.Listen) is null)
        {
            yield return $"--listen: '{options.Listen}' is not host:port or http://host:port of this host";
        }
        if (options.Server is not null && string.IsNullOrEmpty(options.App))
        {
            yield return "--server needs --app NAME: the app whose jobs this agent serves";
        }
        if (options.Token.Utf8.Length == 0)
        {
            yield return "a token is needed: --token T or QSCHEDD_TOKEN, the token of the app";
        }
        if (options.Slots < 1)
        {
            yield return $"--slots: {options.Slots} is less than 1";
        }
    }

    /// <summary>Null: no address of that name. A name is looked up here, for Kestrel takes an unknown one as "every address".</summary>
    private static IPEndPoint? ListenPoint(string listen)
    {
        string text = listen.Contains("://") ? listen : $"http://{listen}";
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.Scheme != "http" || url.PathAndQuery != "/")
        {
            return null;
        }
        if (IPAddress.TryParse(url.DnsSafeHost, out IPAddress? address))
        {
            return new IPEndPoint(address, url.Port);
        }
        try
        {
            return new IPEndPoint(Dns.GetHostAddresses(url.DnsSafeHost)[0], url.Port);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken stop) => Task.CompletedTask;

        public Task StopAsync(CancellationToken stop) => Task.CompletedTask;
    }
}
