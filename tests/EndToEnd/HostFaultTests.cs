using System.Diagnostics;
using System.Net;

namespace Qschedd.Tests.EndToEnd;

/// <summary>What a host may do to a daemon: files that may not grow, files that go, libraries that are not there.</summary>
public class HostFaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Covers the library of OpenSSL by an empty file, for this process and its children alone, then runs what is given.
    private const string WithoutOpenSsl = """
        for file in $(ldconfig -p | sed -n 's/.*libssl\.so.* => //p'); do mount --bind /dev/null "$file" || exit 9; done; exec "$@"
        """;

    private const string Apps = """
        apps:
          - name: demo
            id: 1
            token: t-demo-1
            jobs:
              - {name: often, type: local, command: [/bin/true], cron: "* * * * * ?"}
        """;

    [Fact]
    public async Task FileSizeLimit_IsTrouble_AndEndsWithTheLimit()
    {
        await using var daemon = await new DaemonProcess(Apps).StartAsync();
        await LimitAsync(daemon, "4096:unlimited");
        await Eventually.Holds(async () => await ReadyAsync(daemon) == HttpStatusCode.ServiceUnavailable, Patience, () => "no trouble is told");
        await LimitAsync(daemon, "unlimited:unlimited");
        await Eventually.Holds(async () => await ReadyAsync(daemon) == HttpStatusCode.OK, Patience, () => "the trouble does not end");
        int before = (await daemon.TasksAsync("often")).Count;
        await Eventually.Holds(async () => (await daemon.TasksAsync("often")).Count > before, Patience, () => "nothing is recorded any more");
    }

    [Fact]
    public async Task DatabaseThatIsDeleted_IsTrouble_UntilItIsBack()
    {
        await using var daemon = await new DaemonProcess(Apps).StartAsync();
        File.Move(daemon.DatabasePath, daemon.DatabasePath + ".away");
        await Eventually.Holds(async () => await ReadyAsync(daemon) == HttpStatusCode.ServiceUnavailable, Patience, () => "no trouble is told");
        Assert.Contains("was deleted or moved away", await (await daemon.Http.GetAsync("readyz")).Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains(daemon.Lines, l => l.Contains("was deleted or moved away", StringComparison.Ordinal));
        File.Move(daemon.DatabasePath + ".away", daemon.DatabasePath);
        await Eventually.Holds(async () => await ReadyAsync(daemon) == HttpStatusCode.OK, Patience, () => "the trouble does not end");
    }

    [NamespaceFact]
    public async Task HostWithoutOpenSsl_ServesAndSigns_WhenNobodyAsksForHttps()
    {
        await using var worker = await ReceiptWorker.StartAsync();
        await using var place = new DaemonProcess($$"""
            apps:
              - name: demo
                id: 1
                token: t-demo-1
                workers: ["{{worker.Address}}"]
                jobs:
                  - {name: far, cron: "* * * * * ?"}
            """);
        using var process = StartWithoutOpenSsl(place.ConfigPath);
        await Eventually.Holds(() => worker.Receipts.Count > 0, "nothing reached the worker");
        Assert.Contains("\"far\"", await place.GetAsync($"api/jobs/far.do?token={DaemonProcess.AdminToken}"), StringComparison.Ordinal);
        process.Kill();
        await process.WaitForExitAsync();
    }

    [NamespaceFact]
    public async Task HostWithoutOpenSsl_SaysSoAtTheStart_WhenHttpsIsAskedFor()
    {
        await using var place = new DaemonProcess();
        File.WriteAllText(place.ConfigPath, $$"""
            server:
              listen: https://127.0.0.1:{{place.Port}}
              tls: {certificate: a.pem, key: a.pem}
            """);
        using var process = StartWithoutOpenSsl(place.ConfigPath);
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("this host has no OpenSSL", error, StringComparison.Ordinal);
    }

    private static Process StartWithoutOpenSsl(string config) => Binary.Start(
        "unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", WithoutOpenSsl, "sh", Binary.Path, "run", "-c", config, "--log-level", "error"]);

    private static async Task<HttpStatusCode> ReadyAsync(DaemonProcess daemon) => (await daemon.Http.GetAsync("readyz")).StatusCode;

    private static async Task LimitAsync(DaemonProcess daemon, string limit)
    {
        using var process = Process.Start("prlimit", [$"--pid={daemon.Pid}", $"--fsize={limit}"]);
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
    }
}
