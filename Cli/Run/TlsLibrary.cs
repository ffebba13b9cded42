using System.Runtime.InteropServices;
using Qschedd.Engine.Model;

namespace Qschedd.Cli.Run;

/// <summary>
/// TLS comes from the host's OpenSSL, which the runtime loads at the first use and without which it aborts the process: so it is
/// looked for before anything that needs it begins.
/// </summary>
internal static class TlsLibrary
{
    // As the runtime looks for it (opensslshim.c of dotnet/runtime).
    private static readonly string[] Names = ["libssl.so.3", "libssl.so.1.1", "libssl.so.1.0.2", "libssl.so.1.0.0", "libssl.so.10"];

    /// <returns>Null when nothing is missing, else what it is needed for and what to do.</returns>
    public static string? WhyMissing(Catalog catalog, bool isServed) =>
        Need(catalog, isServed) is { } need && !IsThere()
            ? $"{need}, and for TLS this host has no OpenSSL: install it (Debian: libssl3), or do without https"
            : null;

    private static string? Need(Catalog catalog, bool isServed) =>
        isServed || catalog.Server.Listen.Any(IsHttps) ? "https is to be served"
        : catalog.Jobs.Values.Any(job => job.Alerts.Any(rule => IsHttps(rule.Webhook.Target.Scheme + ":"))) ? "alerts go to an https webhook"
        : null;

    private static bool IsHttps(string address) => address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);

    private static bool IsThere()
    {
        string? first = Environment.GetEnvironmentVariable("CLR_OPENSSL_VERSION_OVERRIDE");
        return Names.Prepend($"libssl.so.{first}").Any(name => NativeLibrary.TryLoad(name, out _));
    }
}
