using Qschedd.Alerts;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Alerts;

/// <summary>Delivery over real sockets, with the time moved by hand.</summary>
public sealed class WebhooksTests : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    private readonly WebhooksWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Alert_IsPostedAsItIs_WithItsIdInHeadAndBody()
    {
        await using var receiver = Receiver.On();
        _world.Raise(AlertSamples.Rule(receiver.Port, path: "/hook/a?token=s3cret"));
        var received = await receiver.NextAsync();
        Assert.Equal("POST /hook/a?token=s3cret HTTP/1.1", received.RequestLine);
        Assert.Equal($"127.0.0.1:{receiver.Port}", received.Header("Host"));
        Assert.Equal("application/json; charset=utf-8", received.Header("Content-Type"));
        Assert.Equal("task-1.failed", received.AlertId);
        Assert.Equal("task-1.failed", (string)received.Json["alertId"]!);
        Assert.Equal("disk full", (string)received.Json["message"]!);
        await _world.DeliveredAsync(1);
    }

    [Fact]
    public async Task ReceiverThatWasDown_GetsEachAlertOnceAndInOrder_WhenItIsBack()
    {
        int port = FreePort.Take();
        _world.Raise(AlertSamples.Rule(port), "task-1", "task-2", "task-3");
        foreach (int pause in (int[])[1, 2, 4, 8, 16])
            await _world.Time.PassAsync(TimeSpan.FromSeconds(pause));
        await _world.Time.Sleeper(TimeSpan.FromSeconds(32));
        await using var receiver = Receiver.On(port);
        await _world.Time.PassAsync(TimeSpan.FromSeconds(32));
        Assert.Equal("task-1.failed", (await receiver.NextAsync()).AlertId);
        Assert.Equal("task-2.failed", (await receiver.NextAsync()).AlertId);
        Assert.Equal("task-3.failed", (await receiver.NextAsync()).AlertId);
        await _world.DeliveredAsync(3);
        Assert.Equal((3, false, 0), (receiver.Count, receiver.HasMore, _world.Webhooks.Waiting));
        Assert.Equal(2, _world.Log.Lines.Count);
        Assert.Contains(_world.Log.Lines, l => l.StartsWith($"Warning: alerts to http://127.0.0.1:{port} wait: connection refused;", StringComparison.Ordinal));
        Assert.Contains($"Information: alerts to http://127.0.0.1:{port} are delivered again; 2 more wait", _world.Log.Lines);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(503)]
    [InlineData(0)]
    public async Task Alert_IsTriedAgainUnderItsId_WhenTheReceiverFails(int status)
    {
        await using var receiver = Receiver.On();
        receiver.Answer = n => n > 1 ? Receiver.Response(200) : status == 0 ? "" : Receiver.Response(status);
        _world.Raise(AlertSamples.Rule(receiver.Port));
        var first = await receiver.NextAsync();
        await _world.Time.PassAsync(FirstPause);
        var second = await receiver.NextAsync();
        Assert.Equal((first.AlertId, first.Body), (second.AlertId, second.Body));
        await _world.DeliveredAsync(1);
    }

    [Fact]
    public async Task RetryAfter_MayBeADate()
    {
        await using var receiver = Receiver.On();
        string date = (_world.Time.GetUtcNow() + TimeSpan.FromSeconds(20)).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        receiver.Answer = n => Receiver.Response(n > 1 ? 200 : 429, headers: $"Retry-After: {date}\r\n");
        _world.Raise(AlertSamples.Rule(receiver.Port));
        await receiver.NextAsync();
        await _world.Time.PassAsync(TimeSpan.FromSeconds(20));
        await receiver.NextAsync();
        await _world.DeliveredAsync(1);
    }

    [Fact]
    public async Task SlowReceiver_IsGivenUpAfterTheTimeout_AndAskedAgain()
    {
        await using var receiver = Receiver.On();
        receiver.Answer = n => n > 1 ? Receiver.Response(200) : null;
        _world.Raise(AlertSamples.Rule(receiver.Port));
        await receiver.NextAsync();
        await _world.Time.PassAsync(AnswerTimeout);
        await _world.Time.PassAsync(FirstPause);
        Assert.Equal("task-1.failed", (await receiver.NextAsync()).AlertId);
        await _world.DeliveredAsync(1);
        Assert.Contains(_world.Log.Lines, l => l.Contains("wait: no answer within 10 s;", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pauses_StartAnew_AfterADelivery()
    {
        await using var receiver = Receiver.On();
        receiver.Answer = n => Receiver.Response(n is 3 or 5 ? 200 : 500);
        _world.Raise(AlertSamples.Rule(receiver.Port), "task-1", "task-2");
        await _world.Time.PassAsync(FirstPause);
        await _world.Time.PassAsync(FirstPause * 2);
        await _world.DeliveredAsync(1);
        await _world.Time.PassAsync(FirstPause);
        await _world.DeliveredAsync(2);
        Assert.Equal(["task-1", "task-1", "task-1", "task-2", "task-2"], await ReceivedAsync(receiver, 5));
    }

    [Fact]
    public async Task ReceiverThatAsksForTime_GetsIt()
    {
        await using var receiver = Receiver.On();
        receiver.Answer = n => n > 1 ? Receiver.Response(200) : Receiver.Response(429, headers: "Retry-After: 30\r\n");
        _world.Raise(AlertSamples.Rule(receiver.Port));
        await receiver.NextAsync();
        await _world.Time.PassAsync(TimeSpan.FromSeconds(30));
        await receiver.NextAsync();
        await _world.DeliveredAsync(1);
    }

    [Theory]
    [InlineData(400, "it answered 400")]
    [InlineData(404, "it answered 404")]
    [InlineData(302, "it answered 302, and redirects are not followed")]
    public async Task RefusedAlert_IsGivenUpAtOnce_AndTheNextOneGoes(int status, string reason)
    {
        await using var elsewhere = Receiver.On();
        await using var receiver = Receiver.On();
        receiver.Answer = n => Receiver.Response(n > 1 ? 200 : status, headers: $"Location: http://127.0.0.1:{elsewhere.Port}/hook\r\n");
        _world.Raise(AlertSamples.Rule(receiver.Port), "task-1", "task-2");
        Assert.Equal("task-1.failed", (await receiver.NextAsync()).AlertId);
        Assert.Equal("task-2.failed", (await receiver.NextAsync()).AlertId);
        await _world.DeliveredAsync(1);
        Assert.Equal((1, 0), (_world.Webhooks.Tally.Undelivered, elsewhere.Count));
        Assert.StartsWith(
            $"Warning: alert task-1.failed of demo.job is not delivered to http://127.0.0.1:{receiver.Port}: {reason}",
            Assert.Single(_world.Log.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Alert_IsGivenUp_AfterAnHour_WithPausesOfAMinuteAtMost()
    {
        int port = FreePort.Take();
        _world.Raise(AlertSamples.Rule(port), "task-1", "task-2");
        foreach (int pause in (int[])[1, 2, 4, 8, 16, 32])
            await _world.Time.PassAsync(TimeSpan.FromSeconds(pause));
        for (int minute = 1; minute < 60; minute++)
            await _world.Time.PassAsync(TimeSpan.FromSeconds(60));
        await _world.UndeliveredAsync(2);
        Assert.Equal((0, 0), (_world.Webhooks.Tally.Delivered, _world.Webhooks.Waiting));
        Assert.Equal(3, _world.Log.Lines.Count);
        Assert.Contains(
            $"Warning: alert task-2.failed of demo.job is not delivered to http://127.0.0.1:{port}: not within 60 min: connection refused", _world.Log.Lines);
    }

    [Fact]
    public async Task DeadReceiver_HoldsUpAndStarvesNoOther_WhenItsQueueIsFull()
    {
        _world.Use(new WebhookLimits { PerWebhookMax = 2 });
        await using var dead = Receiver.On();
        dead.Answer = _ => null;
        await using var well = Receiver.On();
        string[] tasks = ["task-1", "task-2", "task-3", "task-4"];
        var job = AlertSamples.Job(AlertSamples.Rule(dead.Port), AlertSamples.Rule(well.Port));
        foreach (string task in tasks)
        {
            _world.Webhooks.Raise(AlertSamples.Failed(job, task));
            Assert.Equal($"{task}.failed", (await well.NextAsync()).AlertId);
        }
        await _world.DeliveredAsync(4);
        Assert.Equal((2, 2), (_world.Webhooks.Waiting, _world.Webhooks.Tally.Dropped));
        Assert.Equal(["task-3", "task-4"], _world.Log.Lines.Select(l => l["Warning: alert ".Length..l.IndexOf(".failed", StringComparison.Ordinal)]));
        Assert.All(_world.Log.Lines, l => Assert.Contains($"is dropped: 2 wait for http://127.0.0.1:{dead.Port} already", l));
    }

    [Fact]
    public async Task Alerts_AreDropped_WhenTooManyWaitForAllWebhooks()
    {
        _world.Use(new WebhookLimits { WaitingMax = 2 });
        await using var hangs = Receiver.On();
        hangs.Answer = _ => null;
        _world.Raise(AlertSamples.Rule(hangs.Port, path: "/1"));
        _world.Raise(AlertSamples.Rule(hangs.Port, path: "/2"));
        _world.Raise(AlertSamples.Rule(hangs.Port, path: "/3"));
        Assert.Equal((2, 1), (_world.Webhooks.Waiting, _world.Webhooks.Tally.Dropped));
    }

    [Fact]
    public async Task ChatService_IsNotSentMoreThanItTakes()
    {
        await using var receiver = Receiver.On();
        receiver.Answer = _ => Receiver.Response(200, """{"errcode":0}""");
        _world.Raise(AlertSamples.Rule(receiver.Port, AlertFormat.DingTalk), "task-1", "task-2");
        await receiver.NextAsync();
        await _world.Time.Sleeper(TimeSpan.FromSeconds(3));
        Assert.Equal((1, 1), (receiver.Count, _world.Webhooks.Waiting));
        _world.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal("task-2.failed", (await receiver.NextAsync()).AlertId);
    }

    [Fact]
    public async Task Log_NeverShowsTheWebhooksSecret_EvenWhenTheReceiverRepeatsIt()
    {
        await using var receiver = Receiver.On();
        receiver.Answer = n => Receiver.Response(200, $$"""{"errcode":{{(n == 1 ? 130101 : 310000)}},"errmsg":"bad token S3CRET-TOKEN"}""");
        _world.Raise(AlertSamples.Rule(receiver.Port, AlertFormat.DingTalk, path: "/robot/send?access_token=s3cret-token"));
        await _world.Time.PassAsync(FirstPause);
        await _world.UndeliveredAsync(1);
        Assert.Equal(2, _world.Log.Lines.Count);
        Assert.All(_world.Log.Lines, l => Assert.Contains("bad token ***", l));
        Assert.DoesNotContain("s3cret", string.Concat(_world.Log.Lines), StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<List<string>> ReceivedAsync(Receiver receiver, int count)
    {
        var tasks = new List<string>();
        for (int i = 0; i < count; i++)
            tasks.Add((await receiver.NextAsync()).AlertId.Split('.')[0]);
        return tasks;
    }
}
