using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers.Xxl;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>Kills and logs.</summary>
public sealed class XxlCallTests : XxlLinkFixture
{
    private const string Lines = """{"fromLineNum":3,"toLineNum":5,"logContent":"three\nfour<br>\nfive\n","isEnd":false}""";

    [Theory]
    [InlineData("""{"code":200}""", true, null)]
    [InlineData("""{"code":200,"msg":"job thread already killed."}""", true, null)]
    [InlineData("""{"code":200,"msg":"Success","data":"job thread already killed."}""", true, null)]
    [InlineData("""{"code":500,"msg":"kill is not supported"}""", false, "the executor says: kill is not supported")]
    [InlineData("<html>", false, "the executor answered with something that is no XXL-JOB answer; is its address right?")]
    public async Task Kill_NamesTheJob_AndIsTakenWhenTheAnswerIsYes(string answer, bool taken, string? words)
    {
        await using RawWorker executor = Executor(_ => Response("200 OK", answer));
        var request = new KillRequest("150212.093000.192.168.0.1.4711.42", Job, $"http://{executor.Address}/job", JobId: 7);
        Assert.Equal(new KillOutcome(taken, words), await _link.KillAsync(request, CancellationToken.None));
        string sent = Assert.Single(executor.Requests);
        Assert.Equal(("/job/kill", """{"jobId":7}"""), (PathOf(sent), BodyOf(sent)));
        Assert.Contains($"\r\nXXL-JOB-ACCESS-TOKEN: {Token}\r\n", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task KillAndLog_AreAnswered_WhenRunsFillTheirConnections()
    {
        using var link = new XxlLink(new XxlLimits { Connections = new() { ConnectionsPerWorkerMax = 2 } }, TimeProvider.System);
        await using RawWorker executor = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            if (PathOf(connection.Last) == "/run")
                await connection.HangAsync();
            await connection.SendUtf8Async(Response("200 OK", $$"""{"code":200,"content":{{Lines}}}"""));
        });
        using var stop = new CancellationTokenSource();
        var runs = Enumerable.Range(0, 2).Select(_ => link.RunAsync(Request(executor.Address), static _ => { }, stop.Token)).ToArray();
        await EndToEnd.Eventually.Holds(() => executor.Requests.Count == 2, "the runs did not come");
        Assert.True((await link.KillAsync(new KillRequest("t", Job, executor.Address, JobId: 7), CancellationToken.None)).Taken);
        Assert.NotNull((await link.ReadLogAsync(new LogRequest(Job, executor.Address, 42, 1, 1423704600007, 3), CancellationToken.None)).Page);
        await stop.CancelAsync();
        await Task.WhenAll(runs);
    }

    [Fact]
    public async Task Kill_IsNotTaken_WhenNoAnswerComes()
    {
        using var link = new XxlLink(new XxlLimits { CallTimeout = TimeSpan.FromMilliseconds(150) }, TimeProvider.System);
        await using RawWorker executor = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.HangAsync();
        });
        Assert.Equal(
            new KillOutcome(false, "no answer within 0.15 s"),
            await link.KillAsync(new KillRequest("t", Job, executor.Address, JobId: 7), CancellationToken.None));
    }

    [Theory]
    [InlineData(XxlGeneration.UpTo34, """{"logDateTim":1423704600007,"logId":42001,"fromLineNum":3}""")]
    [InlineData(XxlGeneration.From35, """{"logDateTime":1423704600007,"logId":42001,"fromLineNum":3}""")]
    internal async Task Log_IsAskedFor_ByTheNumberOfItsRun(XxlGeneration generation, string body)
    {
        await using RawWorker executor = ExecutorSaying(("/log", $$"""{"code":200,"content":{{Lines}}}"""));
        Job job = Job with { App = App with { ProtocolVersion = generation } };
        await _link.ReadLogAsync(new LogRequest(job, executor.Address, 42, 2, 1423704600007, 3), CancellationToken.None);
        Assert.Equal(("/log", body), (PathOf(executor.Requests[0]), BodyOf(executor.Requests[0])));
    }

    [Theory]
    [InlineData($$"""{"code":200,"msg":null,"content":{{Lines}}}""")]
    [InlineData($$"""{"code":200,"msg":"Success","data":{{Lines}}}""")]
    [InlineData($$"""{"code":200,"content":null,"data":{{Lines}}}""")]
    public async Task Log_IsRead_InEitherEnvelope(string answer) =>
        Assert.Equal(new LogOutcome(new LogPage(3, 5, "three\nfour<br>\nfive\n", false)), await LogAsync(answer));

    [Theory]
    [InlineData("""{"fromLineNum":3,"toLineNum":2,"logContent":"","isEnd":false}""", 2, false)] // 2.4.1: the lines there are
    [InlineData("""{"fromLineNum":3,"toLineNum":0,"logContent":"","isEnd":false}""", 2, false)] // 3.4.2
    [InlineData("""{"fromLineNum":3,"isEnd":true}""", 2, true)]
    [InlineData("""{"fromLineNum":0,"toLineNum":0,"logContent":"readLog fail, logFile not exists","isEnd":true}""", 2, true)]
    public async Task Log_GoesOnAtTheSameLine_WhenThereIsNothingNew(string payload, int toLine, bool isEnd)
    {
        LogPage page = (await LogAsync($$"""{"code":200,"data":{{payload}}}""")).Page!;
        Assert.Equal((3, toLine, isEnd), (page.FromLine, page.ToLine, page.IsEnd));
    }

    [Theory]
    [InlineData("""{"code":500,"msg":"No local logger found."}""", "the executor says: No local logger found.")]
    [InlineData("""{"code":200,"msg":null,"content":null}""", "the executor answered without a log")]
    [InlineData("<html>", "the executor answered with something that is no XXL-JOB answer; is its address right?")]
    public async Task Log_IsAFault_WhenTheExecutorHasNone(string answer, string fault) =>
        Assert.Equal(new LogOutcome(null, fault), await LogAsync(answer));

    [Fact]
    public async Task Log_IsRead_WhenItIsLong_ButNotWithoutEnd()
    {
        string content = new('x', 200_000);
        string answer = $$"""{"code":200,"content":{"toLineNum":3,"logContent":"{{content}}"} }""";
        Assert.Equal(content, (await LogAsync(answer)).Page!.Content);
        using var link = new XxlLink(new XxlLimits { LogBytesMax = 100_000 }, TimeProvider.System);
        Assert.Equal(new LogOutcome(null, "the executor's answer has more than 100000 bytes"), await LogAsync(answer, link));
    }

    private async Task<LogOutcome> LogAsync(string answer, XxlLink? link = null)
    {
        await using RawWorker executor = ExecutorSaying(("/log", answer));
        return await (link ?? _link).ReadLogAsync(new LogRequest(Job, executor.Address, 42, 1, 1423704600007, 3), CancellationToken.None);
    }
}
