using Microsoft.Data.Sqlite;

namespace Qschedd.Tests.EndToEnd;

public class CommandLineTests
{
    private static readonly string MinimalYaml = $$"""
        apps:
          - name: demo
            id: 1
            token: {{DaemonProcess.Token}}
            jobs: [{name: job}]
        """;

    [Fact]
    public async Task Check_PrintsALineForEachOfTenMistakes_AndExits2()
    {
        string directory = Directory.CreateTempSubdirectory("qschedd-check-").FullName;
        string path = Path.Combine(directory, "ten.yaml");
        await File.WriteAllTextAsync(path, """
            server:
              timeZone: Asia/Beijing
              workerTtl: 90
            apps:
              - name: demo
                id: one
                token: t
                jobs:
                  - {name: a, corn: "0 0 1 * * ?"}
                  - {name: b, cron: "0 0 24 * * ?"}
                  - {name: c, cron: "0 1 * * ?"}
                  - {name: d, cron: "0 0 0 30 2 ?"}
                  - {name: b}
                  - {name: e, loadBalance: rand}
                  - {name: f, type: local}
            """);
        var (exit, output, error) = await Binary.RunAsync(["check", "-c", path]);
        string[] lines = error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal((2, ""), (exit, output));
        Assert.Equal(10, lines.Length);
        Assert.All(lines, l => Assert.Matches($@"^{path}:\d+:\d+: error: .+", l));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Check_SaysOk_ForTheExample()
    {
        var env = new Dictionary<string, string> { ["DEMO_TOKEN"] = "x1", ["QSCHEDD_ADMIN_TOKEN"] = "x2" };
        var (exit, output, error) = await Binary.RunAsync(["check", "-c", Path.Combine(Repo.Root, "jobs.example.yaml")], env);
        Assert.Equal((0, ""), (exit, error));
        Assert.Contains("ok: ", output);
    }

    [Theory]
    [InlineData("0 30 9 * * ?", "Asia/Shanghai", "2015-02-12T00:00:00", "2015-02-12T09:30:00+08:00")]
    [InlineData("0 30 2 * * ?", "America/New_York", "2024-03-10T00:00:00", "2024-03-10T03:30:00-04:00")]
    [InlineData("0 0 0 30 2 ?", "UTC", "2024-01-01", "")]
    [InlineData("0 0 0 1 1 ? 2019", "UTC", "2024-01-01T00:00:00Z", "")]
    public async Task Next_PrintsInstantsWithTheirOffset(string cron, string zone, string after, string expected)
    {
        var (exit, output, error) = await Binary.RunAsync(["next", cron, "-n", "1", "--tz", zone, "--after", after]);
        Assert.Equal((0, "", expected), (exit, error, output.TrimEnd('\n')));
    }

    [Theory]
    [InlineData("next", "0 0 24 * * ?")]
    [InlineData("next", "0 0 1 * * ?", "--tz", "Mars/Olympus")]
    [InlineData("next", "0 0 1 * * ?", "-n", "0")]
    [InlineData("next", "0 0 1 * * ?", "--after", "yesterday")]
    [InlineData("next")]
    [InlineData("run")]
    [InlineData("run", "-c", "/nowhere/jobs.yaml")]
    [InlineData("agent", "--listen", "127.0.0.1:0")]
    [InlineData("nonsense")]
    public async Task BadUsage_Exits2_WithALineThatSaysWhy(params string[] arguments)
    {
        var (exit, _, error) = await Binary.RunAsync(arguments);
        Assert.Equal(2, exit);
        Assert.NotEqual("", error.Trim());
    }

    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("next")]
    [InlineData("agent")]
    public async Task Help_ShowsAnExample(string command)
    {
        var (exit, output, _) = await Binary.RunAsync([command, "--help"]);
        Assert.Equal(0, exit);
        Assert.Contains($"qschedd {command} ", output);
        Assert.Contains("Example:", output);
    }

    [Fact]
    public async Task Version_IsPrinted()
    {
        var (exit, output, _) = await Binary.RunAsync(["--version"]);
        Assert.Equal(0, exit);
        Assert.Matches(@"^\d+\.\d+\.\d+", output);
    }

    [Fact]
    public async Task SecondDaemon_OnTheSameDatabase_RefusesToStart()
    {
        await using var first = await new DaemonProcess(MinimalYaml).StartAsync();
        await using var second = new DaemonProcess();
        second.Write(MinimalYaml, $"  database: {first.DatabasePath}");
        var (exit, _, error) = await Binary.RunAsync(["run", "-c", second.ConfigPath]);
        Assert.Equal(1, exit);
        string line = Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Contains(first.DatabasePath, line);
    }

    [Fact]
    public async Task DatabaseOfANewerSchema_RefusesToStart()
    {
        await using var daemon = await new DaemonProcess(MinimalYaml).StartAsync();
        Assert.Equal(0, await daemon.TerminateAsync());
        using (var connection = new SqliteConnection($"Data Source={daemon.DatabasePath};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 999";
            command.ExecuteNonQuery();
        }
        var (exit, _, error) = await Binary.RunAsync(["run", "-c", daemon.ConfigPath]);
        Assert.Equal(1, exit);
        Assert.Contains("999", error);
    }

    [Fact]
    public async Task AddressInUse_IsOneClearLine()
    {
        await using var first = await new DaemonProcess(MinimalYaml).StartAsync();
        await using var second = new DaemonProcess(MinimalYaml);
        await File.WriteAllTextAsync(second.ConfigPath, (await File.ReadAllTextAsync(second.ConfigPath)).Replace($":{second.Port}", $":{first.Port}", StringComparison.Ordinal));
        var (exit, _, error) = await Binary.RunAsync(["run", "-c", second.ConfigPath]);
        Assert.Equal(1, exit);
        Assert.Contains($"{first.Port}", Assert.Single(error.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
    }
}
