using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Qschedd.Engine.Ports;
using Qschedd.Workers;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>The contract, section 3: one test or more to each row of its table.</summary>
public sealed class NativeLinkTests : IDisposable
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(150);
    private readonly NativeLink _link = new(new NativeLimits());

    public void Dispose() => _link.Dispose();

    private Task<RunOutcome> RunAsync(string worker, TimeSpan? answerTimeout = null) =>
        _link.RunAsync(Samples.Request(worker, answerTimeout), static _ => Assert.Fail("started is for local jobs"), CancellationToken.None);

    private async Task<RunOutcome> RunAgainstAsync(string answer, TimeSpan? answerTimeout = null)
    {
        var received = new TaskCompletionSource();
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            received.SetResult();
            await connection.SendUtf8Async(answer);
            await connection.HangAsync();
        });
        RunOutcome outcome = await RunAsync(worker.Address, answerTimeout);
        await received.Task;
        Assert.Single(worker.Requests);
        return outcome;
    }

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

    // Not delivered.

    [Fact]
    public async Task RefusedConnection_Is_NotDelivered()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        string address = listener.LocalEndpoint.ToString()!;
        listener.Stop();
        Assert.Equal(new RunOutcome(RunResult.NotDelivered, "not delivered: connection refused"), await RunAsync(address));
    }

    [Fact]
    public async Task NameWithoutAddress_Is_NotDelivered()
    {
        RunOutcome outcome = await RunAsync("no-such-worker.invalid:20010");
        Assert.Equal(RunResult.NotDelivered, outcome.Result);
    }

    [Fact]
    public async Task ConnectTimeout_Is_NotDelivered()
    {
        // A full backlog: Linux drops further SYNs, and the connection hangs half open.
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(0);
        using var filler = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await filler.ConnectAsync(listener.LocalEndPoint!);
        using var link = new NativeLink(new NativeLimits { ConnectTimeout = Short });
        Assert.Equal(
            new RunOutcome(RunResult.NotDelivered, "not delivered: no connection in time"),
            await link.RunAsync(Samples.Request(listener.LocalEndPoint!.ToString()!), static _ => { }, CancellationToken.None));
    }

    [Theory]
    [InlineData("127.0.0.1:x")]
    [InlineData("127.0.0.1:80/evil?")]
    [InlineData("user@127.0.0.1:80")]
    [InlineData("")]
    public async Task AddressThatIsNone_Is_NotDelivered(string address) =>
        Assert.Equal(RunResult.NotDelivered, (await RunAsync(address)).Result);

    // Delivered or not is unknown.

    [Fact]
    public async Task ResetAfterTheRequest_Is_Unknown()
    {
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            connection.Reset();
        });
        RunOutcome outcome = await RunAsync(worker.Address);
        Assert.Equal(new RunOutcome(RunResult.Unknown, "sent, but the connection was reset: the task may or may not run"), outcome);
        Assert.Single(worker.Requests);
    }

    [Fact]
    public async Task ResetInTheAnswer_Is_Unknown()
    {
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"state\"");
            connection.Reset();
        });
        Assert.Equal(RunResult.Unknown, (await RunAsync(worker.Address)).Result);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 20")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"state\":30")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nd\r\n{\"state\":300}\r\n")]
    public async Task HalfCloseBeforeTheAnswerIsWhole_Is_Unknown(string part)
    {
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(part);
            connection.Socket.Shutdown(SocketShutdown.Send);
            await connection.HangAsync();
        });
        RunOutcome outcome = await RunAsync(worker.Address);
        Assert.Equal(
            new RunOutcome(RunResult.Unknown, "sent, but the connection was closed before the answer was whole: the task may or may not run"),
            outcome);
        Assert.Single(worker.Requests);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"state\":30")]
    public async Task NoWholeAnswerInTime_Is_Unknown(string part) => Assert.Equal(
        new RunOutcome(RunResult.Unknown, "sent, but no answer within 0.15 s: the task may or may not run"),
        await RunAgainstAsync(part, Short));

    [Theory]
    [InlineData("nonsense\r\n\r\n")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nbroken header\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")]
    public async Task AnswerThatIsNotHttp_Is_Unknown(string answer) =>
        Assert.Equal(RunResult.Unknown, (await RunAgainstAsync(answer)).Result);

    [Theory]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\n")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")]
    public async Task FloodOfInterimAnswers_Is_CutOff(string interim)
    {
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            while (true)
            {
                await connection.SendAsync(interim);
            }
        });
        Assert.Equal(RunResult.Unknown, (await RunAsync(worker.Address)).Result);
    }

    [Fact]
    public async Task HeaderBomb_Is_CutOff()
    {
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\n");
            for (int i = 0; ; i++)
            {
                await connection.SendAsync($"X-{i}: {new string('x', 1000)}\r\n");
            }
        });
        Assert.Equal(
            new RunOutcome(RunResult.Unknown, "sent, but the head of the answer is too long: the task may or may not run"),
            await RunAsync(worker.Address));
    }

    [Fact]
    public async Task EndlessBody_IsNot_ReadOn()
    {
        long sent = 0;
        var closed = new TaskCompletionSource();
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"message\":\"");
            try
            {
                while (true)
                {
                    await connection.SendAsync(new string('x', 8192));
                    sent += 8192;
                }
            }
            catch (IOException)
            {
                closed.SetResult();
            }
        });
        RunOutcome outcome = await RunAsync(worker.Address);
        Assert.Equal(RunResult.Failed, outcome.Result);
        Assert.Contains("more than 64 KiB", outcome.Message, StringComparison.Ordinal);
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task StatusDecides_When_ABodyThatDoesNotMatterDrags() => Assert.Equal(
        new RunOutcome(RunResult.QueueFull, "the worker answered 503"),
        await RunAgainstAsync("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\n{", TimeSpan.FromSeconds(1)));

    [Fact]
    public async Task Accepted_DoesNot_WaitForABody() => Assert.Equal(
        new RunOutcome(RunResult.Accepted),
        await RunAgainstAsync("HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\n{"));

    // Sent once or not at all.

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task KeptConnectionThatClosesOnTheSecondRequest_IsNot_SentAgain(bool byReset)
    {
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            while (await connection.ReadRequestAsync())
            {
                if (connection.Index == 0 && connection.Requests == 1)
                {
                    await connection.SendAsync(Response("202 Accepted"));
                }
                else if (connection.Index == 0)
                {
                    if (byReset)
                    {
                        connection.Reset();
                    }
                    return;
                }
                else
                {
                    await connection.SendAsync(Response("202 Accepted"));
                }
            }
        });
        Assert.Equal(RunResult.Accepted, (await RunAsync(worker.Address)).Result);
        Assert.Equal(RunResult.Unknown, (await RunAsync(worker.Address)).Result);
        Assert.Equal(2, worker.Requests.Count);
        Assert.Equal(1, worker.Connections);

        // The connection was the kept one; a third request shows that a new one would have been served.
        Assert.Equal(RunResult.Accepted, (await RunAsync(worker.Address)).Result);
        Assert.Equal(3, worker.Requests.Count);
    }

    [Fact]
    public async Task KeptConnectionThatClosedBefore_Is_Replaced()
    {
        var closed = new TaskCompletionSource();
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            await connection.SendAsync(Response("202 Accepted"));
            if (connection.Index == 0)
            {
                connection.Close();
                closed.SetResult();
            }
            else
            {
                await connection.HangAsync();
            }
        });
        Assert.Equal(RunResult.Accepted, (await RunAsync(worker.Address)).Result);
        await closed.Task;
        Assert.Equal(RunResult.Accepted, (await RunAsync(worker.Address)).Result);
        Assert.Equal(2, worker.Requests.Count);
    }

    [Fact]
    public async Task Busy_Connections_AreQueueFullForTheOneThatWaits()
    {
        using var link = new NativeLink(new NativeLimits { ConnectTimeout = TimeSpan.FromSeconds(1), ConnectionsPerWorkerMax = 1 });
        var first = new TaskCompletionSource();
        var answer = new TaskCompletionSource();
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            first.SetResult();
            await answer.Task;
            await connection.SendAsync(Response("202 Accepted"));
            await connection.HangAsync();
        });
        Task<RunOutcome> busy = link.RunAsync(Samples.Request(worker.Address), static _ => { }, CancellationToken.None);
        await first.Task;
        RunOutcome outcome = await link.RunAsync(Samples.Request(worker.Address, Short), static _ => { }, CancellationToken.None);
        Assert.Equal(RunResult.QueueFull, outcome.Result);
        answer.SetResult();
        Assert.Equal(RunResult.Accepted, (await busy).Result);
        Assert.Single(worker.Requests);
    }

    [Fact]
    public async Task Stop_LeavesASentTask_Unknown()
    {
        using var stop = new CancellationTokenSource();
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            await stop.CancelAsync();
            await connection.HangAsync();
        });
        RunOutcome outcome = await _link.RunAsync(Samples.Request(worker.Address), static _ => { }, stop.Token);
        Assert.Equal(RunResult.Unknown, outcome.Result);
        Assert.Equal(
            RunResult.NotDelivered,
            (await _link.RunAsync(Samples.Request(worker.Address), static _ => { }, stop.Token)).Result);
        Assert.Single(worker.Requests);
    }
}
