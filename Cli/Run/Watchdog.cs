using System.Globalization;

namespace Qschedd.Cli.Run;

/// <summary>
/// The sign of life for the service manager: given only when the engine's loop has gone round since the last one, so that a loop
/// that is stuck, or threads that no longer run, end in a restart.
/// </summary>
/// <param name="rounds">How often the loop has gone round.</param>
/// <param name="ring">Wakes the loop, which otherwise may sleep longer than the manager waits.</param>
/// <param name="send">Gives the sign.</param>
internal sealed class Watchdog(Func<long> rounds, Action ring, Action<string> send)
{
    private long _seen = -1;

    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="processId">Of this process.</param>
    /// <returns>Half of what the manager waits; null: it does not watch this process.</returns>
    public static TimeSpan? Period(Func<string, string?> variable, int processId)
    {
        bool isOurs = variable("WATCHDOG_PID") is not { Length: > 0 } pid || pid == processId.ToString(CultureInfo.InvariantCulture);
        return isOurs && long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out long microseconds)
            && microseconds is > 1 and < long.MaxValue / 10
            ? TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerMillisecond, microseconds * 10 / 2))
            : null;
    }

    /// <summary>Called once a period.</summary>
    public void Beat()
    {
        long now = rounds();
        if (now == _seen)
            return; // it is rung already
        _seen = now;
        send("WATCHDOG=1");
        ring();
    }
}
