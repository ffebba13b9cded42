using System.Diagnostics;

namespace Qschedd.Tests.EndToEnd;

/// <summary>The published binary under test, as <c>make build</c> leaves it.</summary>
internal static class Binary
{
    public static string Path { get; } = Find();

    /// <summary>Runs a command to its end.</summary>
    public static async Task<(int Exit, string Out, string Error)> RunAsync(string[] arguments, IReadOnlyDictionary<string, string>? env = null)
    {
        using var process = Start(arguments, env);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, await output, await error);
    }

    public static Process Start(string[] arguments, IReadOnlyDictionary<string, string>? env = null) => Start(Path, arguments, env);

    /// <summary>Through another program, which starts it.</summary>
    public static Process Start(string program, string[] arguments, IReadOnlyDictionary<string, string>? env = null)
    {
        var info = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in (string[])["QSCHEDD_TOKEN", "QSCHEDD_SERVER", "STATE_DIRECTORY", "JOURNAL_STREAM", "NO_COLOR", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS"])
            info.Environment.Remove(name);
        foreach (var (name, value) in env ?? new Dictionary<string, string>())
            info.Environment[name] = value;
        return Process.Start(info)!;
    }

    private static string Find()
    {
        string? given = Environment.GetEnvironmentVariable("QSCHEDD_BINARY");
        string path = string.IsNullOrEmpty(given) ? System.IO.Path.Combine(Repo.Root, "out", "qschedd") : given;
        return File.Exists(path) ? path : throw new InvalidOperationException($"no binary at {path}: run 'make build' first");
    }
}

internal static class Repo
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string directory) =>
        File.Exists(Path.Combine(directory, "qschedd.csproj")) ? directory : Find(Path.GetDirectoryName(directory)!);
}
