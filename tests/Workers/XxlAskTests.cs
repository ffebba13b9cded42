using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers.Xxl;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>What an executor is asked before a run is sent, and when it is asked again.</summary>
public sealed class XxlAskTests : XxlLinkFixture
{
    private static readonly Job Failover = Job with { LoadBalance = LoadBalance.Failover };
    private static readonly Job LeastActive = Job with { LoadBalance = LoadBalance.LeastActive };

    [Fact]
    public async Task Failover_AsksForABeat_WithABodyThatAllTake()
    {
        // The Express executor answers HTML with status 400 to a body that is no object.
        await using RawWorker executor = Executor(request => PathOf(request) == "/beat" && BodyOf(request) != "{}"
            ? Response("400 Bad Request", "<html>")
            : Response("200 OK", Yes));
        Assert.Equal(RunResult.Accepted, (await RunAsync(Request(executor.Address, Failover))).Result);
        Assert.Equal(["/beat", "/run"], executor.Requests.Select(PathOf));
    }

    [Theory]
    [InlineData("500 Internal Server Error", "")]
    [InlineData("200 OK", """{"code":500,"msg":"ill"}""")]
    [InlineData("200 OK", "<html>")]
    public async Task Failover_PassesOver_WhoHasNoBeat(string status, string body)
    {
        await using RawWorker executor = Executor(_ => Response(status, body));
        RunOutcome outcome = await RunAsync(Request(executor.Address, Failover));
        Assert.Equal(RunResult.NotDelivered, outcome.Result);
        Assert.StartsWith("not delivered: no beat: ", outcome.Message, StringComparison.Ordinal);
        Assert.Equal(["/beat"], executor.Requests.Select(PathOf));
    }

    [Theory]
    [InlineData("""{"code":200,"msg":"idle"}""", RunResult.Accepted)]
    [InlineData("""{"code":500,"msg":"job thread is running or has trigger queue."}""", RunResult.QueueFull)]
    [InlineData("<html>an executor without this call</html>", RunResult.Accepted)]
    internal async Task LeastActive_PassesOver_WhoIsBusyWithTheJob(string idle, RunResult result)
    {
        await using RawWorker executor = ExecutorSaying(("/idleBeat", idle));
        Assert.Equal(result, (await RunAsync(Request(executor.Address, LeastActive))).Result);
        Assert.Equal("""{"jobId":7}""", BodyOf(executor.Requests[0]));
        Assert.Equal(result == RunResult.Accepted ? 2 : 1, executor.Requests.Count);
    }

    [Fact]
    public async Task LeastActive_PassesOver_WhoIsNotThere() =>
        Assert.Equal(RunResult.NotDelivered, (await RunAsync(Request("no-such-executor.invalid:9999", LeastActive))).Result);

    [Fact]
    public async Task Replace_DoesNotAsk_WhoIsToBeReplaced()
    {
        await using RawWorker executor = ExecutorSaying(("/idleBeat", AlreadyRunning));
        Assert.Equal(RunResult.Accepted, (await RunAsync(Request(executor.Address, LeastActive with { Overlap = OverlapPolicy.Replace }))).Result);
        Assert.Single(executor.Requests);
    }

    [Theory]
    [InlineData(LoadBalance.Failover)]
    [InlineData(LoadBalance.LeastActive)]
    internal async Task Resend_DoesNotAsk_LestAnotherGetsTheRunToo(LoadBalance policy)
    {
        await using RawWorker executor = ExecutorSaying(("/beat", AlreadyRunning), ("/idleBeat", AlreadyRunning));
        RunRequest request = Request(executor.Address, Job with { LoadBalance = policy }) with { Attempt = 2 };
        Assert.Equal(RunResult.Accepted, (await RunAsync(request)).Result);
        Assert.Equal(["/run"], executor.Requests.Select(PathOf));
    }

    [Fact]
    public async Task Resend_IsAccepted_WhenTheExecutorIsBusyWithIt()
    {
        await using RawWorker executor = ExecutorSaying(("/run", AlreadyRunning));
        Assert.Equal(new RunOutcome(RunResult.Accepted), await RunAsync(Request(executor.Address) with { Attempt = 3, FirstAttempt = 2 }));
        Assert.Single(executor.Requests);
    }

    [Theory]
    [InlineData(OverlapPolicy.Replace, 1)]
    [InlineData(OverlapPolicy.Skip, 2)]
    internal async Task Busy_IsAskedAgain_WhenItMayBeWithARunThatHasEnded(OverlapPolicy overlap, int attempt)
    {
        int asked = 0;
        await using RawWorker executor = Executor(_ => Response("200 OK", ++asked < 3 ? AlreadyRunning : Yes));
        RunRequest request = Request(executor.Address, Job with { Overlap = overlap }) with { Attempt = attempt, FirstAttempt = attempt };
        Assert.Equal(RunResult.Accepted, (await RunAsync(request)).Result);
        Assert.Equal(3, executor.Requests.Count);
        Assert.Single(executor.Requests.Distinct());
    }

    [Fact]
    public async Task Busy_IsAskedAgain_NotForEver()
    {
        await using RawWorker executor = Executor(_ => Response("200 OK", AlreadyRunning));
        RunOutcome outcome = await RunAsync(Request(executor.Address, Job with { Overlap = OverlapPolicy.Replace }));
        Assert.Equal(RunResult.Ignored, outcome.Result);
        Assert.Equal(5, executor.Requests.Count);
    }

    [Theory]
    [InlineData(OverlapPolicy.Skip)]
    [InlineData(OverlapPolicy.Allow)]
    internal async Task Busy_IsNotAskedAgain_Otherwise(OverlapPolicy overlap)
    {
        await using RawWorker executor = Executor(_ => Response("200 OK", AlreadyRunning));
        Assert.Equal(RunResult.Ignored, (await RunAsync(Request(executor.Address, Job with { Overlap = overlap }))).Result);
        Assert.Single(executor.Requests);
    }

    [Fact]
    public async Task Stop_EndsAskingAgain_WithNothingUnderWay()
    {
        using var stop = new CancellationTokenSource();
        var time = new HeldTime();
        using var link = new XxlLink(new XxlLimits(), time);
        await using RawWorker executor = Executor(_ => Response("200 OK", AlreadyRunning));
        Task<RunOutcome> run = link.RunAsync(Request(executor.Address, Job with { Overlap = OverlapPolicy.Replace }), static _ => { }, stop.Token);
        await time.Asked.Task;
        await stop.CancelAsync();
        Assert.Equal(RunResult.NotDelivered, (await run).Result);
        Assert.Single(executor.Requests);
    }

    /// <summary>Whose pauses never end.</summary>
    private sealed class HeldTime : TimeProvider
    {
        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Asked.TrySetResult();
            return System.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }
}
