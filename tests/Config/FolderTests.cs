using Qschedd.Config;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

public class FolderTests
{
    [Fact]
    public void Folder_IsMergedInTheOrderOfNames_WhenItHoldsSeveralFiles()
    {
        using var folder = new ConfigFolder();
        folder.With("20.yaml", "apps: [{name: b, id: 2, token: x, jobs: [{name: j2}]}]")
            .With("10.yaml", "apps: [{name: a, id: 1, token: x, jobs: [{name: j1}]}]")
            .With("B.yaml", "server: {timeZone: UTC, database: q.db}")
            .With("notes.txt", "not read: [")
            .With(".hidden.yaml", "not read: [")
            .With("old.yml", "not read: [");
        ConfigResult result = folder.LoadFolder();
        Assert.Empty(result.Errors);
        Catalog catalog = result.Catalog!;
        Assert.Equal(["a", "b"], catalog.Apps.Select(app => app.Name));
        Assert.Equal(["j1", "j2"], catalog.Jobs.Keys.Order());
        Assert.Equal(("UTC", $"{folder.Path}/q.db"), (catalog.Server.TimeZone, catalog.Server.Database));
    }

    // Jobs are built as they are read when the server's section is known, and kept for the end when it is not.
    [Theory]
    [InlineData("server:\n  timeZone: Europe/Paris\n", true)]
    [InlineData("# about the server\n\nserver: {timeZone: Europe/Paris}\n", true)]
    [InlineData("\"server\": {timeZone: Europe/Paris}\n", false)]
    public void Jobs_InheritFromTheServer_WhereverItsFileStands(string server, bool isReadFirst)
    {
        using var folder = new ConfigFolder();
        folder.With("a.yaml", "apps: [{name: a, id: 1, token: x, jobs: [{name: j1, cron: 0 0 9 * * ?}]}]\n")
            .With("b.yaml", server)
            .With("c.yaml", "apps: [{name: c, id: 3, token: x, jobs: [{name: j3, cron: 0 0 9 * * ?}, {name: j4, tokn: 1}]}]\n");
        Assert.Equal(
            ["c.yaml:1:84: error: unknown key 'tokn' in a job: its keys are"],
            folder.Lines(folder.LoadFolder()).Select(line => line[..line.IndexOf(" name,", StringComparison.Ordinal)]));
        Catalog catalog = folder.With("c.yaml", "apps: [{name: c, id: 3, token: x, jobs: [{name: j3, cron: 0 0 9 * * ?}]}]\n").LoadFolder().Catalog!;
        Assert.Equal(["j1", "j3"], catalog.Jobs.Keys);
        Assert.All(catalog.Jobs.Values, job => Assert.Equal("Europe/Paris", job.Triggers[0].TimeZone));
        Assert.Equal(isReadFirst, SourceFile.HasLineAtTop(folder.FileOf("b.yaml"), "server:"u8));
    }

    [Theory]
    [InlineData("apps: []\nserver: {}\n", true)]
    [InlineData("apps:\n  - server: x\n", false)]
    [InlineData("", false)]
    public void Server_IsSeenAtTheTopOfAFile_WhenALineBeginsWithIt(string text, bool isSeen)
    {
        using var folder = new ConfigFolder();
        Assert.Equal(isSeen, SourceFile.HasLineAtTop(folder.With("a.yaml", text).FileOf("a.yaml"), "server:"u8));
        Assert.False(SourceFile.HasLineAtTop(folder.FileOf("none.yaml"), "server:"u8));
        Assert.False(SourceFile.HasLineAtTop("/dev/zero", "server:"u8));
    }

    [Fact]
    public void Folder_IsWhereTheDatabaseGoes_WhenNothingElseIsSaid()
    {
        using var folder = new ConfigFolder();
        Assert.Equal($"{folder.Path}/qschedd.db", folder.With("a.yaml", "apps: []").LoadFolder().Catalog!.Server.Database);
    }

    [Fact]
    public void Folder_IsRefusedWithBothPlaces_WhenFilesClash()
    {
        using var folder = new ConfigFolder();
        folder.With("a.yaml", "server: {timeZone: UTC}\napps:\n  - {name: x, id: 1, token: x, jobs: [{name: j}]}\n")
            .With("b.yaml", "apps:\n  - {name: x, id: 2, token: x}\nserver: {timeZone: UTC}\n")
            .With("c.yaml", "apps:\n  - {name: y, id: 1, token: x, jobs: [{name: k}, {name: j}]}\n");
        Assert.Equal(
        [
            "b.yaml:2:12: error: app 'x' twice: first at a.yaml:3:12; put its jobs under one",
            "b.yaml:3:9: error: a second 'server': first at a.yaml:1:9; keep one",
            "c.yaml:2:19: error: app id 1 twice: first at a.yaml:3:19; each app has its own",
            "c.yaml:2:57: error: job 'j' twice: first at a.yaml:3:46; job names are unique over all apps",
        ], folder.Lines(folder.LoadFolder()));
    }

    [Fact]
    public void Folder_ReportsEveryFile_WhenOneCannotBeParsed()
    {
        using var folder = new ConfigFolder();
        folder.With("a.yaml", "apps: [").With("b.yaml", "aps: []").With("c.yaml", "");
        string[] lines = folder.Lines(folder.LoadFolder());
        Assert.Equal(["a.yaml", "b.yaml", "c.yaml"], lines.Select(line => line.Split(':')[0]));
    }

    [Fact]
    public void Path_IsRefusedAtItsStart_WhenNothingCanBeReadThere()
    {
        using var folder = new ConfigFolder();
        Assert.Equal(["none.yaml:1:1: error: no such file or directory"], folder.Lines(folder.Load("none.yaml")));
        Assert.Equal([$"{folder.Path}:1:1: error: no *.yaml file in this directory"], folder.Lines(folder.LoadFolder()));
        folder.With("a.yml", "apps: []");
        Assert.Equal([$"{folder.Path}:1:1: error: no *.yaml file in this directory: rename *.yml to *.yaml"], folder.Lines(folder.LoadFolder()));
        Assert.Equal([":1:1: error: not a usable path"], folder.Lines(ConfigLoader.Load("", folder.Environment())));
    }

    [Fact]
    public void FileName_IsShownAsGiven_WhenItIsRelative()
    {
        using var folder = new ConfigFolder();
        folder.With("q.yaml", "a: 1");
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, folder.FileOf("q.yaml"));
        Assert.Equal(relative, Assert.Single(ConfigLoader.Load(relative, folder.Environment()).Errors).File);
    }
}
