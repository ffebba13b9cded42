using Microsoft.Extensions.Logging;
using Qschedd.Engine.Model;

namespace Qschedd.Alerts;

/// <summary>
/// Sends what waits for one webhook, in order, one at a time: the next one goes when the one before is delivered or given up.
/// Lives until nothing waits.
/// </summary>
internal sealed class WebhookSender(
    WebhookUrl webhook, Outbox outbox, WebhookClient client, WebhookLimits limits, AlertTally tally, SemaphoreSlim places,
    TimeProvider time, ILogger logger, WebhookStop stop)
{
    private TimeSpan _pause = limits.FirstPause;
    private string? _trouble;

    public async Task RunAsync()
    {
        while (outbox.Next(webhook) is { } alert && !stop.Cut.IsCancellationRequested)
        {
            if (time.GetElapsedTime(alert.RaisedAt) >= limits.GiveUpAfter)
                GiveUp(alert, $"not within {limits.GiveUpAfter.TotalMinutes:0.###} min: {_trouble ?? "others waited before it"}");
            else
                await TryAsync(alert);
        }
    }

    private async Task TryAsync(Alert alert)
    {
        var verdict = await PostAsync(alert);
        switch (verdict.Result)
        {
            case VerdictResult.Delivered:
                OnDelivered();
                await PauseAsync(WebhookLimits.PaceOf(alert.Format));
                break;
            case VerdictResult.Refused:
                GiveUp(alert, verdict.Reason);
                break;
            default:
                OnTrouble(verdict.Reason);
                await PauseAsync(verdict.After > _pause ? verdict.After : _pause);
                _pause = _pause * 2 < limits.LongestPause ? _pause * 2 : limits.LongestPause;
                break;
        }
    }

    private async Task<Verdict> PostAsync(Alert alert)
    {
        bool hasPlace = false;
        try
        {
            await places.WaitAsync(stop.Cut);
            hasPlace = true;
            return await client.PostAsync(webhook, alert, stop.Cut);
        }
        catch (OperationCanceledException) when (stop.Cut.IsCancellationRequested)
        {
            return new Verdict(VerdictResult.Again, "the daemon stopped");
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // The edge of a request: whatever went wrong here, the alerts behind this one are to be sent.
            return new Verdict(VerdictResult.Refused, $"a fault of qschedd's own: {fault.GetType().Name}: {fault.Message}");
        }
        finally
        {
            if (hasPlace)
                places.Release();
        }
    }

    private void OnDelivered()
    {
        outbox.Take(webhook);
        _pause = limits.FirstPause;
        if (_trouble is not null)
            AlertsLog.DeliveredAgain(logger, webhook, outbox.WaitingFor(webhook));
        _trouble = null;
        tally.OnDelivered(); // last: who sees the count finds the rest done
    }

    private void OnTrouble(string reason)
    {
        if (stop.Cut.IsCancellationRequested)
            return; // cut by the stop, which counts what is left
        if (_trouble != reason)
            AlertsLog.Waiting(logger, webhook, webhook.Scrub(reason), limits.GiveUpAfter.TotalMinutes);
        _trouble = reason;
    }

    private void GiveUp(Alert alert, string reason)
    {
        outbox.Take(webhook);
        AlertsLog.GivenUp(logger, alert.Id, alert.JobName, webhook, webhook.Scrub(reason));
        tally.OnUndelivered(1);
    }

    /// <summary>A stop ends the pause, so that what waits is tried once more, and makes the following ones short.</summary>
    private async Task PauseAsync(TimeSpan pause)
    {
        try
        {
            bool isStopping = stop.Begun.IsCancellationRequested;
            bool isShort = !isStopping || pause < limits.FirstPause;
            await Task.Delay(isShort ? pause : limits.FirstPause, time, isStopping ? stop.Cut : stop.Begun);
        }
        catch (OperationCanceledException)
        {
            // The pause is over.
        }
    }
}

/// <param name="Begun">The daemon stops: what waits is to be sent soon or never.</param>
/// <param name="Cut">Nothing more is sent.</param>
internal sealed record WebhookStop(CancellationToken Begun, CancellationToken Cut);
