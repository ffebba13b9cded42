using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

public class AlertTests
{
    private const string Url = "https://oapi.example/robot/send?access_token=s3cret";

    [Fact]
    public void Alerts_HaveEveryKey_WhenAllAreGiven()
    {
        Job job = ConfigFolder.JobOf($$"""
            alerts:
              - {webhook: '{{Url}}', events: [failed, noWorker], format: dingtalk}
              - webhook: http://10.0.0.9:8080/a
            """);
        Assert.Equal(2, job.Alerts.Length);
        Assert.Equal((Url, AlertKinds.Failed | AlertKinds.NoWorker, AlertFormat.DingTalk), Of(job.Alerts[0]));
        Assert.Equal(("http://10.0.0.9:8080/a", AlertKinds.Default, AlertFormat.Json), Of(job.Alerts[1]));
    }

    [Theory]
    [InlineData("failed", AlertKinds.Failed)]
    [InlineData("threshold", AlertKinds.Threshold)]
    [InlineData("timeout", AlertKinds.Timeout)]
    [InlineData("recovered", AlertKinds.Recovered)]
    [InlineData("noWorker", AlertKinds.NoWorker)]
    [InlineData("misfire", AlertKinds.Misfire)]
    internal void Event_IsRead_WhenItIsAWord(string word, AlertKinds kind)
    {
        Assert.Equal(kind, ConfigFolder.JobOf($"alerts: [{{webhook: 'http://a', events: [{word}]}}]").Alerts[0].Kinds);
        Assert.Equal(word, AlertWords.Of(kind));
    }

    [Theory]
    [InlineData("json", AlertFormat.Json)]
    [InlineData("dingtalk", AlertFormat.DingTalk)]
    [InlineData("wecom", AlertFormat.WeCom)]
    [InlineData("feishu", AlertFormat.Feishu)]
    [InlineData("slack", AlertFormat.Slack)]
    internal void Format_IsRead_WhenItIsAWord(string word, AlertFormat format) =>
        Assert.Equal(format, ConfigFolder.JobOf($"alerts: [{{webhook: 'http://a', format: {word}}}]").Alerts[0].Format);

    [Theory]
    [InlineData("", "", "none")]
    [InlineData("", "alerts: [{webhook: 'http://job'}]", "job")]
    [InlineData("alerts: [{webhook: 'http://app'}]", "", "app")]
    [InlineData("alerts: [{webhook: 'http://app'}]\ndefaults: {alerts: [{webhook: 'http://defaults'}]}", "", "defaults")]
    [InlineData("alerts: [{webhook: 'http://app'}]", "alerts: [{webhook: 'http://job'}]", "job")]
    [InlineData("alerts: [{webhook: 'http://app'}]\ndefaults: {alerts: []}", "", "none")]
    [InlineData("alerts: [{webhook: 'http://app'}]", "alerts: []", "none")]
    public void Alerts_AreTheJobsElseTheDefaultsElseTheApps(string app, string job, string host)
    {
        string jobs = "- name: j\n" + ConfigFolder.Indent(job, 2);
        var alerts = ConfigFolder.CatalogOfApp(app, jobs).Jobs["j"].Alerts;
        Assert.Equal(host, alerts is [var only] ? only.Webhook.Target.Host : "none");
    }

    [Fact]
    public void Webhook_ComesFromTheEnvironment_AndChangesNoHash()
    {
        Job one = Load("http://a/one"), other = Load("http://a/two");
        Assert.Equal(("http://a/one", "http://a/two"), (one.Alerts[0].Webhook.Target.AbsoluteUri, other.Alerts[0].Webhook.Target.AbsoluteUri));
        Assert.Equal(one.DefinitionHash, other.DefinitionHash);
    }

