using Qschedd.Config;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

/// <summary>What a second reading takes over from the first, and what it must not.</summary>
public class JobsInForceTests
{
    private const string Yaml = """
        server: {}
        apps:
          - name: shop
            id: 7
            token: '${env:TOKEN}'
            workers: ['10.0.0.1:1', {address: '10.0.0.2:1', hostname: two}]
            alerts: [{webhook: '${env:HOOK}', format: dingtalk, secret: '${env:SIGN}'}]
            defaults: {workers: ['10.0.0.3:1']}
            jobs:
              - {name: remote, desc: d, cron: '0 0 1 * * ?', parameter: {a: 1}, retry: {attempts: 2}}
              - {name: list, crons: [{cron: '0 0 2 * * ?', param: {b: 1}}], parameter: {p: '${env:PARAM}'}}
              - {name: local, type: local, command: [/bin/true, x], env: {K: '${env:LOCAL}'}}
        """;

    private readonly ConfigFolder _folder = new ConfigFolder().With("q.yaml", Yaml);

    public JobsInForceTests()
    {
        foreach (string name in (string[])["TOKEN", "SIGN", "PARAM", "LOCAL"])
            _folder.Variables[name] = $"{name}-1";
        _folder.Variables["HOOK"] = "https://alerts.example/hook-1";
    }

    [Fact]
    public void Everything_IsTakenOver_WhenItReadsTheSame()
    {
        Catalog first = Read(null), second = Read(first);
        Assert.Same(first.Apps[0], second.Apps[0]);
        Assert.All(first.Jobs.Keys, name => Assert.Same(first.Jobs[name], second.Jobs[name]));
    }

    [Theory]
    [InlineData("desc: d", "desc: e", "remote")]
    [InlineData("0 0 1 * * ?", "0 0 4 * * ?", "remote")]
    [InlineData("{a: 1}", "{a: 2}", "remote")]
    [InlineData("attempts: 2", "attempts: 3", "remote")]
    [InlineData("param: {b: 1}", "param: {b: 2}", "list")]
    [InlineData("[/bin/true, x]", "[/bin/true, y]", "local")]
    [InlineData("10.0.0.3:1", "10.0.0.4:1", "remote")]
    public void Job_IsRead_WhenItsTextHasChanged(string before, string after, string job)
    {
        Catalog first = Read(null);
        _folder.With("q.yaml", Yaml.Replace(before, after));
        Assert.Contains(before, Yaml);
        Assert.NotSame(first.Jobs[job], Read(first).Jobs[job]);
    }

    [Theory]
    [InlineData("TOKEN")]
    [InlineData("SIGN")]
    [InlineData("HOOK")]
    [InlineData("PARAM")]
    [InlineData("LOCAL")]
    public void Secrets_AreThoseOfTheLastReading(string variable)
    {
        Catalog first = Read(null);
        _folder.Variables[variable] = variable == "HOOK" ? "https://alerts.example/hook-2" : $"{variable}-2";
        Assert.Equal(Secrets(Read(null)), Secrets(Read(first)));
        Assert.NotEqual(Secrets(first), Secrets(Read(first)));
    }

    [Fact]
    public void Job_BelongsToTheAppAsItIsNow_WhenOnlyTheAppHasChanged()
    {
        Catalog first = Read(null);
        _folder.With("q.yaml", Yaml.Replace("    workers: ['10.0.0.1:1'", "    workerPath: /other\n    workers: ['10.0.0.1:1'"));
        Catalog second = Read(first);
        Assert.Equal("/other", second.Apps[0].WorkerPath);
        Assert.All(second.Jobs.Values, job => Assert.Same(second.Apps[0], job.App));
    }

    private Catalog Read(Catalog? inForce)
    {
        ConfigResult result = ConfigLoader.Load(_folder.FileOf("q.yaml"), _folder.Environment() with { InForce = inForce });
        Assert.Empty(result.Errors);
        return result.Catalog!;
    }

    private static string Secrets(Catalog catalog)
    {
        AlertRule rule = catalog.Jobs["remote"].Alerts[0];
        return string.Join(' ', Convert.ToHexString(catalog.Apps[0].Token.Utf8), Convert.ToHexString(rule.Secret!.Utf8), rule.Webhook.Target,
            catalog.Jobs["list"].Sent(catalog.Jobs["list"].Parameter), catalog.Jobs["local"].Command!.Env[0].Value);
    }
}
