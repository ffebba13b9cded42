namespace Qschedd.Tests.EndToEnd;

/// <summary><c>job</c>, <c>jobs --drift</c> and <c>audit</c> from answers that never change, so that each time in the tables is fixed.</summary>
public class ExplainTests
{
    private const string Off = """
        {"data":{"job":{"appId":163,"appName":"demo","cron":"29 6 4 * * ?","desc":"演示","lastState":300,"loadBalance":"first","name":"日报","parameter":"{\"city\":\"北京\"}","recover":"retry","state":false,"timeout":1800000,"type":"remote"},"lastRuns":[{"app":"demo","attempt":3,"endedAt":1406435866000,"fireTime":1406435865004,"id":"t1","job":"日报","message":"库存不足\u001b[2J","scheduledTime":1406435865000,"startedAt":1406435865100,"state":-100,"worker":"192.168.1.1:20010"}],"nextRuns":[1402632389000],"off":{"at":1402545960000,"by":"admin from 10.0.0.1","missed":2},"skips":[{"count":3,"lastAt":1402545970000,"message":"task 1 still runs","reason":"overlap"}],"workers":[{"address":"192.168.1.1:20010","alive":true,"canSchedule":true,"hostname":"h1","running":1},{"address":"192.168.1.2:20010","alive":false,"canSchedule":false,"hostname":"h2","pausedUntil":1402545980000,"running":0}]},"ret":true}
        """;

    private const string Drift = """
        {"data":[{"at":1402545960000,"by":"admin from 10.0.0.1","file":"true","job":"日报","key":"state","running":"false"}],"ret":true}
        """;

    private const string Audit = """
        {"data":[{"action":"off","at":1402545960000,"detail":"by hand","from":"10.0.0.1","id":7,"job":"日报","newer":1,"who":"admin"}],"ret":true}
        """;

    [Theory]
    [InlineData("/api2/jobs/%E6%97%A5%E6%8A%A5/why.do", Off, "job", "日报")]
    [InlineData("/api2/drift.do", Drift, "jobs", "--drift")]
    [InlineData("/api2/audit.do?limit=5&job=%E6%97%A5%E6%8A%A5", Audit, "audit", "--limit", "5", "--job", "日报")]
    public async Task Verb_PrintsItsTables_OrTheRawAnswer(string target, string answer, params string[] arguments)
    {
        await using var server = await ScriptedServer.StartAsync(answer);
        (await Client.RunAsync(server.Url, arguments)).Succeeds().Verify($"explain.{arguments[0]}", fixedTimes: true);
        Assert.Equal(answer, (await Client.RunAsync(server.Url, [.. arguments, "--json"])).Succeeds().Out);
        Assert.All(server.Requests, r => Assert.Equal(("GET", target, DaemonProcess.AdminToken), (r.Method, r.Target, r.Token)));
    }

    [Theory]
    [InlineData("no drift: every job runs as its file says\n", "jobs", "--drift")]
    [InlineData("nothing on record\n", "audit")]
    [InlineData("the token's apps have no jobs\n", "jobs")]
    [InlineData("nothing runs on h\n", "running", "h")]
    public async Task Verb_SaysSo_WhenThereIsNothing(string words, params string[] arguments)
    {
        await using var server = await ScriptedServer.StartAsync("""{"data":[],"ret":true}""");
        Assert.Equal(words, (await Client.RunAsync(server.Url, arguments)).Succeeds().Out);
    }
}
