namespace Qschedd.Tests.Alerts;

public sealed class WebhooksStopTests : IDisposable
{
    private readonly WebhooksWorld _world = new();

    public void Dispose() => _world.Dispose();

    [Fact]
    public async Task Stop_TriesWhatWaitsOnceMore_WithoutThePause()
    {
        int port = FreePort.Take();
        _world.Raise(AlertSamples.Rule(port), "task-1", "task-2");
        foreach (int pause in (int[])[1, 2, 4, 8])
            await _world.Time.PassAsync(TimeSpan.FromSeconds(pause));
        await _world.Time.Sleeper(TimeSpan.FromSeconds(16));
        await using var receiver = Receiver.On(port);
        await _world.Webhooks.StopAsync(CancellationToken.None).WaitAsync(WebhooksWorld.Patience);
        Assert.Equal((2, 2, 0), (receiver.Count, _world.Webhooks.Tally.Delivered, _world.Webhooks.Tally.Undelivered));
    }

    [Fact]
    public async Task Stop_CountsAndLogsWhatIsLeft_AfterItsPatience()
    {
        int port = FreePort.Take();
        _world.Raise(AlertSamples.Rule(port), "task-1", "task-2");
        await _world.Time.Sleeper(TimeSpan.FromSeconds(1));
        var stopped = _world.Webhooks.StopAsync(CancellationToken.None);
        await _world.Time.Sleeper(TimeSpan.FromSeconds(5));
        Assert.False(stopped.IsCompleted);
        _world.Time.Advance(TimeSpan.FromSeconds(5));
        await stopped.WaitAsync(WebhooksWorld.Patience);
        Assert.Equal((0, 2), (_world.Webhooks.Tally.Delivered, _world.Webhooks.Tally.Undelivered));
        Assert.Equal($"Warning: 2 alerts to http://127.0.0.1:{port} were not delivered before the stop and are lost", _world.Log.Lines.Last());
    }

    [Fact]
    public async Task Stop_CutsARequestUnderWay_WhenItIsHurried()
    {
        await using var receiver = Receiver.On();
        receiver.Answer = _ => null;
        _world.Raise(AlertSamples.Rule(receiver.Port));
        await receiver.NextAsync();
        await _world.Webhooks.StopAsync(new CancellationToken(canceled: true)).WaitAsync(WebhooksWorld.Patience);
        Assert.Equal(1, _world.Webhooks.Tally.Undelivered);
        Assert.Contains("1 alerts to", Assert.Single(_world.Log.Lines));
    }

    [Fact]
    public async Task StoppedWebhooks_TakeNoMore_AndCountIt()
    {
        await using var receiver = Receiver.On();
        await _world.Webhooks.StopAsync(CancellationToken.None).WaitAsync(WebhooksWorld.Patience);
        _world.Raise(AlertSamples.Rule(receiver.Port));
        Assert.Equal((0, 1, 0), (_world.Webhooks.Waiting, _world.Webhooks.Tally.Dropped, receiver.Count));
    }
}
