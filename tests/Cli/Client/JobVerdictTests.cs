using System.Globalization;
using System.Text.Json;
using Qschedd.Cli.Client;

namespace Qschedd.Tests.Cli.Client;

public class JobVerdictTests
{
    private const long NowMs = 1_000_000;
    private const string Worker = """{"address":"h:1","alive":true,"canSchedule":true,"hostname":"h","running":0}""";
    private const string Cron = """ "cron":"0 0 1 * * ?","type":"remote" """;

    [Theory]
    [InlineData("the daemon", """ "trouble":"the disk is full" """)]
    [InlineData("because it is off since 500, by admin from 10.0.0.1; it has left out 3 fires", """ "off":{"at":500,"by":"admin from 10.0.0.1","missed":3} """, "false")]
    [InlineData("at least 1000 fires", """ "off":{"at":500,"by":"x","missed":1000,"missedMore":true} """, "false")]
    [InlineData("did not run (900): the run before was still going on", """ "lastRuns":[{"state":400,"fireTime":900},{"state":200,"fireTime":800}],"skips":[{"count":1,"lastAt":900,"message":"m","reason":"overlap"}] """)]
    [InlineData("all is well: finished (300) at 960", """ "lastRuns":[{"state":300,"fireTime":950,"endedAt":960}],"skips":[{"count":1,"lastAt":900,"message":"m","reason":"overlap"}],"nextRuns":[2000000] """)]
    [InlineData("was due at 100 and has not started", """ "nextRuns":[100] """)]
    [InlineData("it has no worker", """ "workers":[] """)]
    [InlineData("none of its workers is online", """ "workers":[{"address":"h:1","alive":true,"canSchedule":false},{"address":"h:2","alive":false,"canSchedule":true},{"address":"h:3","alive":true,"canSchedule":true,"pausedUntil":2000000}] """)]
    [InlineData("it runs now, since 999000 (1s); next at 2000000", """ "lastRuns":[{"state":200,"fireTime":999000}],"nextRuns":[2000000] """)]
    [InlineData("it ran, and ended badly: failed (-100) at 960: no paper", """ "lastRuns":[{"state":-100,"fireTime":950,"endedAt":960,"message":"no paper"}] """)]
    [InlineData("it has not run so far; its cron never comes again", """ "nextRuns":[] """)]
    public void Verdict_SaysWhy_WhenAJobStandsSo(string expected, string members, string state = "true") =>
        Assert.Contains(expected, Of($$"""{"job":{"state":{{state}},{{Cron}}},"workers":[{{Worker}}],{{members}}}""").Text);

    [Fact]
    public void Verdict_SaysByHandOnly_WhenThereIsNoCron() =>
        Assert.Contains("by hand only", Of($$"""{"job":{"state":true,"type":"remote"},"workers":[{{Worker}}]}""").Text);

    [Fact]
    public void Verdict_Stands_WhenTheAnswerHoldsNothingThatItKnows() => Assert.NotEqual("", Of("[]").Text);

    [Fact]
    public void Reason_HasWords_ForEachReasonOfTheDaemon() =>
        Assert.All(
            (string[])["off", "overlap", "noWorker", "queueFull", "misfire", "duplicate", "workerIgnored", "killed", "callerGone", "storeRefused", "stopping", "fault"],
            word => Assert.NotEqual(word, JobVerdict.Reason(word)));

    // The later of two equal members counts.
    private static JobVerdict Of(string json) => JobVerdict.Of(
        new JsonPart(JsonDocument.Parse(json).RootElement), NowMs, ms => ms?.ToString(CultureInfo.InvariantCulture));
}
