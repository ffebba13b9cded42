using System.Net;
using System.Net.Sockets;
using Qschedd.Engine.Ports;
using Qschedd.Workers;

namespace Qschedd.Tests.Workers;

/// <summary>Not delivered, and delivered or not unknown.</summary>
public sealed class NativeFaultTests : NativeLinkFixture
{
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

    [Fact]
    public async Task AnswerThatDrips_Is_UnknownAfterTheSameTime()
    {
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            using var drip = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            await connection.SendAsync("HTTP/1.1 200 OK\r\nX-Drip: ");
            while (await drip.WaitForNextTickAsync())
            {
                await connection.SendAsync(".");
            }
        });
        Assert.Equal(
            new RunOutcome(RunResult.Unknown, "sent, but no answer within 0.15 s: the task may or may not run"),
            await RunAsync(worker.Address, Short));
    }

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
        Assert.Equal(RunResult.Unknown, outcome.Result); // it may have done its work
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
}
