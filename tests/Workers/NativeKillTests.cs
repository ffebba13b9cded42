using System.Security.Cryptography;
using System.Text;
using Qschedd.Engine.Ports;
using Qschedd.Workers;
using static Qschedd.Tests.Workers.RawWorker;

namespace Qschedd.Tests.Workers;

public sealed class NativeKillTests : IDisposable
{
    private readonly NativeLink _link = new(new NativeLimits());

    public void Dispose() => _link.Dispose();

    private Task<KillOutcome> KillAsync(string worker, string path = "/qschedule/run") => KillAsync(_link, worker, path);

    private static Task<KillOutcome> KillAsync(NativeLink link, string worker, string path)
    {
        var job = Samples.Job();
        job = job with { App = job.App with { WorkerPath = path } };
        return link.KillAsync(new KillRequest("150212.093000.192.168.0.1.4711.42", job, worker), CancellationToken.None);
    }

    [Theory]
    [InlineData("/qschedule/run", "/qschedule/kill")]
    [InlineData("/jobs/v2/execute", "/jobs/v2/kill")]
    [InlineData("/run", "/kill")]
    public async Task Kill_GoesTo_TheSiblingOfTheRunPath(string run, string kill)
    {
        await using RawWorker worker = RawWorker.Answering(Response("200 OK"));
        Assert.Equal(new KillOutcome(true), await KillAsync(worker.Address, run));
        Assert.StartsWith($"POST {kill} HTTP/1.1\r\n", Assert.Single(worker.Requests), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_Is_SignedAlike()
    {
        await using RawWorker worker = RawWorker.Answering(Response("204 No Content"));
        Assert.True((await KillAsync(worker.Address)).Taken);
        byte[] body = """{"taskId":"150212.093000.192.168.0.1.4711.42"}"""u8.ToArray();
        string hmac = Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Samples.Token), body)).ToLowerInvariant();
        string request = Assert.Single(worker.Requests);
        Assert.Contains($"\r\nX-QSchedule-Signature: sha256={hmac}\r\n", request, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n" + Encoding.UTF8.GetString(body), request, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Kill_IsTaken_When_RunsFillTheirConnections()
    {
        await using RawWorker worker = RawWorker.With(async connection =>
        {
            await connection.ReadRequestAsync();
            if (connection.Last.StartsWith("POST /qschedule/kill ", StringComparison.Ordinal))
                await connection.SendAsync(Response("200 OK"));
            else
                await connection.HangAsync();
        });
        using var link = new NativeLink(new NativeLimits { ConnectionsPerWorkerMax = 2 });
        using var stop = new CancellationTokenSource();
        var runs = Enumerable.Range(0, 2).Select(_ => link.RunAsync(Samples.Request(worker.Address), static _ => { }, stop.Token)).ToArray();
        await EndToEnd.Eventually.Holds(() => worker.Requests.Count == 2, "the runs did not come");
        Assert.Equal(new KillOutcome(true), await KillAsync(link, worker.Address, "/qschedule/run"));
        await stop.CancelAsync();
        await Task.WhenAll(runs);
    }

    [Fact]
    public async Task Kill_IsNotTaken_When_TheWorkerSaysNo()
    {
        await using RawWorker worker = RawWorker.Answering(Response("404 Not Found"));
        Assert.Equal(new KillOutcome(false, "the worker answered 404"), await KillAsync(worker.Address));
    }

    [Fact]
    public async Task Kill_IsNotTaken_When_NoAnswerComes()
    {
        await using RawWorker worker = RawWorker.With(async connection => await connection.HangAsync());
        using var link = new NativeLink(new NativeLimits { KillTimeout = TimeSpan.FromMilliseconds(400) });
        KillOutcome outcome = await KillAsync(link, worker.Address, "/qschedule/run");
        Assert.False(outcome.Taken);
        Assert.StartsWith("no ", outcome.Message, StringComparison.Ordinal);
    }
}
