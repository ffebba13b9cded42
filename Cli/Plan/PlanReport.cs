namespace Qschedd.Cli.Plan;

/// <summary>A job, app or the server that is new, gone, or says something else.</summary>
internal sealed record Changed(string Name, ChangeKind Kind, IReadOnlyList<KeyChange> Keys)
{
    public long? NextBeforeMs { get; init; }
    public long? NextAfterMs { get; init; }
}

internal enum ChangeKind
{
    Added,
    Removed,
    Changed,
}

/// <summary>An override, and whether the new files would end it.</summary>
internal sealed record Drifted(Override Override, bool Ends);

/// <summary>What a reload would change.</summary>
internal sealed record PlanReport
{
    public required IReadOnlyList<KeyChange> Server { get; init; }
    public required IReadOnlyList<Changed> Apps { get; init; }
    public required IReadOnlyList<Changed> Jobs { get; init; }
    public required IReadOnlyList<Drifted> Drift { get; init; }
    public required int Unchanged { get; init; }

    public bool IsEmpty => Server.Count + Apps.Count + Jobs.Count == 0 && !Drift.Any(d => d.Ends);

    /// <summary>Keys of the server that take effect at the next start only, as far as they changed.</summary>
    public IEnumerable<string> Restart => Server.Select(c => c.Key).Where(k => RestartKeys.Note(k) is not null).Select(k => "server." + k);
}
