using System.Collections.Frozen;
using Qschedd.Engine.Model;

namespace Qschedd.Cli.ReferenceAgent;

/// <param name="Listen"><c>host:port</c> or <c>http://host:port</c>; port 0 takes a free one.</param>
/// <param name="Token">The app's token: the key of the signatures, and the agent's own proof to the daemon.</param>
internal sealed record AgentOptions(string Listen, Secret Token)
{
    /// <summary>YAML map of job name to command list; null: the agent knows no job.</summary>
    public string? CommandsFile { get; init; }
    /// <summary>Commands at once; a task above it is answered 503.</summary>
    public int Slots { get; init; } = 16;
    /// <summary>Between two reports of a running task.</summary>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The daemon to register with, null: none. Needs <see cref="App"/>.</summary>
    public Uri? Server { get; init; }
    public string? App { get; init; }
    /// <summary>host:port at which the daemon reaches the agent; null: where it listens, on the host's address towards the server.</summary>
    public string? Address { get; init; }
    public string Hostname { get; init; } = Environment.MachineName;
    public TimeSpan RegisterEvery { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan RegisterAgainAfterFailure { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a stopping agent waits for running commands before it kills them.</summary>
    public TimeSpan DrainFor { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary>How long a stopping agent goes on trying to deliver the last reports.</summary>
    public TimeSpan ReportWhileStopping { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>From SIGTERM to SIGKILL.</summary>
    public TimeSpan KillGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The pause after a report's first failure; it doubles up to <see cref="ReportPauseMax"/>.</summary>
    public TimeSpan ReportPause { get; init; } = TimeSpan.FromSeconds(1);
    public TimeSpan ReportPauseMax { get; init; } = TimeSpan.FromMinutes(1);
    /// <summary>A report that cannot be delivered for so long is given up.</summary>
    public TimeSpan ReportFor { get; init; } = TimeSpan.FromHours(1);
    /// <summary>While so many ended tasks wait to be reported, new ones are answered 503.</summary>
    public int ReportsMax { get; init; } = 1_000;
    /// <summary>Task ids kept to recognise a task that is sent again; in memory only, so a restarted agent has forgotten them.</summary>
    public int TasksRemembered { get; init; } = 100_000;

    /// <summary>The time-out of one call to the daemon.</summary>
    public TimeSpan CallTimeout { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>What the agent can run, by job name.</summary>
internal sealed record AgentCommands(FrozenDictionary<string, LocalCommand> ByJob)
{
    public static readonly AgentCommands None = new(FrozenDictionary<string, LocalCommand>.Empty);
}
