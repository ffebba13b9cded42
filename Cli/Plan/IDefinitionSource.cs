namespace Qschedd.Cli.Plan;

/// <summary>A definition in force.</summary>
internal sealed record Definition(string Name, KeyTexts Keys);

/// <summary>Where a job runs otherwise than its file says. Key: <c>state</c>, or <c>workers.ADDRESS</c>.</summary>
internal sealed record Override(string Job, string Key, string File, string Running, string By, long AtMs, bool IsRegistered);

/// <summary>Who knows the definitions in force: a daemon, or its database.</summary>
internal interface IDefinitionSource : IAsyncDisposable
{
    /// <summary>As messages call it.</summary>
    string Name { get; }

    /// <summary>The server, the apps and the overrides; before the jobs.</summary>
    /// <exception cref="SourceFault">It cannot be asked.</exception>
    Task<Frame> ReadFrameAsync();

    /// <summary>By name, one after another.</summary>
    /// <exception cref="SourceFault">It cannot be asked.</exception>
    IAsyncEnumerable<Definition> ReadJobsAsync();
}

/// <summary>What stands around the jobs in force.</summary>
internal sealed record Frame(KeyTexts Server, IReadOnlyList<Definition> Apps, IReadOnlyList<Override> Overrides);

/// <summary>The message says what cannot be asked and what to do.</summary>
internal sealed class SourceFault(string message) : Exception(message);