    [Theory]
    [InlineData("dingtalk")]
    [InlineData("feishu")]
    public void Secret_ComesFromTheEnvironment_AndIsNeverShown(string format)
    {
        using var folder = new ConfigFolder { Variables = { ["ROBOT"] = "SEC-of-robot" } };
        folder.With("q.yaml", ConfigFolder.App($"alerts: [{{webhook: 'http://a', format: {format}, secret: '${{env:ROBOT}}'}}]", "- name: j"));
        AlertRule rule = folder.Load("q.yaml").Catalog!.Jobs["j"].Alerts[0];
        Assert.Equal("SEC-of-robot"u8.ToArray(), rule.Secret!.Utf8);
        Assert.DoesNotContain("SEC-of-robot", rule.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ftp://host/s3cret", "must be a URL that begins with http:// or https://")]
    [InlineData("/s3cret", "must be a URL that begins with http:// or https://")]
    [InlineData("s3cret", "must be a URL that begins with http:// or https://")]
    [InlineData("http:///s3cret", "must be a URL that begins with http:// or https://")]
    [InlineData("http://s3cret:s3cret@host/", "holds a user name or password before '@': they would not be sent; use a URL without them")]
    [InlineData("http://host/#s3cret", "holds '#': what follows it is never sent; remove it")]
    [InlineData(" http://host/s3cret", "holds a space or a control character: remove it, or write it as %20")]
    [InlineData("http://host/$${s3cret}", "holds '${' but neither ${env:NAME} nor ${file:/path}: write one of these")]
    [InlineData("", "must be a URL that begins with http:// or https://")]
    public void Webhook_IsRefusedWithoutBeingShown_WhenItIsNone(string url, string fault) =>
        Assert.Equal([$"q.yaml:6:38: error: 'webhook' {fault}"], Errors($"[{{webhook: '{url}'}}]"));

    [Theory]
    [InlineData("[{webhook: 'http://a', events: [thresold]}]",
        "6:59: error: 'events' 'thresold': did you mean 'threshold'? It is one of failed, threshold, timeout, recovered, noWorker, misfire")]
    [InlineData("[{webhook: 'http://a', events: [failed, failed]}]", "6:67: error: 'failed' stands twice in 'events': keep one")]
    [InlineData("[{webhook: 'http://a', events: []}]",
        "6:58: error: 'events' names none: it must be a list of failed, threshold, timeout, recovered, noWorker, misfire; "
        + "or leave the key out for [threshold, timeout, recovered, noWorker, misfire]")]
    [InlineData("[{webhook: 'http://a', events: failed}]",
        "6:58: error: 'events' must be a list of failed, threshold, timeout, recovered, noWorker, misfire, not a plain value")]
    [InlineData("[{webhook: 'http://a', events: [[a]]}]",
        "6:59: error: an item of 'events' must be one of failed, threshold, timeout, recovered, noWorker, misfire, not a list")]
    [InlineData("[{webhook: 'http://a', format: ding}]",
        "6:58: error: 'format' 'ding': it is one of json, dingtalk, wecom, feishu, slack")]
    [InlineData("[{webhook: 'http://a', secret: 's3cret'}]",
        "6:50: error: 'secret' signs for dingtalk and feishu; 'format' is json: remove it")]
    [InlineData("[{webhook: 'http://a', secret: '', format: feishu}]",
        "6:58: error: 'secret' is empty or blank: without a secret anyone could call; set one of 16 characters or more")]
    [InlineData("[{events: [failed]}]",
        "6:28: error: an alert needs 'webhook': http:// or https:// URL that is told; best from ${env:NAME} or ${file:/path}, "
        + "as in webhook: https://alerts.example/hook")]
    [InlineData("[{webhook: 'http://a/s3cret'}, {webhook: 'http://a/s3cret', format: slack}]",
        "6:68: error: the same webhook twice in 'alerts': first at q.yaml:6:38; keep one, with all events")]
    public void Alerts_AreRefused_WhenSomethingIsWrong(string alerts, string line) => Assert.Equal([$"q.yaml:{line}"], Errors(alerts));

    private static string[] Errors(string alerts) => ConfigFolder.ErrorsOf(ConfigFolder.App("", $"- {{name: j, alerts: {alerts}}}"));

    private static Job Load(string url)
    {
        using var folder = new ConfigFolder { Variables = { ["HOOK"] = url } };
        folder.With("q.yaml", ConfigFolder.App("alerts: [{webhook: '${env:HOOK}'}]", "- name: j"));
        return folder.Load("q.yaml").Catalog!.Jobs["j"];
    }

    private static (string, AlertKinds, AlertFormat) Of(AlertRule rule) => (rule.Webhook.Target.AbsoluteUri, rule.Kinds, rule.Format);
}
