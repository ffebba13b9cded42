using System.Collections.Frozen;
using System.Threading.Channels;
using Microsoft.Extensions.Logging.Abstractions;
using Qschedd.Cli.ReferenceAgent;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>The agent in this process, asked by the daemon's own link and reporting to a daemon of bare sockets.</summary>
public abstract class AgentFixture : IAsyncLifetime
{
    private protected static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);
    private protected const string Done = """{"message":"操作成功","ret":true}""";

    private protected readonly NativeLink _link = new(new NativeLimits());
    private protected readonly Channel<string> _calls = Channel.CreateUnbounded<string>();
    private protected readonly string _directory = Directory.CreateTempSubdirectory("qschedd-agent").FullName;
    private protected readonly Queue<string> _answers = new();
    private protected RawWorker _daemon = null!;
    private protected Agent? _agent;

    public Task InitializeAsync()
    {
        _daemon = RawWorker.With(async connection =>
        {
            while (await connection.ReadRequestAsync())
            {
                string answer;
                lock (_answers)
                {
                    answer = _answers.TryDequeue(out string? next) ? next : Response("200 OK", Done);
                }
                await _calls.Writer.WriteAsync(connection.Last);
                await connection.SendUtf8Async(answer);
            }
        });
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        if (_agent is not null)
        {
            await _agent.DisposeAsync();
        }
        _link.Dispose();
        await _daemon.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private protected AgentOptions Options => new("127.0.0.1:0", new Secret(Samples.Token))
    {
        Heartbeat = Limit,
        DrainFor = TimeSpan.FromMilliseconds(100),
        KillGrace = TimeSpan.FromMilliseconds(200),
        ReportPause = TimeSpan.FromMilliseconds(1),
        ReportWhileStopping = TimeSpan.FromSeconds(5),
    };

    private protected async Task<RunRequest> StartAsync(string line, AgentOptions? options = null)
    {
        LocalCommand command = Samples.Shell(line) with { WorkingDirectory = _directory };
        var commands = new AgentCommands(new Dictionary<string, LocalCommand> { [Samples.Job().Name] = command }.ToFrozenDictionary());
        _agent = await Agent.StartAsync(options ?? Options, commands, NullLoggerFactory.Instance, TimeProvider.System);
        return Samples.Request(_agent.Address.ToString()) with { Callback = $"http://{_daemon.Address}/api/tasks/state.do" };
    }

    private protected Task<RunOutcome> SendAsync(RunRequest request) =>
        _link.RunAsync(request, static _ => { }, CancellationToken.None).WaitAsync(Limit);

    private protected Task<KillOutcome> KillAsync(RunRequest request) =>
        _link.KillAsync(new KillRequest(request.TaskId, request.Job, request.Worker), CancellationToken.None).WaitAsync(Limit);

    /// <summary>The body of the next call to the daemon.</summary>
    private protected async Task<string> NextCallAsync()
    {
        string call = await _calls.Reader.ReadAsync().AsTask().WaitAsync(Limit);
        return call[(call.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
    }

    private protected static string Report(int state, string? message = null, string? output = null) =>
        "{\"attempt\":2," + (message is null ? "" : $"\"message\":\"{message}\",") + (output is null ? "" : $"\"output\":\"{output}\",")
        + $"\"state\":{state},\"taskId\":\"150212.093000.192.168.0.1.4711.42\",\"token\":\"{Samples.Token}\"}}";

    private protected int Runs => File.Exists(Path.Combine(_directory, "runs")) ? File.ReadAllLines(Path.Combine(_directory, "runs")).Length : 0;
}
