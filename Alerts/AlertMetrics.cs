using Qschedd.Engine.Figures;

namespace Qschedd.Alerts;

/// <summary>What <c>/metrics</c> says of the messages to webhooks.</summary>
internal static class AlertMetrics
{
    public static void Write(MetricsText text, AlertTally tally, int waiting)
    {
        text.Counter("qschedd_alerts_delivered_total", "Messages that a webhook took.", tally.Delivered);
        text.Counter("qschedd_alerts_undelivered_total", "Messages that a webhook refused, or did not take in time.", tally.Undelivered);
        text.Counter("qschedd_alerts_dropped_total", "Messages that were never tried, because too many waited.", tally.Dropped);
        text.Gauge("qschedd_alerts_waiting", "Messages that are not delivered yet.", waiting);
    }
}
