using System.Runtime.Versioning;
using Qschedd.Config;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

/// <summary>Whoever can write the configuration can have commands run: what others may change is refused, in words that mend it.</summary>
[UnsupportedOSPlatform("windows")]
public class TrustTests
{
    private const uint Own = 1000, Stranger = 1234;
    private const int File = 0x8000, Directory = 0x4000, Sticky = 0x200;

    [Theory]
    [InlineData(File | 0x1B4, 0, 0, "", "")] // 0664, root's
    [InlineData(File | 0x1A4, Own, Own, "", "")] // 0644
    [InlineData(File | 0x1B4, Own, Own, "", "")] // 0664: a checkout with umask 002
    [InlineData(File | 0x1B4, Own, 50, "", "group 50")]
    [InlineData(File | 0x1B6, Own, Own, "chmod o-w /etc/q.yaml", "")] // 0666
    [InlineData(File | 0x1B6, 0, 0, "chmod o-w /etc/q.yaml", "")]
    [InlineData(File | 0x180, Stranger, Stranger, "belongs to user 1234", "")] // 0600
    [InlineData(Directory | 0x1FF, 0, 0, "chmod o-w /etc/q.yaml", "")] // 0777
    [InlineData(Directory | Sticky | 0x1FF, 0, 0, "", "")] // /tmp
    [InlineData(Directory | Sticky | 0x1FF, Stranger, 0, "belongs to user 1234", "")] // a stranger's may be emptied by him
    [InlineData(Directory | 0x1FD, 0, 50, "", "group 50")] // 0775
    [InlineData(0xA1FF, 0, 0, "", "")] // a link
    [InlineData(0xA1FF, Stranger, 0, "chown -h", "")]
    public void Verdict_FollowsOwnerAndMode_WhenJudged(int mode, uint user, uint group, string fault, string warning)
    {
        FileVerdict verdict = new FileTrust(Own, Own).Judge("/etc/q.yaml", new FileFacts(user, group, mode));
        Assert.True(fault.Length == 0 ? verdict.Fault is null : verdict.Fault!.Contains(fault, StringComparison.Ordinal), verdict.Fault);
        Assert.True(warning.Length == 0 ? verdict.Warning is null : verdict.Warning!.Contains(warning, StringComparison.Ordinal), verdict.Warning);
    }

    [Fact]
    public void Caller_IsTrusted_WhenRootIsHeBySudo()
    {
        var facts = new FileFacts(Stranger, Stranger, File | 0x1A4);
        Assert.NotNull(new FileTrust(0, 0).Judge("/a", facts).Fault);
        Assert.Null(new FileTrust(0, 0, Caller: Stranger).Judge("/a", facts).Fault);
    }

    [Fact]
    public void ReadOnlyMount_IsTaken_WhateverItsModes() =>
        Assert.Equal(default, new FileTrust(Own, Own).Judge("/etc/config", new FileFacts(Stranger, 0, Directory | 0x1FF, IsMountedReadOnly: true)));

    [Fact]
    public void Facts_AreTheKernels_WhenAFileIsLookedAt()
    {
        using var folder = new ConfigFolder();
        folder.With("a.yaml", "x");
        System.IO.File.SetUnixFileMode(folder.FileOf("a.yaml"), (UnixFileMode)0x1A0);
        System.IO.File.CreateSymbolicLink(folder.FileOf("link"), "a.yaml");

        FileFacts file = FileFacts.Of(folder.FileOf("a.yaml"))!.Value;

        var trust = FileTrust.OfProcess();
        Assert.Equal((trust.User, File | 0x1A0, false), (file.User, file.Mode, file.IsMountedReadOnly));
        Assert.Equal(file, FileFacts.Of(folder.FileOf("link")));
        Assert.True(FileFacts.Of(folder.FileOf("link"), followLinks: false)!.Value.IsLink);
        Assert.True(FileFacts.Of(folder.Path)!.Value.IsDirectory);
        Assert.Null(FileFacts.Of(folder.FileOf("nothing")));
        Assert.Equal((0u, true), (FileFacts.Of("/tmp")!.Value.User, FileFacts.Of("/tmp")!.Value.IsSticky));
    }

    [Theory]
    [InlineData("q.yaml", 0x1B6, "q.yaml can be written by every user of this host: type 'chmod o-w ")]
    [InlineData(".", 0x1FF, " can be written by every user of this host: type 'chmod o-w ")]
    public void Load_IsRefused_WhenEverybodyMayWrite(string name, int mode, string fault)
    {
        using ConfigFolder folder = Good();
        System.IO.File.SetUnixFileMode(folder.FileOf(name), (UnixFileMode)mode);
        foreach (string path in (string[])[folder.Path, folder.FileOf("q.yaml")])
        {
            ConfigError error = Assert.Single(Load(folder, path).Errors);
            Assert.Equal((1, 1), (error.Line, error.Column));
            Assert.Contains(fault, error.Message);
        }
    }

    [Fact]
    public void Load_FollowsALink_ToWhereEverybodyMayWrite()
    {
        using ConfigFolder folder = Good(), elsewhere = Good();
        System.IO.File.SetUnixFileMode(elsewhere.Path, (UnixFileMode)0x1FF);
        System.IO.File.CreateSymbolicLink(folder.FileOf("link.yaml"), elsewhere.FileOf("q.yaml"));
        Assert.Contains($"{elsewhere.Path} can be written by every user", Assert.Single(Load(folder, folder.FileOf("link.yaml")).Errors).Message);
    }

    [Fact]
    public void Load_OnlyWarns_WhenItMerelyLooks()
    {
        using ConfigFolder folder = Good();
        System.IO.File.SetUnixFileMode(folder.FileOf("q.yaml"), (UnixFileMode)0x1B6);
        ConfigResult result = Load(folder, folder.Path, isFatal: false);
        Assert.NotNull(result.Catalog);
        Assert.StartsWith("'run' would refuse it, were it started by this user: ", Assert.Single(result.Warnings));
    }

    [Fact]
    public void Secret_IsRefused_WhenEverybodyMayWriteItsFile()
    {
        using ConfigFolder folder = Good();
        string secret = folder.FileOf("secret");
        folder.With("secret", "s3cret-s3cret-s3cret").With("q.yaml", $"apps:\n  - {{name: a, id: 1, token: \"${{file:{secret}}}\"}}\n");
        Assert.Empty(Load(folder, folder.FileOf("q.yaml")).Errors);
        System.IO.File.SetUnixFileMode(secret, (UnixFileMode)0x1B6);
        ConfigError error = Assert.Single(Load(folder, folder.FileOf("q.yaml")).Errors);
        Assert.Equal(2, error.Line);
        Assert.Contains($"{secret} can be written by every user of this host: type 'chmod o-w {secret}'", error.Message);
        Assert.DoesNotContain("s3cret-", error.Message);
    }

    private static ConfigFolder Good()
    {
        var folder = new ConfigFolder();
        System.IO.File.SetUnixFileMode(folder.Path, (UnixFileMode)0x1C0);
        folder.With("q.yaml", "apps: []\n");
        System.IO.File.SetUnixFileMode(folder.FileOf("q.yaml"), (UnixFileMode)0x1A4);
        return folder;
    }

    private static ConfigResult Load(ConfigFolder folder, string path, bool isFatal = true) =>
        ConfigLoader.Load(path, folder.Environment() with { Trust = FileTrust.OfProcess(), IsDistrustFatal = isFatal });
}
