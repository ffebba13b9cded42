using System.Runtime.Versioning;
using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Files that others may change, and a process that others may look into.</summary>
[UnsupportedOSPlatform("windows")]
public class TrustTests
{
    private const UnixFileMode ForAll = (UnixFileMode)0x1B6;
    private const UnixFileMode ForMe = (UnixFileMode)0x1A4;
    private const string Nobody = "65534";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly string Apps = $"apps:\n  - {{name: demo, id: 1, token: {DaemonProcess.Token}}}\n";

    [Fact]
    public async Task Start_IsRefused_WhenEverybodyMayWriteTheConfiguration()
    {
        await using var daemon = new DaemonProcess();
        daemon.Write(Apps);
        File.SetUnixFileMode(daemon.ConfigPath, ForAll);

        var (exit, _, error) = await Binary.RunAsync(["run", "-c", daemon.ConfigPath]);

        Assert.Equal((2, $"{daemon.ConfigPath}:1:1: error: {daemon.ConfigPath} can be written by every user of this host: type 'chmod o-w {daemon.ConfigPath}'\n"), (exit, error));
        var (checkedExit, _, warning) = await Binary.RunAsync(["check", "-c", daemon.ConfigPath]);
        Assert.Equal(0, checkedExit);
        Assert.Contains("warning: 'run' would refuse it", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_IsRefused_WhenEverybodyMayWriteTheDatabase()
    {
        await using var daemon = new DaemonProcess();
        daemon.Write(Apps);
        await daemon.StartAsync();
        await daemon.TerminateAsync();
        File.SetUnixFileMode(daemon.DatabasePath, ForAll);

        var (exit, _, error) = await Binary.RunAsync(["run", "-c", daemon.ConfigPath]);

        Assert.Equal((1, $"qschedd: {daemon.DatabasePath} can be written by every user of this host: type 'chmod o-w {daemon.DatabasePath}'\n"), (exit, error));
    }

    [Fact]
    public async Task Reload_IsRefused_UntilTheModeIsMended()
    {
        await using var daemon = new DaemonProcess();
        daemon.Write(Apps);
        await daemon.StartAsync();
        File.SetUnixFileMode(daemon.ConfigPath, ForAll);
        daemon.Write(Apps + "  - {name: other, id: 2, token: t-other-1, jobs: [{name: new}]}\n");
        await Eventually.Holds(async () => (await daemon.GetAsync("readyz")).Contains("every user of this host", StringComparison.Ordinal), Patience, () => "not refused");
        File.SetUnixFileMode(daemon.ConfigPath, ForMe);
        daemon.Signal(1);
        await Eventually.Holds(async () => (string?)(await daemon.GetJsonAsync($"api/jobs/new.do?token={DaemonProcess.AdminToken}"))["data"]?["name"] == "new", Patience, () => "not taken");
    }

    /// <summary>Commands run as the daemon's user; what it has in its environment is none of theirs.</summary>
    [Fact]
    public async Task Environment_IsClosed_ToCommandsOfTheSameUser()
    {
        await using var daemon = new DaemonProcess();
        string folder = daemon.Directory, binary = Path.Combine(folder, "qschedd");
        daemon.Write($$"""
            apps:
              - name: demo
                id: 1
                token: ${env:CANARY_TOKEN}
                jobs: [{name: peek, type: local, command: [/bin/sh, -c, "cat /proc/$PPID/environ; cat /proc/$PPID/maps | head -1; echo end"]}]
            """, $"  database: {folder}/state/qschedd.db");
        Directory.CreateDirectory($"{folder}/state");
        File.Copy(Binary.Path, binary);
        File.SetUnixFileMode(binary, (UnixFileMode)0x1ED);
        string[] start = [binary, "run", "-c", daemon.ConfigPath];
        // To root nothing is closed: the daemon is started as nobody then.
        if (Environment.UserName == "root")
        {
            await Binary.Start("/bin/chown", ["-R", $"{Nobody}:{Nobody}", folder]).WaitForExitAsync();
            start = ["/usr/bin/setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups", .. start];
        }
        using var process = Binary.Start(start[0], start[1..], new Dictionary<string, string> { ["CANARY_TOKEN"] = "c4nary-token-in-environ" });
        try
        {
            await Eventually.Holds(async () => await IsReadyAsync(daemon), Patience, () => "not ready");
            string id = (string)JsonNode.Parse(await daemon.PostAsync("api/tasks.do", new { job = "peek", token = DaemonProcess.AdminToken }))!["message"]!;
            string seen = "";
            await Eventually.Holds(async () => (seen = await OutputAsync(daemon, id)).Contains("end", StringComparison.Ordinal), Patience, () => $"peek did not end: {seen}");
            Assert.DoesNotContain("c4nary", seen, StringComparison.Ordinal);
            Assert.Contains("Permission denied", seen, StringComparison.Ordinal);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
        }
    }

    private static async Task<string> OutputAsync(DaemonProcess daemon, string task) =>
        (string?)(await daemon.GetJsonAsync($"api/tasks/{task}.do?token={DaemonProcess.AdminToken}"))["data"]!["output"] ?? "";

    private static async Task<bool> IsReadyAsync(DaemonProcess daemon)
    {
        try
        {
            return (await daemon.Http.GetAsync("readyz")).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false; // not listening yet
        }
    }
}
