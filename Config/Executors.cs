using System.Collections.Immutable;
using Qschedd.Engine.Model;

namespace Qschedd.Config;

/// <summary>What is particular to executors of XXL-JOB.</summary>
internal static class Executors
{
    /// <summary>One form of each address, so that the same executor is one worker, written here or registered.</summary>
    public static ImmutableArray<Worker> Plain(ImmutableArray<Worker> workers) =>
    [
        .. workers.Select(worker => worker.Hostname == worker.Address
            ? new Worker(Worker.PlainAddress(worker.Address), Worker.PlainAddress(worker.Address))
            : worker with { Address = Worker.PlainAddress(worker.Address) }),
    ];

    /// <summary>The token goes to executors in a header, which they read in encodings of their own.</summary>
    public static void CheckToken(FileErrors errors, AppYaml app)
    {
        if (app.Token is { } token && token.Utf8.AsSpan().ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            errors.Add(app.TokenAt, "'token' of an app with protocol: xxl-job may hold ASCII letters, digits and signs only, and no spaces");
    }
}
