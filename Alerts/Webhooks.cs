using Microsoft.Extensions.Logging;
using Qschedd.Engine.Figures;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Alerts;

/// <summary>
/// Carries alerts to webhooks, apart from the loop that raises them:
/// <list type="number">
/// <item>an event becomes a message for each webhook that asked for it, and waits in that webhook's bounded queue</item>
/// <item>a webhook with waiting messages has a sender of its own; one that is down holds up no other</item>
/// <item>a message is tried until it is delivered, refused, or too old; the same id goes with each try</item>
/// <item>what was not delivered is counted and logged</item>
/// </list>
/// </summary>
internal sealed class Webhooks : IAlertSink, IDisposable
{
    private readonly WebhookLimits _limits;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly WebhookClient _client;
    private readonly Outbox _outbox;
    private readonly SemaphoreSlim _places;
    private readonly CancellationTokenSource _begun = new();
    private readonly CancellationTokenSource _cut = new();
    private readonly Lock _gate = new();
    private readonly List<Task> _senders = [];

    public Webhooks(WebhookLimits limits, TimeProvider time, ILogger logger)
    {
        (_limits, _time, _logger) = (limits, time, logger);
        _client = new WebhookClient(limits, time);
        _outbox = new Outbox(limits.PerWebhookMax, limits.WaitingMax);
        _places = new SemaphoreSlim(limits.SendsMax);
    }

    public AlertTally Tally { get; } = new();

    /// <summary>Messages that are not delivered yet.</summary>
    public int Waiting => _outbox.Waiting;

    public void WriteMetrics(MetricsText text) => AlertMetrics.Write(text, Tally, Waiting);

    public void Raise(AlertEvent alert)
    {
        foreach (var rule in alert.Job.Alerts)
            if (Alert.KindFor(rule, alert) is var kind and not AlertKinds.None)
                Accept(rule.Webhook, new Alert(alert, kind, rule.Format, _time.GetTimestamp()) { Secret = rule.Secret });
    }

    /// <summary>Takes no more; what waits is tried for a while, then counted and logged. To be called once.</summary>
    /// <param name="hurry">Cuts the wait.</param>
    public async Task StopAsync(CancellationToken hurry)
    {
        Task all;
        lock (_gate)
        {
            _outbox.Close();
            all = Task.WhenAll(_senders);
        }
        await _begun.CancelAsync();
        try
        {
            await all.WaitAsync(_limits.StopPatience, _time, hurry);
        }
        catch (Exception over) when (over is TimeoutException or OperationCanceledException)
        {
            // What is left is told below.
        }
        await _cut.CancelAsync();
        await all;
        foreach (var (webhook, count) in _outbox.Left())
        {
            Tally.OnUndelivered(count);
            AlertsLog.LeftAtStop(_logger, count, webhook);
        }
    }

    public void Dispose()
    {
        _client.Dispose();
        _places.Dispose();
        _begun.Dispose();
        _cut.Dispose();
    }

    private void Accept(WebhookUrl webhook, Alert alert)
    {
        lock (_gate)
        {
            var offered = _outbox.Offer(webhook, alert);
            if (offered == Offered.First)
                StartSender(webhook);
            if (offered != Offered.Full)
                return;
        }
        Tally.OnDropped();
        AlertsLog.Dropped(_logger, alert.Id, alert.JobName, _outbox.WaitingFor(webhook), webhook, _outbox.Waiting);
    }

    private void StartSender(WebhookUrl webhook)
    {
        var stop = new WebhookStop(_begun.Token, _cut.Token);
        var sender = new WebhookSender(webhook, _outbox, _client, _limits, Tally, _places, _time, _logger, stop);
        _senders.RemoveAll(task => task.IsCompleted);
        _senders.Add(Task.Run(sender.RunAsync));
    }
}
