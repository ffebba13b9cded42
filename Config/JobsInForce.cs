using System.Collections.Frozen;
using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>
/// The apps and jobs of the catalog in force. What reads the same again is taken over as it is: of a hundred thousand jobs with one
/// change a reload then leaves nothing new for the collector to move, and who compares the catalogs finds the same objects.
/// </summary>
/// <param name="catalog">Null: there is none yet.</param>
internal sealed class JobsInForce(Catalog? catalog)
{
    private readonly Dictionary<string, App> _apps =
        catalog?.Apps.ToDictionary(app => app.Name, StringComparer.Ordinal) ?? [];

    /// <summary>The app in force that says the same as <paramref name="read"/>, else this one.</summary>
    public App Known(App read)
    {
        if (!_apps.TryGetValue(read.Name, out App? known))
            return read;
        App aligned = read with
        {
            Workers = Same(known.Workers, read.Workers),
            Hidden = Same(known.Hidden, read.Hidden),
        };
        return aligned == known ? known : read;
    }

    /// <summary>The job in force that says the same as <paramref name="read"/>, else this one.</summary>
    public Job Known(Job read)
    {
        if (catalog is null || !catalog.Jobs.TryGetValue(read.Name, out Job? known) || known.DefinitionPrint != read.DefinitionPrint)
            return read;
        Job aligned = read with
        {
            Triggers = Same(known.Triggers, read.Triggers),
            Command = Same(known.Command, read.Command),
            Alerts = Same(known.Alerts, read.Alerts),
            Workers = Same(known.Workers, read.Workers),
            Hidden = Same(known.Hidden, read.Hidden),
            Secrets = Same(known.Secrets, read.Secrets),
        };
        return aligned == known ? known : read;
    }

    private static LocalCommand? Same(LocalCommand? known, LocalCommand? read)
    {
        if (known is null || read is null)
            return read;
        LocalCommand aligned = read with { Arguments = Same(known.Arguments, read.Arguments), Env = Same(known.Env, read.Env) };
        return aligned == known ? known : read;
    }

    // Equal lists and sets are no equal members of a record: unless they are the same one.
    private static ImmutableArray<T> Same<T>(ImmutableArray<T> known, ImmutableArray<T> read) =>
        known == read || known.SequenceEqual(read) ? known : read;

    private static FrozenDictionary<string, string>? Same(FrozenDictionary<string, string>? known, FrozenDictionary<string, string>? read) =>
        known is not null && read is not null && known.Count == read.Count && known.All(pair => read.GetValueOrDefault(pair.Key) == pair.Value)
            ? known : read;

    private static IReadOnlySet<string>? Same(IReadOnlySet<string>? known, IReadOnlySet<string>? read) =>
        known is not null && read is not null && known.SetEquals(read) ? known : read;
}
