using System.ComponentModel;
using System.Diagnostics;

namespace Qschedd.Tests.EndToEnd;

/// <summary>A test that mounts something, in a namespace of its own. Skipped, and named so, where that is not allowed: in most containers.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NamespaceFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> WhyNot = new(Probe);

    public NamespaceFactAttribute() => Skip = WhyNot.Value;

    private static string? Probe()
    {
        var info = new ProcessStartInfo("unshare", ["--user", "--map-root-user", "--mount", "true"]) { RedirectStandardError = true };
        try
        {
            using var process = Process.Start(info)!;
            string said = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : $"this host gives no namespaces: {said.Trim()}";
        }
        catch (Win32Exception missing)
        {
            return $"this host has no unshare: {missing.Message}";
        }
    }
}
