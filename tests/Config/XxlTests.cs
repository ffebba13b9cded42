namespace Qschedd.Tests.Config;

/// <summary>What is refused of apps and jobs with protocol: xxl-job.</summary>
public class XxlTests
{
    private const string Empty = "'token' is empty or blank: without a secret anyone could call; set one of 16 characters or more";
    private const string Ascii = "'token' of an app with protocol: xxl-job may hold ASCII letters, digits and signs only, and no spaces";

    [Theory]
    [InlineData("''", Empty)]
    [InlineData("\"${env:EMPTY}\"", Empty)]
    [InlineData("\"${file:FOLDER/empty}\"", Empty)]
    [InlineData("令牌", Ascii)]
    [InlineData("two words", Ascii)]
    public void Token_IsRefused_WhenItCannotBeTheAccessToken(string token, string fault)
    {
        using var folder = new ConfigFolder { Variables = { ["EMPTY"] = "" } };
        folder.With("empty", "").With("q.yaml", App(token.Replace("FOLDER", folder.Path, StringComparison.Ordinal), "protocol: xxl-job", "{name: j}"));
        Assert.Equal([$"q.yaml:4:12: error: {fault}"], folder.Lines(folder.Load("q.yaml")));
    }

    [Fact]
    public void Token_IsRefused_WhenOneJobAloneNeedsIt()
    {
        Assert.Equal([$"q.yaml:4:12: error: {Ascii}"], ConfigFolder.ErrorsOf(App("令牌", "code: x", "{name: j, protocol: xxl-job}, {name: k}")));
        Assert.Empty(ConfigFolder.ErrorsOf(App("令牌", "code: x", "{name: j}, {name: k}")));
    }

    [Theory]
    [InlineData("{name: j, handler: h}",
        "q.yaml:6:31: error: 'handler' is of protocol: xxl-job; workers of this job's protocol know it by its name: remove it")]
    [InlineData("{name: j, protocol: xxl-job, handler: ''}", "q.yaml:6:50: error: 'handler' is empty: give it a value, or leave the key out")]
    [InlineData("{name: j, protocol: xxl}", "q.yaml:6:32: error: 'protocol' 'xxl': it is one of qschedule, xxl-job")]
    [InlineData("{name: j, workers: ['http://a:1/']}",
        "q.yaml:6:22: error: worker 'http://a:1/' must be host:port; only executors of protocol: xxl-job are URLs")]
    [InlineData("{name: j, protocol: xxl-job, workers: ['ftp://a:1/']}", "q.yaml:6:51: error: 'workers' 'ftp://a:1/' must be host:port, as in 192.168.1.1:20010")]
    public void Job_IsRefused_WhenAKeyIsWrong(string job, string line) =>
        Assert.Equal([line], ConfigFolder.ErrorsOf(App("t0k", "code: x", job)));

    [Theory]
    [InlineData("protocolVersion: 3.6", "q.yaml:5:22: error: 'protocolVersion' '3.6': did you mean '3.4'? It is one of 3.4, 3.5")]
    public void App_IsRefused_WhenAKeyIsWrong(string key, string line) => Assert.Equal([line], ConfigFolder.ErrorsOf(App("t0k", key, "{name: j}")));

    private static string App(string token, string key, string jobs) =>
        $"apps:\n  - name: demo\n    id: 1\n    token: {token}\n    {key}\n    jobs: [{jobs}]\n";
}
