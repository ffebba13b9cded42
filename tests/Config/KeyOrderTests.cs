using System.Text.RegularExpressions;
using Qschedd.Config;
using Qschedd.Engine.Definitions;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

/// <summary>Jobs are built while they are read where that can be: what comes out must not show it.</summary>
public class KeyOrderTests
{
    private const string Server = "server: {timeZone: Europe/Paris, environment: dev, adminToken: admin}";

    private static readonly string[] Keys =
    [
        "name: shop",
        "id: 7",
        "code: shop_code",
        "token: shop-token",
        "workers: ['http://10.0.0.1:1/']",
        "protocol: xxl-job",
        "protocolVersion: 3.5",
        "alerts: [{webhook: '${env:HOOK}'}]",
        "defaults: {cron: '0 0 1 * * ?', recover: retry, desc: d}",
        "jobs: [{name: a}, {name: b, timeZone: UTC}, {name: c, crons: [{cron: '0 0 3 * * ?', param: {x: 1}}]}]",
    ];

    /// <summary>The keys of the app, turned so that each is once the last.</summary>
    public static TheoryData<int> Turns => [.. Enumerable.Range(0, Keys.Length)];

    [Theory]
    [MemberData(nameof(Turns))]
    public void Jobs_AreTheSame_WhateverOfTheirAppStandsBehindThem(int turn)
    {
        string expected = Text(Folder(Server, App(Keys)));
        Assert.Equal(expected, Text(Folder(Server, App([.. Keys[turn..], .. Keys[..turn]]))));
        Assert.Equal(expected, Text(Folder(App([.. Keys[turn..], .. Keys[..turn]]), Server)));
    }

    [Theory]
    [InlineData("0.yaml", "1.yaml")]
    [InlineData("1.yaml", "0.yaml")]
    public void Jobs_AreTheSame_WhicheverFileHasTheServer(string serverFile, string appFile)
    {
        using var folder = Variables().With(serverFile, Server).With(appFile, App(Keys));
        Assert.Equal(Text(Folder(Server, App(Keys))), Text(folder.LoadFolder()));
    }

    [Fact]
    public void Errors_AreTheSame_WhateverOfTheirAppStandsBehindThem()
    {
        string[] wrong = [.. Keys[..^1], "jobs: [{name: a, type: local}, {name: b_dev, cron: '0 0 0 1 1 ? 2001'}, {name: a}]"];
        string[] ahead = Messages(Folder(Server, App(wrong)));
        string[] turned = Messages(Folder(Server, App([.. wrong[^1..], .. wrong[..^1]])));
        Assert.Equal(4, ahead.Length);
        Assert.Equal(ahead, turned);
    }

    [Fact]
    public void ErrorsOfWholeJobs_WaitUntilTheFileCanBeRead()
    {
        string[] broken = ConfigFolder.ErrorsOf("""
            server: {}
            apps:
              - {name: x, id: 1, token: t, jobs: [{name: a, type: local}]}
              - [
            """);
        Assert.All(broken, error => Assert.StartsWith("q.yaml:4:", error));
        Assert.NotEmpty(broken);
    }

    [Fact]
    public void TwinsOfJobs_ArePlacedInTheOrderOfTheFile()
    {
        string[] errors = ConfigFolder.ErrorsOf("""
            server: {}
            apps:
              - {jobs: [{name: a}], name: x, id: 1, token: t}
              - {name: y, id: 2, token: u, jobs: [{name: a}, {name: b}]}
              - {name: z, id: 3, token: v, jobs: [{name: b}, {name: a}]}
            """);
        Assert.Equal(
            [
                "4:46: error: job 'a' twice: first at q.yaml:3:20",
                "5:46: error: job 'b' twice: first at q.yaml:4:57",
                "5:57: error: job 'a' twice: first at q.yaml:3:20",
            ],
            errors.Select(error => error["q.yaml:".Length..].Split(';')[0]));
    }

    private static ConfigFolder Variables()
    {
        var folder = new ConfigFolder();
        folder.Variables["HOOK"] = "https://alerts.example/secret";
        return folder;
    }

    private static string App(string[] keys) => "apps:\n- " + string.Join("\n  ", keys);

    private static ConfigResult Folder(string first, string second)
    {
        using ConfigFolder folder = Variables();
        return folder.With("q.yaml", first + "\n" + second).Load("q.yaml");
    }

    private static string[] Messages(ConfigResult result) => [.. result.Errors.Select(error => Regex.Replace(error.Message, @"\S+/q\.yaml:\d+:\d+", "")).Order()];


    private static string Text(ConfigResult result)
    {
        Assert.Empty(result.Errors);
        var text = new DefinitionText();
        IEnumerable<Job> jobs = result.Catalog!.Jobs.Values.OrderBy(job => job.Name);
        IEnumerable<string> shown = jobs.Select(job =>
            $"{Convert.ToHexString(text.Of(job))} {job.DefinitionHash} {job.DefinitionPrint} {string.Join(' ', job.Hidden ?? new HashSet<string>())} {job.App.Name}");
        return $"{Convert.ToHexString(text.Of(result.Catalog.Apps[0]))} {string.Join('\n', shown)}";
    }
}
