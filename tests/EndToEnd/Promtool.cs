using System.Diagnostics;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Prometheus's own checker.</summary>
internal static class Promtool
{
    /// <summary>Whatever it says: it is silent, or says SUCCESS, when all is well.</summary>
    public static async Task<(int Exit, string Said)> RunAsync(string input, params string[] arguments)
    {
        string path = Path.Combine(Repo.Root, "out", "peers", "promtool");
        Assert.True(File.Exists(path), $"no promtool at {path}: run 'make peers' first");
        using var process = Process.Start(new ProcessStartInfo(path, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var said = Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, string.Concat(await said).Trim());
    }
}
