using System.Globalization;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Cli.Client;

internal sealed record StateWord(string Word, TaskState State);

/// <summary>Numbers of the interface as people read them.</summary>
internal static class Wording
{
    public static readonly StateWord[] States =
    [
        new("starting", TaskState.Starting),
        new("started", TaskState.Started),
        new("finished", TaskState.Finished),
        new("ignored", TaskState.Ignored),
        new("failed", TaskState.Failed),
        new("no-worker", TaskState.NoWorker),
        new("queue-full", TaskState.QueueFull),
        new("unknown", TaskState.Unknown),
        new("never-run", TaskState.NeverRun),
    ];

    /// <summary>The word with its number: <c>finished (300)</c>.</summary>
    public static Cell State(long? number)
    {
        if (number is not { } state)
            return new Cell(null);
        string? word = Array.Find(States, s => (int)s.State == state)?.Word;
        return new Cell($"{word ?? "state"} ({state.ToString(CultureInfo.InvariantCulture)})", ToneOf(state));
    }

    /// <summary>On the wall of the caller's own zone: <c>2026-01-31 09:30:00</c>.</summary>
    public static string? At(long? ms, ZoneTable zone)
    {
        if (ms is not { } instant || instant is < -62_135_596_800_000 or > 253_402_214_400_000)
            return null;
        var local = DateTimeOffset.FromUnixTimeMilliseconds(instant + zone.OffsetSecondsAt(instant) * 1000L);
        return local.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
    }

    /// <summary>Two units at most: <c>350ms</c>, <c>1.2s</c>, <c>3m05s</c>, <c>2h04m</c>, <c>1d03h</c>.</summary>
    public static string? Span(long? ms) => ms switch
    {
        null => null,
        < 1000 => Invariant($"{Math.Max(0, ms.Value)}ms"),
        < 60_000 => Invariant($"{Math.Floor(ms.Value / 100.0) / 10:0.#}s"),
        < 3_600_000 => Invariant($"{ms / 60_000}m{ms / 1000 % 60:00}s"),
        < 86_400_000 => Invariant($"{ms / 3_600_000}h{ms / 60_000 % 60:00}m"),
        _ => Invariant($"{ms / 86_400_000}d{ms / 3_600_000 % 24:00}h"),
    };

    public static string Count(int count, string one) => Invariant($"{count} {one}{(count == 1 ? "" : "s")}");

    private static Tone ToneOf(long state) => state switch
    {
        (int)TaskState.Finished => Tone.Good,
        (int)TaskState.Starting or (int)TaskState.Started => Tone.Busy,
        < 0 => Tone.Bad,
        _ => Tone.Faint,
    };

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
