using Qschedd.Engine.Ports;
using Qschedd.Workers;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

/// <summary>Kept connections: a request is sent once or not at all.</summary>
public sealed class NativeConnectionTests : NativeLinkFixture
{
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
    public async Task Connection_IsKept_AfterAnAnswerWithABody()
    {
        await using RawWorker worker = RawWorker.Answering(Response("202 Accepted", """{"state":200}"""));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(RunResult.Accepted, (await RunAsync(worker.Address)).Result);
        }
        Assert.Equal(3, worker.Requests.Count);
        Assert.Equal(1, worker.Connections);
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
