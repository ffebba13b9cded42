namespace Qschedd.Tests.EndToEnd;

public class ReloadTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static string Apps(params string[] jobs) => $$"""
        apps:
          - name: demo
            id: 1
            token: {{DaemonProcess.Token}}
            jobs:
        {{string.Join('\n', jobs.Select(j => $"      - {j}"))}}
        """;

    private static string Local(string name, string more = "") => $$"""{name: {{name}}, type: local, command: [/bin/true], cron: "* * * * * ?"{{more}}}""";

    [Fact]
    public async Task ChangedFile_IsInForce_AndABrokenOneChangesNothingAndIsTold()
    {
        await using var daemon = await new DaemonProcess(Apps(Local("one"))).StartAsync();
        daemon.Write(Apps(Local("one"), Local("two")));
        await Eventually.Holds(async () => await NameAsync(daemon, "two") == "two", Patience, () => "the added job is not there");
        daemon.Write(Apps(Local("one"), Local("two", ", corn: x")));
        await Eventually.Holds(async () => (await daemon.GetAsync("readyz")).Contains("corn", StringComparison.Ordinal), Patience, () => "readyz says nothing");
        await Eventually.Holds(
            () => daemon.Lines.Any(l => l.Contains($"{daemon.ConfigPath}:", StringComparison.Ordinal) && l.Contains("did you mean 'cron'", StringComparison.Ordinal)),
            "the log does not name the line");
        Assert.Equal("two", await NameAsync(daemon, "two"));
        daemon.Write(Apps(Local("two")));
        await Eventually.Holds(async () => await NameAsync(daemon, "one") is null, Patience, () => "the removed job is still there");
        Assert.Equal("ready", await daemon.GetAsync("readyz"));
    }

    [Fact]
    public async Task FileRenamedIntoPlace_AndLinkTurned_AreSeen()
    {
        await using var daemon = new DaemonProcess(Apps(Local("first")));
        string real = Path.Combine(daemon.Directory, "real.yaml"), other = Path.Combine(daemon.Directory, "other.yaml");
        File.Move(daemon.ConfigPath, real);
        File.CreateSymbolicLink(daemon.ConfigPath, real);
        await daemon.StartAsync();
        await File.WriteAllTextAsync(other, (await File.ReadAllTextAsync(real)).Replace("first", "second", StringComparison.Ordinal));
        File.CreateSymbolicLink(daemon.ConfigPath + ".new", other);
        File.Move(daemon.ConfigPath + ".new", daemon.ConfigPath, overwrite: true);
        await Eventually.Holds(async () => await NameAsync(daemon, "second") == "second", Patience, () => "the turned link was not seen");
        await File.WriteAllTextAsync(real + ".new", (await File.ReadAllTextAsync(real)).Replace("first", "third", StringComparison.Ordinal));
        File.Move(real + ".new", other, overwrite: true);
        await Eventually.Holds(async () => await NameAsync(daemon, "third") == "third", Patience, () => "the renamed file was not seen");
    }

    [Fact]
    public async Task ReloadsWhileJobsFire_LoseAndDoubleNothing()
    {
        string[] jobs = [.. Enumerable.Range(0, 50).Select(i => Local($"job.{i}", ", overlap: allow"))];
        await using var daemon = await new DaemonProcess(Apps(jobs)).StartAsync("--log-level", "warning");
        for (int round = 0; round < 10; round++)
        {
            daemon.Write(Apps([.. jobs, Local($"extra.{round}")]));
            await Eventually.Holds(async () => await NameAsync(daemon, $"extra.{round}") is not null, Patience, () => $"round {round}: not in force");
        }
        for (int i = 0; i < jobs.Length; i++)
        {
            var times = (await daemon.TasksAsync($"job.{i}")).Select(t => (long)t!["scheduledTime"]!).Order().ToList();
            Assert.Equal(Enumerable.Range(0, times.Count).Select(n => times[0] + n * 1000L), times);
        }
    }

    private static async Task<string?> NameAsync(DaemonProcess daemon, string job) =>
        (string?)(await daemon.GetJsonAsync($"api/jobs/{job}.do?token={DaemonProcess.AdminToken}"))["data"]?["name"];
}
