using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>What an executor is sent, to the byte.</summary>
public sealed class XxlRunTests : XxlLinkFixture
{
    [Fact]
    public async Task Request_Is_TheProtocolsToTheByte()
    {
        await using RawWorker executor = Executor(_ => Response("200 OK", Yes));
        await RunAsync(Request(executor.Address));

        const string Body = """{"jobId":7,"executorHandler":"qschedule.demo.job1","executorParams":"{\"city\":\"北京\",\"n\":[1,2.50]}","executorBlockStrategy":"DISCARD_LATER","executorTimeout":0,"logId":42000,"logDateTime":1423704600007,"glueType":"BEAN","glueSource":"","glueUpdatetime":0,"broadcastIndex":0,"broadcastTotal":1}""";
        Assert.Equal(
            $"""
            POST /run HTTP/1.1
            Host: {executor.Address}
            XXL-JOB-ACCESS-TOKEN: {Token}
            Content-Type: application/json;charset=UTF-8
            Content-Length: {System.Text.Encoding.UTF8.GetByteCount(Body)}

            {Body}
            """.ReplaceLineEndings("\r\n"),
            Assert.Single(executor.Requests));
    }

    [Fact]
    public async Task Request_Holds_WhatTheJobSays()
    {
        Job job = Job with { Handler = "demoJobHandler", Overlap = OverlapPolicy.Allow, KillAfter = TimeSpan.FromMilliseconds(90_001) };
        JsonNode body = await SentAsync(Request("", job) with { Parameter = null, Attempt = 3, FirstAttempt = 3, ShardIndex = 3, ShardTotal = 4 });
        Assert.Equal(
            """{"jobId":7,"executorHandler":"demoJobHandler","executorParams":"","executorBlockStrategy":"SERIAL_EXECUTION","executorTimeout":91,"logId":42002,"logDateTime":1423704600007,"glueType":"BEAN","glueSource":"","glueUpdatetime":0,"broadcastIndex":3,"broadcastTotal":4}""",
            body.ToJsonString());
    }

    [Theory]
    [InlineData("""{"executorParams":"a=1, 北京"}""", "a=1, 北京")]
    [InlineData("""{"executorParams":""}""", "")]
    [InlineData("""{"executorParams":"a","more":1}""", """{"executorParams":"a","more":1}""")]
    [InlineData("""{"executorParams":{"a":1}}""", """{"executorParams":{"a":1}}""")]
    [InlineData("""{"city":"beijing"}""", """{"city":"beijing"}""")]
    [InlineData("""["a"]""", """["a"]""")]
    [InlineData(""" "a" """, """ "a" """)]
    [InlineData(null, "")]
    public async Task Params_Are_TheParameterAsText(string? parameter, string expected) =>
        Assert.Equal(expected, (string)(await SentAsync(Request("") with { Parameter = parameter }))["executorParams"]!);

    [Theory]
    [InlineData(OverlapPolicy.Skip, "DISCARD_LATER")]
    [InlineData(OverlapPolicy.Allow, "SERIAL_EXECUTION")]
    [InlineData(OverlapPolicy.Replace, "COVER_EARLY")]
    internal async Task BlockStrategy_Keeps_WhatOverlapMeans(OverlapPolicy overlap, string strategy) =>
        Assert.Equal(strategy, (string)(await SentAsync(Request("", Job with { Overlap = overlap })))["executorBlockStrategy"]!);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(1000, 1)]
    [InlineData(7_200_000, 7200)]
    public async Task Timeout_Is_KillAfterInWholeSeconds(int killAfterMs, int seconds) => Assert.Equal(
        seconds, (int)(await SentAsync(Request("", Job with { KillAfter = TimeSpan.FromMilliseconds(killAfterMs) })))["executorTimeout"]!);

    [Theory]
    [InlineData("{0}", "/run")]
    [InlineData("http://{0}", "/run")]
    [InlineData("http://{0}/job", "/job/run")]
    [InlineData("http://{0}/a/b%20c", "/a/b%20c/run")]
    public async Task Path_Follows_TheAddressWhateverItCarries(string address, string path)
    {
        await using RawWorker executor = Executor(_ => Response("200 OK", Yes));
        Assert.Equal(RunResult.Accepted, (await RunAsync(Request(string.Format(System.Globalization.CultureInfo.InvariantCulture, address, executor.Address)))).Result);
        Assert.Equal(path, PathOf(Assert.Single(executor.Requests)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ftp://127.0.0.1:1")]
    [InlineData("http://127.0.0.1:x")]
    [InlineData("http://user@127.0.0.1:1")]
    [InlineData("http://127.0.0.1:1/a?b=")]
    [InlineData("http://127.0.0.1:1/#")]
    public async Task AddressThatIsNone_Is_NotDelivered(string address) =>
        Assert.Equal(RunResult.NotDelivered, (await RunAsync(Request(address))).Result);

    [Fact]
    public async Task Token_IsSent_AsUtf8()
    {
        await using RawWorker executor = Executor(_ => Response("200 OK", Yes));
        await RunAsync(Request(executor.Address, Job with { App = App with { Token = new Secret("tøken") } }));
        string utf8AsLatin1 = System.Text.Encoding.Latin1.GetString("tøken"u8);
        Assert.Contains($"\r\nXXL-JOB-ACCESS-TOKEN: {utf8AsLatin1}\r\n", Assert.Single(executor.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Generation35_HasAnotherPath_AndNamesItsApp()
    {
        await using RawWorker executor = Executor(_ => Response("200 OK", """{"code":200,"msg":"Success"}"""));
        Job job = Job with { App = App with { ProtocolVersion = XxlGeneration.From35 } };
        Assert.Equal(RunResult.Accepted, (await RunAsync(Request($"http://{executor.Address}/x", job))).Result);
        string request = Assert.Single(executor.Requests);
        Assert.Equal("/x/trigger", PathOf(request));
        Assert.Contains("\r\nXXL-JOB-APPNAME: qschedule.demo\r\n", request, StringComparison.Ordinal);
        Assert.Contains($"\r\nXXL-JOB-ACCESS-TOKEN: {Token}\r\n", request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RefusedConnection_Is_NotDelivered()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string address = listener.LocalEndpoint.ToString()!;
        listener.Stop();
        Assert.Equal(new RunOutcome(RunResult.NotDelivered, "not delivered: connection refused"), await RunAsync(Request(address)));
    }

    [Fact]
    public async Task NoAnswerInTime_Is_Unknown()
    {
        await using RawWorker executor = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{\"code\"");
            await connection.HangAsync();
        });
        Assert.Equal(
            new RunOutcome(RunResult.Unknown, "sent, but no answer within 0.15 s: the task may or may not run"),
            await RunAsync(Request(executor.Address) with { AnswerTimeout = TimeSpan.FromMilliseconds(150) }));
        Assert.Single(executor.Requests);
    }

    [Fact]
    public async Task ResetAfterTheRequest_Is_Unknown()
    {
        await using RawWorker executor = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            connection.Reset();
        });
        Assert.Equal(RunResult.Unknown, (await RunAsync(Request(executor.Address))).Result);
        Assert.Single(executor.Requests);
    }

    /// <summary>The body that goes out for a request, to whichever executor.</summary>
    private async Task<JsonNode> SentAsync(RunRequest request)
    {
        await using RawWorker executor = Executor(_ => Response("200 OK", Yes));
        await RunAsync(request with { Worker = executor.Address });
        string body = BodyOf(Assert.Single(executor.Requests));
        return JsonNode.Parse(body)!;
    }
}
