using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers.Xxl;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>What the tests of the link to XXL-JOB executors share: executors made of bare sockets, whose answers are given as text.</summary>
public abstract class XxlLinkFixture : IDisposable
{
    private protected const string Token = "xxl-token-1";
    private protected const string Yes = """{"code":200,"msg":null,"content":null}""";
    private protected const string AlreadyRunning = """{"code":500,"msg":"There is already have a same job is running."}""";

    private protected static readonly App App = Samples.App with { Token = new Secret(Token), Protocol = WorkerProtocol.XxlJob, WorkerPath = "/run" };
    private protected static readonly Job Job = Samples.Job() with { App = App };

    private protected readonly XxlLink _link = new(new XxlLimits { BusyPause = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);

    public void Dispose()
    {
        _link.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Task 42 of job 7, at its first attempt.</summary>
    private protected static RunRequest Request(string worker, Job? job = null) => Samples.Request(worker) with
    {
        Job = job ?? Job,
        JobId = 7,
        TaskSeq = 42,
        Attempt = 1,
        ShardIndex = 0,
        ShardTotal = 1,
    };

    private protected Task<RunOutcome> RunAsync(RunRequest request) =>
        _link.RunAsync(request, static _ => Assert.Fail("started is for local jobs"), CancellationToken.None);

    private protected async Task<RunOutcome> RunAgainstAsync(string body, string status = "200 OK", string headers = "Content-Type: text/html;charset=UTF-8\r\n")
    {
        await using RawWorker executor = Executor(_ => Response(status, body, headers));
        RunOutcome outcome = await RunAsync(Request(executor.Address));
        Assert.Single(executor.Requests);
        return outcome;
    }

    /// <summary>Answers each request by its text, head and body.</summary>
    private protected static RawWorker Executor(Func<string, string> answer) => RawWorker.With(async connection =>
    {
        while (await connection.ReadRequestAsync())
            await connection.SendUtf8Async(answer(connection.Last));
    });

    /// <summary>Answers by the last part of the path; what is not named is answered yes.</summary>
    private protected static RawWorker ExecutorSaying(params (string Path, string Body)[] answers) => Executor(request =>
    {
        string path = PathOf(request);
        return Response("200 OK", answers.FirstOrDefault(one => path.EndsWith(one.Path, StringComparison.Ordinal)).Body ?? Yes);
    });

    private protected static string PathOf(string request) => request.Split(' ')[1];

    private protected static string BodyOf(string request) => request[(request.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
}
