using Qschedd.Engine.Cron;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

public class DefaultsTests
{
    private const string All = """
        defaults:
          desc: d
          cron: "0 0 1 * * ?"
          parameter: {a: 1}
          timeZone: Europe/Paris
          recover: retry
          loadBalance: first
          overlap: allow
          timeout: 1s
          killAfter: 2s
          retry: {attempts: 2}
          consecutiveFailTimesAlertThreshold: 5
          state: false
          workers: ['d:1']
        """;

    private static Job Job(string defaults, string job) => ConfigFolder.CatalogOfApp(defaults, "- name: j\n" + ConfigFolder.Indent(job, 2)).Jobs["j"];

    [Fact]
    public void Job_TakesEveryDefault_WhenItSaysNothing()
    {
        Job job = Job(All, "");
        Assert.Equal(("d", """{"a":1}""", RecoverPolicy.Retry), (job.Desc, job.Parameter, job.Recover));
        Assert.Equal((LoadBalance.First, OverlapPolicy.Allow), (job.LoadBalance, job.Overlap));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), 2), (job.Timeout, job.KillAfter, job.Retry.AttemptsMax));
        Assert.Equal((5, false), (job.ConsecutiveFailTimesAlertThreshold, job.State));
        Assert.Equal<Worker>([new Worker("d:1", "d:1")], job.Workers);
        Assert.Equal([("0 0 1 * * ?", "Europe/Paris")], job.Triggers.Select(t => (t.Cron, t.TimeZone)));
    }

    [Fact]
    public void Job_KeepsItsOwn_WhenDefaultsSayOtherwise()
    {
        Job job = Job(All, """
            desc: o
            crons: [{cron: "0 0 2 * * ?"}]
            parameter: {b: 2}
            timeZone: UTC
            recover: discard
            loadBalance: random
            overlap: skip
            timeout: 0
            killAfter: 0s
            retry: {attempts: 1}
            consecutiveFailTimesAlertThreshold: 1
            state: true
            workers: []
            """);
        Assert.Equal(("o", """{"b":2}""", RecoverPolicy.Discard), (job.Desc, job.Parameter, job.Recover));
        Assert.Equal((LoadBalance.Random, OverlapPolicy.Skip), (job.LoadBalance, job.Overlap));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero, 1), (job.Timeout, job.KillAfter, job.Retry.AttemptsMax));
        Assert.Equal((1, true), (job.ConsecutiveFailTimesAlertThreshold, job.State));
        Assert.Empty(job.Workers);
        Assert.Equal([("0 0 2 * * ?", "UTC")], job.Triggers.Select(t => (t.Cron, t.TimeZone)));
    }

    [Fact]
    public void LocalDefaults_AreMixedKeyByKey_WhenAJobGivesSome()
    {
        const string defaults = "defaults: {type: local, command: [a], env: {A: 1}, workingDirectory: /d}";
        Job job = Job(defaults, "command: [b]");
        Assert.Equal<string>(["b"], job.Command!.Arguments);
        Assert.Equal<KeyValuePair<string, string>>([new("A", "1")], job.Command.Env);
        Assert.Equal("/d", job.Command.WorkingDirectory);
        Assert.Null(Job(defaults, "type: remote").Command);
    }

    [Fact]
    public void EmptyCrons_LeaveTheJobToBeStartedByHand_WhenDefaultsHaveACron()
    {
        Job job = Job("defaults: {cron: '0 0 1 * * ?'}", "crons: []");
        Assert.Empty(job.Triggers);
        Assert.True(job.HasCronList);
    }

    [Fact]
    public void Defaults_HoldForAllJobs_WhenTheyStandAfterThem()
    {
        Catalog catalog = ConfigFolder.CatalogOf("""
            apps:
              - jobs: [{name: a}, {name: b}]
                defaults: {timeout: 5s}
                workers: ['w:1']
                token: t
                id: 1
                name: demo
            server: {timeZone: UTC}
            """);
        Assert.All(catalog.Jobs.Values, job => Assert.Equal((TimeSpan.FromSeconds(5), 1), (job.Timeout, job.Workers.Length)));
    }

    [Fact]
    public void TimeZone_ComesFromJobThenAppThenServer_WhenSeveralAreGiven()
    {
        Catalog catalog = ConfigFolder.CatalogOf("""
            server: {timeZone: UTC}
            apps:
              - {name: a, id: 1, token: t, jobs: [{name: a1, cron: "0 0 1 * * ?"}]}
              - name: b
                id: 2
                token: t
                defaults: {timeZone: Europe/Paris, cron: "0 0 1 * * ?"}
                jobs: [{name: b1}, {name: b2, timeZone: Asia/Tokyo}]
            """);
        Assert.Equal(["UTC", "Europe/Paris", "Asia/Tokyo"], new[] { "a1", "b1", "b2" }.Select(name => catalog.Jobs[name].Triggers[0].TimeZone));
    }

    [Fact]
    public void Catalog_SharesWhatIsEqual_WhenManyJobsSayTheSame()
    {
        Catalog catalog = ConfigFolder.CatalogOfApp("workers: ['w:1']", """
            - {name: a, cron: "0 0 1 * * ?", parameter: {x: 1}, retry: {attempts: 2}}
            - {name: b, cron: "0 0 1 * * ?", parameter: {x: 1}, retry: {attempts: 2}}
            """);
        (Job a, Job b) = (catalog.Jobs["a"], catalog.Jobs["b"]);
        Assert.Same(a.Triggers[0], b.Triggers[0]);
        Assert.Same(a.Parameter, b.Parameter);
        Assert.Same(a.Retry, b.Retry);
        Assert.Equal<Worker>(catalog.Apps[0].Workers, a.Workers);
    }

    private static string ZoneOf(int number) => number % 2 == 0 ? "UTC" : "Asia/Tokyo";

    /// <summary>More than are remembered while they are read.</summary>
    [Fact]
    public void Triggers_SayWhatWasWritten_WhenEachOfManyJobsHasItsOwnCron()
    {
        const int count = 20_000;
        string[] crons = [.. Enumerable.Range(0, count).Select(i => $"{i % 60} {i / 60 % 60} {i / 3600} * * ?")];
        var jobs = crons.Select((cron, i) => $"- {{name: j{i}, cron: \"{cron}\", timeZone: {ZoneOf(i)}}}");
        Catalog catalog = ConfigFolder.CatalogOfApp("", string.Join('\n', jobs));
        for (int i = 0; i < count; i++)
        {
            Trigger trigger = Assert.Single(catalog.Jobs[$"j{i}"].Triggers);
            Assert.Equal((crons[i], ZoneOf(i)), (trigger.Cron, trigger.TimeZone));
            Assert.Equal((crons[i], trigger.TimeZone), (trigger.Schedule().Expression.Text, trigger.Schedule().Zone.Id));
        }
    }
}
