using System.Text.RegularExpressions;

namespace Qschedd.Tests.EndToEnd;

/// <summary>The packages and units, installed into directories of their own and looked at by the tools that will.</summary>
public sealed partial class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("qschedd-package-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Service_IsWalledIn_WhenMeasured() =>
        await RunAsync("systemd-analyze", "security", "--offline=true", "--threshold=15", "--no-pager", await UnitsAsync());

    [Fact]
    public async Task Units_HaveNothingToComplainOf_WhenVerified()
    {
        string service = await UnitsAsync();
        string said = await RunAsync("systemd-analyze", "verify", "--no-pager", service, Path.ChangeExtension(service, ".socket"));
        // Before 253, systemd stays with the line before this one, as the unit says.
        bool isOld = int.Parse(Version().Match(await RunAsync("systemd-analyze", "--version")).Groups[1].Value) < 253;
        Assert.DoesNotContain(
            said.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => !(isOld && line.EndsWith("Failed to parse service type, ignoring: notify-reload", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Deb_InstallsUpgradesAndGoes_AndKeepsStateUntilPurged()
    {
        string deb = await PackAsync("deb");
        string root = Directory.CreateDirectory(Path.Combine(_folder, "root")).FullName;
        foreach (string file in (string[])["var/lib/dpkg/status", "etc/passwd", "etc/group"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(root, file))!);
            File.WriteAllText(Path.Combine(root, file), "");
        }
        await DpkgAsync(root, "--install", deb);
        Assert.Contains("qschedd:", File.ReadAllText(Path.Combine(root, "etc/passwd")), StringComparison.Ordinal);
        string example = Path.Combine(root, "etc/qschedd/jobs.yaml.example"), state = Path.Combine(root, "var/lib/qschedd");
        File.WriteAllText(Path.Combine(state, "qschedd.db"), "records");
        File.AppendAllText(example, "# an operator's own words\n");
        await ServesAsync(Path.Combine(root, "usr/bin/qschedd"));

        await DpkgAsync(root, "--install", deb);
        Assert.Contains("own words", File.ReadAllText(example), StringComparison.Ordinal);
        await DpkgAsync(root, "--remove", "qschedd");
        Assert.Equal("records", File.ReadAllText(Path.Combine(state, "qschedd.db")));
        Assert.False(File.Exists(Path.Combine(root, "usr/bin/qschedd")));
        Assert.True(File.Exists(example));
        await DpkgAsync(root, "--purge", "qschedd");
        Assert.False(Directory.Exists(state));
        Assert.False(Directory.Exists(Path.Combine(root, "etc/qschedd")));
    }

    [Fact]
    public async Task Tarball_IsTheSameEachTime_AndRunsWhereItIsUnpacked()
    {
        string tarball = await PackAsync("dist");
        byte[] first = File.ReadAllBytes(tarball);
        Assert.Equal(first, File.ReadAllBytes(await PackAsync("dist")));
        await RunAsync("tar", "-xzf", tarball, "-C", _folder);
        string unpacked = Path.Combine(_folder, Path.GetFileName(tarball)[..^".tar.gz".Length]);
        await RunAsync("sh", "-c", $"cd '{unpacked}' && sha256sum --check --strict SHA256SUMS");
        Assert.True(File.Exists(Path.Combine(unpacked, "LICENSE")));
        await ServesAsync(Path.Combine(unpacked, "qschedd"));
    }

    [Fact]
    public async Task Version_IsTheSame_InTheBinaryAndInThePackages()
    {
        string version = (await RunAsync(Binary.Path, "--version")).Trim().Split('+')[0];
        Assert.Equal($"qschedd_{version}_amd64.deb", Path.GetFileName(await PackAsync("deb")));
    }

    /// <summary>The units, with the binary where it is now.</summary>
    private async Task<string> UnitsAsync()
    {
        string units = Directory.CreateDirectory(Path.Combine(_folder, "units")).FullName;
        foreach (string name in (string[])["qschedd.service", "qschedd.socket"])
            await File.WriteAllTextAsync(
                Path.Combine(units, name),
                (await File.ReadAllTextAsync(Path.Combine(Repo.Root, "packaging", name))).Replace("/usr/bin/qschedd", Binary.Path, StringComparison.Ordinal));
        return Path.Combine(units, "qschedd.service");
    }

    private async Task<string> PackAsync(string kind) => (await RunAsync(Path.Combine(Repo.Root, "packaging", "package.sh"), kind)).Trim();

    /// <summary>Into a root of its own: this machine's packages are not touched, and the scripts know where they work.</summary>
    private async Task DpkgAsync(string root, params string[] action) => await RunAsync(
        "dpkg", [$"--root={root}", $"--log={root}/dpkg.log", "--force-not-root", "--force-script-chrootless", "--force-depends", "--force-confold", .. action]);

    private static async Task ServesAsync(string binary)
    {
        await using var daemon = new DaemonProcess("apps: []") { Program = binary };
        using (var check = Binary.Start(binary, ["check", "-c", daemon.ConfigPath]))
        {
            await check.WaitForExitAsync();
            Assert.Equal(0, check.ExitCode);
        }
        await daemon.StartAsync();
        Assert.Equal("ok", await daemon.GetAsync("healthz"));
        Assert.Equal(0, await daemon.TerminateAsync());
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        var env = new Dictionary<string, string> { ["QSCHEDD_BINARY"] = Binary.Path, ["QSCHEDD_OUT"] = Path.Combine(_folder, "packed") };
        using var process = Binary.Start(program, arguments, env);
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: exit {process.ExitCode}\n{await output}{await error}");
        return await output + (program == "systemd-analyze" ? await error : "");
    }

    [GeneratedRegex(@"^systemd (\d+)")]
    private static partial Regex Version();
}
