using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Alerts;

/// <summary>One message to one webhook, as it waits to be sent.</summary>
/// <param name="Event">What happened.</param>
/// <param name="Kind">What of it this webhook is told.</param>
/// <param name="Format">In which form.</param>
/// <param name="RaisedAt">Timestamp of the <see cref="TimeProvider"/>.</param>
internal sealed record Alert(AlertEvent Event, AlertKinds Kind, AlertFormat Format, long RaisedAt)
{
    /// <summary>What it is signed with; null: nothing.</summary>
    public Secret? Secret { get; init; }

    private const string DevSuffix = "_dev";

    private static readonly AlertKinds[] MostSpecificFirst =
        [AlertKinds.NoWorker, AlertKinds.Threshold, AlertKinds.Failed, AlertKinds.Timeout, AlertKinds.Misfire];

    /// <summary>The same in each try, and for each webhook that is told the same: a receiver knows by it what it has seen.</summary>
    public string Id => $"{Event.Id}.{AlertWords.Of(Kind)}";

    /// <summary>As the HTTP interface shows it.</summary>
    public string JobName => Event.Server.IsDev ? Event.Job.Name + DevSuffix : Event.Job.Name;

    /// <summary>What a rule's webhook is told of an event: one thing, the most specific that it asked for; or nothing. Pure.</summary>
    public static AlertKinds KindFor(AlertRule rule, AlertEvent happened)
    {
        if (happened.Kinds == AlertKinds.Recovered)
            return rule.Kinds.HasFlag(AlertKinds.Recovered) && WasTold(rule, happened.Closes) ? AlertKinds.Recovered : AlertKinds.None;
        return MostSpecificFirst.FirstOrDefault(kind => (kind & happened.Kinds & rule.Kinds) != 0);
    }

    /// <summary>
    /// Who was not told of the trouble is not told of its end; who asked for ends alone is told of those that matter by default.
    /// </summary>
    private static bool WasTold(AlertRule rule, AlertKinds closes)
    {
        var troubles = rule.Kinds == AlertKinds.Recovered ? AlertKinds.Default : rule.Kinds;
        return (troubles & closes) != 0;
    }
}
