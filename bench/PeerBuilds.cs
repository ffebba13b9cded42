using System.Diagnostics;
using Qschedd.Bench.Table;

namespace Qschedd.Bench;

/// <summary>The peers that are not .NET, built from the sources beside this program. Null: what it takes is not here.</summary>
internal static class PeerBuilds
{
    private const string DebianGoPath = "/usr/share/gocode";

    public static string? Nsleep(string sources, string folder) =>
        Build(folder, "nsleep", "gcc", ["-O2", "-o", Path.Combine(folder, "nsleep"), Path.Combine(sources, "nsleep.c")]);

    public static string? Robfig(string sources, string folder) =>
        Directory.Exists(Path.Combine(DebianGoPath, "src/github.com/robfig/cron"))
            ? Build(folder, "robfig", "go", ["build", "-o", Path.Combine(folder, "robfig"), Path.Combine(sources, "robfig.go")])
            : null;

    private static string? Build(string folder, string name, string compiler, string[] arguments)
    {
        if (Host.Find(compiler) is not { } path)
            return null;
        var info = new ProcessStartInfo(path, arguments) { RedirectStandardError = true };
        info.Environment["GO111MODULE"] = "off";
        info.Environment["GOPATH"] = DebianGoPath;
        info.Environment["GOCACHE"] = Path.Combine(folder, "go-cache");
        using var process = Process.Start(info)!;
        string errors = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode == 0)
            return Path.Combine(folder, name);
        Console.Error.WriteLine($"{name} cannot be built here:\n{errors}");
        return null;
    }
}
