using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;
using Qschedd.Http;

namespace Qschedd.Tests.Http;

/// <summary>A real server on a port of its own, over a fake engine; requests go out as bytes, so that nothing tidies them up.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly HttpServer _server;
    private bool _stopped;

    private TestServer(HttpServer server, FakeScheduler scheduler, CapturedLog log)
    {
        _server = server;
        Scheduler = scheduler;
        Log = log;
    }

    public FakeScheduler Scheduler { get; }
    public CapturedLog Log { get; }
    public IReadOnlyList<string> Addresses => _server.Addresses;
    public int Port => new Uri(Addresses[0]).Port;

    public static async Task<TestServer> StartAsync(
        FakeScheduler? scheduler = null, ImmutableArray<string>? listen = null, TlsSettings? tls = null, TimeProvider? clock = null)
    {
        scheduler ??= new FakeScheduler();
        var log = new CapturedLog();
        ServerSettings settings = Samples.Server with { Listen = listen ?? Samples.Server.Listen, Tls = tls };
        return new TestServer(await HttpServer.StartAsync(settings, scheduler, log, clock ?? new FrozenClock()), scheduler, log);
    }

    public Task<RawAnswer> GetAsync(string target, string? headerToken = null) => SendAsync("GET", target, null, headerToken);

    public Task<RawAnswer> PostAsync(string target, string body, string? headerToken = null) =>
        SendAsync("POST", target, Encoding.UTF8.GetBytes(body), headerToken);

    public async Task<RawAnswer> SendAsync(string method, string target, byte[]? body, string? headerToken = null)
    {
        string token = headerToken is null ? "" : $"Q-Server-Token: {headerToken}\r\n";
        string length = body is null ? "" : $"Content-Length: {body.Length}\r\n";
        string head = $"{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{token}{length}\r\n";
        using RawConnection connection = await ConnectAsync();
        await connection.SendAsync([.. Encoding.UTF8.GetBytes(head), .. body ?? []]);
        return await connection.ReadAsync(hasBody: method != "HEAD");
    }

    public async Task<RawConnection> ConnectAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port);
        return new RawConnection(client.GetStream());
    }

    public Task StopAsync()
    {
        _stopped = true;
        return _server.StopAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_stopped)
            await StopAsync();
    }

    private sealed class FrozenClock : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => Now;
    }
}

/// <summary>Keeps every line at every level, as an operator who asked for all of them would.</summary>
internal sealed class CapturedLog : ILoggerFactory, ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

    public void Dispose()
    {
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");
}
