using System.Security.Cryptography;
using System.Text;
using Qschedd.Engine.Ports;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>The request to the byte, and what each answer means.</summary>
public sealed class NativeAnswerTests : NativeLinkFixture
{
    [Fact]
    public async Task Request_Is_TheContractsToTheByte()
    {
        await using RawWorker worker = RawWorker.Answering(Response("202 Accepted"));
        await RunAsync(worker.Address);

        const string Body = """{"app":"qschedule.demo","attempt":2,"callback":"http://10.0.0.5:8080/api/tasks/state.do","deadline":1423711800000,"fireTime":1423704600007,"job":"qschedule.demo.job1","param":{"city":"北京","n":[1,2.50]},"scheduledTime":1423704600000,"shard":{"index":1,"total":4},"taskId":"150212.093000.192.168.0.1.4711.42"}""";
        string hmac = Convert.ToHexString(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(Samples.Token), Encoding.UTF8.GetBytes(Body))).ToLowerInvariant();
        Assert.Equal(
            $"""
            POST /qschedule/run HTTP/1.1
            Host: {worker.Address}
            X-QSchedule-Signature: sha256={hmac}
            Content-Type: application/json; charset=utf-8
            Content-Length: {Encoding.UTF8.GetByteCount(Body)}

            {Body}
            """.ReplaceLineEndings("\r\n"),
            Assert.Single(worker.Requests));
    }

    [Fact]
    public async Task Request_LeavesOut_WhatHasNoValue()
    {
        await using RawWorker worker = RawWorker.Answering(Response("202 Accepted"));
        await _link.RunAsync(
            Samples.Request(worker.Address) with { DeadlineMs = null, Parameter = null }, static _ => { }, CancellationToken.None);

        Assert.EndsWith(
            """{"app":"qschedule.demo","attempt":2,"callback":"http://10.0.0.5:8080/api/tasks/state.do","fireTime":1423704600007,"job":"qschedule.demo.job1","scheduledTime":1423704600000,"shard":{"index":1,"total":4},"taskId":"150212.093000.192.168.0.1.4711.42"}""",
            Assert.Single(worker.Requests), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("200 OK", """{"state":300,"message":"done 好"}""", RunResult.Finished, "done 好")]
    [InlineData("200 OK", """{"message":"no rows","extra":{"state":300},"state":-100}""", RunResult.Failed, "no rows")]
    [InlineData("200 OK", "\uFEFF{\"state\":300}", RunResult.Finished, null)]
    [InlineData("200 OK", """{"state":200}""", RunResult.Accepted, null)]
    [InlineData("200 OK", """{"state":-300,"message":"full"}""", RunResult.QueueFull, "full")]
    [InlineData("202 Accepted", "", RunResult.Accepted, null)]
    [InlineData("202 Accepted", "<not json>", RunResult.Accepted, null)]
    [InlineData("429 Too Many Requests", "", RunResult.QueueFull, "the worker answered 429")]
    [InlineData("503 Service Unavailable", """{"message":"16 slots"}""", RunResult.QueueFull, "the worker answered 503: 16 slots")]
    public async Task Answer_Means_WhatTheTableSays(string status, string body, object result, string? message)
    {
        RunOutcome outcome = await RunAgainstAsync(Response(status, body));
        Assert.Equal(new RunOutcome((RunResult)result, message), outcome);
    }

    [Theory]
    [InlineData("201 Created")]
    [InlineData("204 No Content")]
    [InlineData("206 Partial Content")]
    [InlineData("400 Bad Request")]
    [InlineData("401 Unauthorized")]
    [InlineData("404 Not Found")]
    [InlineData("408 Request Timeout")]
    [InlineData("500 Internal Server Error")]
    [InlineData("502 Bad Gateway")]
    [InlineData("504 Gateway Timeout")]
    [InlineData("999 What")]
    public async Task AnyOtherStatus_Is_Failed(string status)
    {
        RunOutcome outcome = await RunAgainstAsync(Response(status, status.StartsWith("204", StringComparison.Ordinal) ? "" : """{"message":"why"}"""));
        Assert.Equal(RunResult.Failed, outcome.Result);
        Assert.StartsWith($"the worker answered {status[..3]}", outcome.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("done")]
    [InlineData("{\"state\":300")]
    [InlineData("{\"state\":300} {}")]
    [InlineData("[300]")]
    [InlineData("{}")]
    [InlineData("{\"state\":\"300\"}")]
    [InlineData("{\"state\":400}")]
    [InlineData("{\"state\":300,\"message\":\"\\ud800\"}")]
    public async Task Answer200_Is_FailedUnlessItSaysHowItEnded(string body)
    {
        RunOutcome outcome = await RunAgainstAsync(Response("200 OK", body));
        Assert.Equal(RunResult.Failed, outcome.Result);
        Assert.Contains("answered 200 with", outcome.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Redirect_IsNot_Followed()
    {
        await using RawWorker other = RawWorker.Answering(Response("200 OK", """{"state":300}"""));
        RunOutcome outcome = await RunAgainstAsync(Response("307 Temporary Redirect", "", $"Location: http://{other.Address}/\r\n"));
        Assert.Equal(new RunOutcome(RunResult.Failed, "the worker answered 307"), outcome);
        Assert.Equal(0, other.Connections);
    }

    [Fact]
    public async Task Message_Is_CutTo4KiB()
    {
        string message = new('语', 4000);
        RunOutcome outcome = await RunAgainstAsync(Response("200 OK", $$"""{"state":-100,"message":"{{message}}"}"""));
        Assert.Equal(new RunOutcome(RunResult.Failed, new string('语', 4096 / 3)), outcome);
    }
}
