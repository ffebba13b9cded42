using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>Keeps what the engine raises.</summary>
internal sealed class NotedAlerts : IAlertSink
{
    public List<AlertEvent> Events { get; } = [];

    public IEnumerable<AlertKinds> Kinds => Events.Select(e => e.Kinds);

    public void Raise(AlertEvent alert) => Events.Add(alert);
}
