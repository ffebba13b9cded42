using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>What the meaning of a file depends on besides its text.</summary>
internal sealed record ConfigEnvironment
{
    /// <summary>Environment variables, for <c>${env:NAME}</c>; null when one is not set.</summary>
    public required Func<string, string?> GetVariable { get; init; }
    /// <summary>IANA id of the host's time zone.</summary>
    public required string HostTimeZone { get; init; }
    /// <summary><c>$STATE_DIRECTORY</c> as systemd gives it: several are separated by colons, the first counts.</summary>
    public string? StateDirectory { get; init; }
    /// <summary>The host's name: what a wildcard listen address is advertised as.</summary>
    public required string HostName { get; init; }
    /// <summary>Judges who else may change the files; null: nobody asks. Its faults are errors, or only warnings for who merely looks.</summary>
    public FileTrust? Trust { get; init; }
    public bool IsDistrustFatal { get; init; } = true;
    /// <summary>In force until now, null at a start: what reads the same as in it stays the same object.</summary>
    public Catalog? InForce { get; init; }
    /// <summary>The instant after which a job's cron must still have a time.</summary>
    public required long NowMs { get; init; }

    public static ConfigEnvironment OfProcess(TimeProvider time) => new()
    {
        GetVariable = Environment.GetEnvironmentVariable,
        HostTimeZone = ZoneTable.Local.Id,
        StateDirectory = Environment.GetEnvironmentVariable("STATE_DIRECTORY"),
        HostName = Environment.MachineName,
        NowMs = time.GetUtcNow().ToUnixTimeMilliseconds(),
    };
}
