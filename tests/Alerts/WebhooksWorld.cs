using Qschedd.Alerts;
using Qschedd.Engine.Model;
using Qschedd.Tests.Storage;

namespace Qschedd.Tests.Alerts;

/// <summary>The webhooks with time moved by hand; the sockets are real.</summary>
internal sealed class WebhooksWorld : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public WebhooksWorld() => Webhooks = new Webhooks(new WebhookLimits(), Time, Log);

    public ManualTime Time { get; } = new();
    public LogLines Log { get; } = new();
    public Webhooks Webhooks { get; private set; }

    public void Use(WebhookLimits limits)
    {
        Webhooks.Dispose();
        Webhooks = new Webhooks(limits, Time, Log);
    }

    /// <summary>A failure of each task, of one job with this rule.</summary>
    public void Raise(AlertRule rule, params string[] tasks)
    {
        var job = AlertSamples.Job(rule);
        foreach (string task in tasks is [] ? ["task-1"] : tasks)
            Webhooks.Raise(AlertSamples.Failed(job, task));
    }

    public Task DeliveredAsync(int count) => HoldsAsync(() => Webhooks.Tally.Delivered == count);

    public Task UndeliveredAsync(int count) => HoldsAsync(() => Webhooks.Tally.Undelivered == count);

    public void Dispose() => Webhooks.Dispose();

    private static async Task HoldsAsync(Func<bool> isSo)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo())
            await timer.WaitForNextTickAsync(patience.Token);
    }
}
