using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Workers;

/// <summary>What each executor's answer to a run means, as the protocol description's list of clients has them.</summary>
public sealed class XxlAnswerTests : XxlLinkFixture
{
    [Theory]
    [InlineData("""{"code":200}""")]
    [InlineData("""{"code":200,"msg":null}""")]
    [InlineData("""{"code":200,"msg":"Success","data":null}""")]
    [InlineData("""{"code":200,"msg":null,"content":null,"data":"x"}""")]
    [InlineData("""{"msg":"","code":"200"}""")]
    [InlineData("\uFEFF{\"code\":200}")]
    [InlineData("{\"code\":200,\"msg\":\"\\ud83d\"}")]
    [InlineData("{\"\\ud800\":1,\"code\":200}")]
    [InlineData("{\"co\\udfffde\":\"\\ud83d\",\"code\":\"200\"}")]
    [InlineData("""{"code":500,"msg":"repeate trigger job, logId:42000"}""")]
    [InlineData("""{"code":500,"msg":"repeat trigger job, logId:42000"}""")]
    public async Task Yes_Is_Accepted(string body) => Assert.Equal(new RunOutcome(RunResult.Accepted), await RunAgainstAsync(body));

    [Theory]
    [InlineData("application/json;charset=utf-8")]
    [InlineData("text/plain")]
    [InlineData("")]
    public async Task Type_OfTheAnswer_IsNotLookedAt(string type) => Assert.Equal(
        RunResult.Accepted, (await RunAgainstAsync(Yes, "200 OK", type.Length == 0 ? "" : $"Content-Type: {type}\r\n")).Result);

    [Theory]
    [InlineData("block strategy effect：Discard Later")]
    [InlineData("There is already have a same job is running.")]
    [InlineData("job thread is running or has trigger queue.")]
    [InlineData("The same job [7] is already executing and this has been discarded.")]
    public async Task Busy_Is_Ignored(string words) =>
        Assert.Equal(new RunOutcome(RunResult.Ignored, words), await RunAgainstAsync($$"""{"code":500,"msg":"{{words}}","content":null}"""));

    [Theory]
    [InlineData("job queue is full")]
    [InlineData("The task queue of job 7 is full, this run is discarded")]
    [InlineData("queue too deep")]
    public async Task FullQueue_Is_QueueFull(string words) =>
        Assert.Equal(new RunOutcome(RunResult.QueueFull, words), await RunAgainstAsync($$"""{"code":500,"msg":"{{words}}"}"""));

    [Theory]
    [InlineData("""{"code":500,"msg":"job handler [x] not found."}""", "job handler [x] not found.")]
    [InlineData("""{"code":500,"data":"glueType[x] is not valid."}""", "glueType[x] is not valid.")]
    [InlineData("""{"code":500,"msg":"","content":"The access token is wrong."}""", "The access token is wrong.")]
    [InlineData("""{"code":500,"msg":"invalid request, HttpMethod not support."}""", "invalid request, HttpMethod not support.")]
    [InlineData("""{"code":500,"msg":"invalid request, uri-mapping(/run) not found."}""", "invalid request, uri-mapping(/run) not found.")]
    [InlineData("""{"code":500,"msg":"the executor is not running"}""", "the executor is not running")]
    [InlineData("""{"code":500}""", "the executor refused the run, and said no more")]
    [InlineData("""{"code":0,"msg":"zero"}""", "zero")]
    public async Task AnyOtherRefusal_Is_Failed(string body, string words) =>
        Assert.Equal(new RunOutcome(RunResult.Failed, words), await RunAgainstAsync(body));

    // The Go executor refuses a run with a list of callbacks.
    [Theory]
    [InlineData("""[{"logId":42000,"logDateTim":1,"executeResult":{"code":500,"msg":"There are tasks running"},"handleCode":500,"handleMsg":"There are tasks running"}]""", RunResult.Ignored, "There are tasks running")]
    [InlineData("""[{"logId":42000,"logDateTim":1,"executeResult":{"code":500,"msg":"Task not registered"}}]""", RunResult.Failed, "Task not registered")]
    [InlineData("""[{"logId":1,"handleCode":200},{"logId":42000,"handleCode":500,"handleMsg":"no"}]""", RunResult.Failed, "no")]
    [InlineData("""[{"logId":42000,"handleCode":200,"handleMsg":"done already"}]""", RunResult.Finished, "done already")]
    internal async Task CallbackForAnAnswer_Is_TheEndOfTheRun(string body, RunResult result, string words) =>
        Assert.Equal(new RunOutcome(result, words), await RunAgainstAsync(body));

    [Theory]
    [InlineData("")]
    [InlineData("<!DOCTYPE html><html><body><pre>Cannot POST /run</pre></body></html>")]
    [InlineData("\"\"")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("[1]")]
    [InlineData("{\"code\":{}}")]
    [InlineData("{\"code\":200")]
    [InlineData("null")]
    public async Task AnswerOfAnotherKind_Is_Failed(string body)
    {
        RunOutcome outcome = await RunAgainstAsync(body);
        Assert.Equal(RunResult.Failed, outcome.Result);
        Assert.Contains("no XXL-JOB answer", outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("400 Bad Request", RunResult.Failed)]
    [InlineData("404 Not Found", RunResult.Failed)]
    [InlineData("302 Found", RunResult.Failed)]
    [InlineData("500 Internal Server Error", RunResult.Failed)]
    [InlineData("502 Bad Gateway", RunResult.Failed)]
    [InlineData("429 Too Many Requests", RunResult.QueueFull)]
    [InlineData("503 Service Unavailable", RunResult.QueueFull)]
    internal async Task AnyOtherStatus_Decides_WhateverTheBodySays(string status, RunResult result) =>
        Assert.Equal(new RunOutcome(result, $"the executor answered {status[..3]}"), await RunAgainstAsync(Yes, status));

    [Fact]
    public async Task Words_Are_CutTo4KiB()
    {
        RunOutcome outcome = await RunAgainstAsync($$"""{"code":500,"msg":"{{new string('语', 4000)}}"}""");
        Assert.Equal(new RunOutcome(RunResult.Failed, new string('语', 4096 / 3)), outcome);
    }

    [Fact]
    public async Task AnswerThatIsTooLong_Is_Unknown() =>
        Assert.Equal(RunResult.Unknown, (await RunAgainstAsync($$"""{"code":200,"msg":"{{new string('x', 70_000)}}"}""")).Result);
}
