using Qschedd.Config;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

/// <summary>Hashes are stored: these values may never change by themselves.</summary>
public class HashTests
{
    private const string Local = "type: local\ncommand: [a, b]\nenv: {A: '1'}\n";

    [Theory]
    [InlineData("0 30 9 * * ?", "Asia/Shanghai", 0, 2855353963155644301)]
    [InlineData("0 30 9 * * ?", "Asia/Shanghai", 1, 2855355062667272766)]
    [InlineData("0 30 9 * * ?", "UTC", 0, 2978704810638047640)]
    public void TriggerKey_IsTheSameForGood_WhenCronZoneAndOrdinalAre(string cron, string zone, int ordinal, long key) =>
        Assert.Equal(key, TriggerTable.KeyOf(cron, zone, ordinal));

    [Fact]
    public void TriggerKey_StaysWithItsCron_WhenTheListIsReorderedOrTheParamChanges()
    {
        Job one = ConfigFolder.JobOf("crons: [{cron: '0 0 1 * * ?', param: {a: 1}}, {cron: '0 0 2 * * ?'}, {cron: '0 0 1 * * ?'}]");
        Job other = ConfigFolder.JobOf("crons: [{cron: '0 0 2 * * ?'}, {cron: '0 0 1 * * ?', param: {b: 2}}, {cron: '0 0 1 * * ?'}]");
        Assert.Equal(one.Triggers.Select(t => t.Key).Order(), other.Triggers.Select(t => t.Key).Order());
        Assert.Equal(3, one.Triggers.Select(t => t.Key).Distinct().Count());
        Assert.Equal(one.Triggers[1].Key, ConfigFolder.JobOf("cron: '0 0 2 * * ?'").Triggers[0].Key);
        Assert.All(one.Triggers, trigger => Assert.True(trigger.Key > 0));
    }

    [Theory]
    [InlineData("", 2610083428462123244)]
    [InlineData("cron: '0 30 9 * * ?'\nparameter: {city: beijing}\nrecover: retry\nretry: {attempts: 3, delay: 10s, backoff: 2}", -4587161214879036387)]
    [InlineData(Local, 1311012486780377210)]
    public void DefinitionHash_IsTheSameForGood_WhenTheJobIs(string keys, long hash) => Assert.Equal(hash, ConfigFolder.JobOf(keys).DefinitionHash);

    [Theory]
    [InlineData("desc: x")]
    [InlineData("cron: '0 0 2 * * ?'")]
    [InlineData("cron: '0 0 1 * * ?'\ntimeZone: UTC")]
    [InlineData("crons: [{cron: '0 0 1 * * ?'}]")]
    [InlineData("crons: [{cron: '0 0 1 * * ?', param: {a: 1}}]")]
    [InlineData("parameter: {a: 1}")]
    [InlineData("recover: retry")]
    [InlineData("loadBalance: first")]
    [InlineData("overlap: allow")]
    [InlineData("timeout: 1s")]
    [InlineData("killAfter: 1s")]
    [InlineData("retry: {attempts: 2}")]
    [InlineData("consecutiveFailTimesAlertThreshold: 2")]
    [InlineData("state: false")]
    [InlineData("workers: ['a:1']")]
    [InlineData("protocol: xxl-job")]
    [InlineData("protocol: xxl-job\nhandler: h")]
    [InlineData("alerts: [{webhook: 'http://a'}]")]
    [InlineData("alerts: [{webhook: 'http://a', format: slack}]")]
    [InlineData("alerts: [{webhook: 'http://a', events: [failed]}]")]
    [InlineData(Local)]
    [InlineData("type: local\ncommand: [ab]\nenv: {A: '1'}")]
    [InlineData("type: local\ncommand: [a, b]\nenv: {A: '2'}")]
    [InlineData("type: local\ncommand: [a, b]\nenv: {A: '1'}\nworkingDirectory: /srv")]
    public void DefinitionHash_Changes_WhenAnyKeyDoes(string keys)
    {
        string[] others = ["", "cron: '0 0 1 * * ?'", Local];
        long hash = ConfigFolder.JobOf(keys).DefinitionHash;
        Assert.All(others.Where(other => other != keys), other => Assert.NotEqual(hash, ConfigFolder.JobOf(other).DefinitionHash));
    }

    [Fact]
    public void DefinitionHash_IsTheSame_WhenOnlyTheOrderOfKeysOrASecretChanges()
    {
        Assert.Equal(ConfigFolder.JobOf("desc: x\ntimeout: 60s").DefinitionHash, ConfigFolder.JobOf("timeout: 1m\ndesc: 'x'").DefinitionHash);
        Assert.Equal(WithSecret("one").DefinitionHash, WithSecret("two").DefinitionHash);
    }

    private static Job WithSecret(string secret)
    {
        using var folder = new ConfigFolder { Variables = { ["S"] = secret } };
        folder.With("q.yaml", """apps: [{name: a, id: 1, token: "${env:S}", jobs: [{name: j, type: local, command: [x], env: {PASSWORD: "${env:S}"}}]}]""");
        Job job = folder.Load("q.yaml").Catalog!.Jobs["j"];
        Assert.Equal(secret, Assert.Single(job.Command!.Env).Value);
        return job;
    }
}
