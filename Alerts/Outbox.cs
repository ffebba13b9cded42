using Qschedd.Engine.Model;

namespace Qschedd.Alerts;

internal enum Offered
{
    /// <summary>It waits behind others, whose sender will come to it.</summary>
    Waits,
    /// <summary>It is the first: its webhook needs a sender.</summary>
    First,
    /// <summary>Too many wait already, for this webhook or for all; or the daemon stops.</summary>
    Full,
}

/// <summary>
/// What waits to be sent, one bounded queue for each webhook. At the bound the older ones stay: they say how it began.
/// A webhook is known here from its first alert until its sender finds nothing more. Any thread may call.
/// </summary>
internal sealed class Outbox(int perWebhookMax, int waitingMax)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<WebhookUrl, Queue<Alert>> _queues = [];
    private int _waiting;
    private bool _isClosed;

    public int Waiting => Volatile.Read(ref _waiting);

    public Offered Offer(WebhookUrl webhook, Alert alert)
    {
        lock (_gate)
        {
            if (_isClosed || _waiting >= waitingMax)
                return Offered.Full;
            bool isKnown = _queues.TryGetValue(webhook, out var queue);
            if (queue?.Count >= perWebhookMax)
                return Offered.Full;
            (queue ??= _queues[webhook] = new Queue<Alert>(4)).Enqueue(alert);
            _waiting++;
            return isKnown ? Offered.Waits : Offered.First;
        }
    }

    /// <summary>The oldest, which stays until it is taken; null: nothing waits, and the sender is done.</summary>
    public Alert? Next(WebhookUrl webhook)
    {
        lock (_gate)
        {
            if (_queues[webhook].TryPeek(out var alert))
                return alert;
            _queues.Remove(webhook);
            return null;
        }
    }

    /// <summary>The oldest is delivered or given up.</summary>
    public void Take(WebhookUrl webhook)
    {
        lock (_gate)
        {
            _queues[webhook].Dequeue();
            _waiting--;
        }
    }

    public int WaitingFor(WebhookUrl webhook)
    {
        lock (_gate)
            return _queues.TryGetValue(webhook, out var queue) ? queue.Count : 0;
    }

    /// <summary>Takes no more.</summary>
    public void Close()
    {
        lock (_gate)
            _isClosed = true;
    }

    /// <summary>What is left when all senders have ended.</summary>
    public IReadOnlyList<(WebhookUrl Webhook, int Count)> Left()
    {
        lock (_gate)
        {
            var left = new List<(WebhookUrl, int)>();
            foreach (var (webhook, queue) in _queues)
            {
                if (queue.Count > 0)
                    left.Add((webhook, queue.Count));
            }
            return left;
        }
    }
}
