using Qschedd.Config;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

/// <summary>Each key of the contract's section 4: it is accepted, and it arrives.</summary>
public class EveryKeyTests
{
    private const string Contract = """
        server:
          listen: [http://127.0.0.1:8080, 'https://[::1]:8443', unix:/run/qschedd/qschedd.sock]
          tls: {certificate: tls.crt, key: /etc/tls.key}
          database: data/qschedd.db
          timeZone: Asia/Shanghai
          environment: dev
          adminToken: ${env:QSCHEDD_ADMIN_TOKEN}
          advertise: http://10.0.0.5:8080
          misfireThreshold: 61s
          workerTtl: 91s
          answerTimeout: 31s
          lostAfter: 25h
          history: {keepFor: 31d, keepPerJob: 1001}
          metrics: {perJob: true}
        apps:
          - name: qschedule.demo
            id: 163
            code: qschedule_demo
            token: ${env:DEMO_TOKEN}
            workers: [192.168.1.1:20010, {address: 192.168.1.2:20010, hostname: l-demo2.dev.cn6.qunar.com}]
            workerPath: /qschedule/start
            protocol: qschedule
            defaults: {recover: discard, loadBalance: random, timeout: 0s, timeZone: Asia/Shanghai}
            jobs:
              - name: qschedule.demo.job1
                desc: what it does
                cron: "0 30 9 * * ?"
                parameter: {city: beijing}
                type: remote
                timeZone: Europe/Paris
                recover: retry
                loadBalance: broadcast
                overlap: replace
                timeout: 30m
                killAfter: 2h
                retry: {attempts: 4, delay: 11s, backoff: 2.5, maxDelay: 11m}
                consecutiveFailTimesAlertThreshold: 2
                state: false
                workers: ["[::1]:20010"]
              - name: qschedule.demo.job2
                type: local
                command: [/bin/prog, "arg", 3]
                env: {K: v, N: 1}
                workingDirectory: /srv
                crons: [{cron: "0 0 9 * * ?", param: {a: 1}}, {cron: "0 0 10 * * ?"}]
        """;

    private static (Catalog Catalog, string Folder) Load()
    {
        using var folder = new ConfigFolder { Variables = { ["QSCHEDD_ADMIN_TOKEN"] = "adm1n", ["DEMO_TOKEN"] = "t0k" } };
        ConfigResult result = folder.With("q.yaml", Contract).Load("q.yaml");
        Assert.Empty(folder.Lines(result));
        return (result.Catalog!, folder.Path);
    }

    [Fact]
    public void Server_HasEveryKey_WhenAllAreGiven()
    {
        (Catalog catalog, string folder) = Load();
        ServerSettings server = catalog.Server;
        Assert.Equal<string>(["http://127.0.0.1:8080", "https://[::1]:8443", "unix:/run/qschedd/qschedd.sock"], server.Listen);
        Assert.Equal(new TlsSettings($"{folder}/tls.crt", "/etc/tls.key"), server.Tls);
        Assert.Equal($"{folder}/data/qschedd.db", server.Database);
        Assert.Equal("Asia/Shanghai", server.TimeZone);
        Assert.True(server.IsDev);
        Assert.Equal("adm1n"u8.ToArray(), server.AdminToken!.Utf8);
        Assert.Equal("http://10.0.0.5:8080/", server.Advertise);
        Assert.Equal(TimeSpan.FromSeconds(61), server.MisfireThreshold);
        Assert.Equal(TimeSpan.FromSeconds(91), server.WorkerTtl);
        Assert.Equal(TimeSpan.FromSeconds(31), server.AnswerTimeout);
        Assert.Equal(TimeSpan.FromHours(25), server.LostAfter);
        Assert.Equal(new HistorySettings(TimeSpan.FromDays(31), 1001), server.History);
        Assert.True(server.Metrics.PerJob);
    }

    [Fact]
    public void App_HasEveryKey_WhenAllAreGiven()
    {
        App app = Assert.Single(Load().Catalog.Apps);
        Assert.Equal(("qschedule.demo", 163, "qschedule_demo"), (app.Name, app.Id, app.Code));
        Assert.Equal("t0k"u8.ToArray(), app.Token.Utf8);
        Assert.Equal<Worker>([new Worker("192.168.1.1:20010", "192.168.1.1:20010"), new Worker("192.168.1.2:20010", "l-demo2.dev.cn6.qunar.com")], app.Workers);
        Assert.Equal(("/qschedule/start", WorkerProtocol.Qschedule), (app.WorkerPath, app.Protocol));
    }

    [Fact]
    public void Job_HasEveryKey_WhenAllAreGiven()
    {
        Catalog catalog = Load().Catalog;
        Job job = catalog.Jobs["qschedule.demo.job1"];
        Assert.Same(catalog.Apps[0], job.App);
        Assert.Equal("what it does", job.Desc);
        Trigger trigger = Assert.Single(job.Triggers);
        Assert.Equal(("0 30 9 * * ?", "Europe/Paris", null), (trigger.Cron, trigger.TimeZone, trigger.Param));
        Assert.False(job.HasCronList);
        Assert.Equal("""{"city":"beijing"}""", job.Parameter);
        Assert.Equal((JobType.Remote, null), (job.Type, job.Command));
        Assert.Equal((RecoverPolicy.Retry, LoadBalance.Broadcast, OverlapPolicy.Replace), (job.Recover, job.LoadBalance, job.Overlap));
        Assert.Equal((TimeSpan.FromMinutes(30), TimeSpan.FromHours(2)), (job.Timeout, job.KillAfter));
        Assert.Equal(new RetryPolicy(4, TimeSpan.FromSeconds(11), 2.5, TimeSpan.FromMinutes(11)), job.Retry);
        Assert.Equal((2, false), (job.ConsecutiveFailTimesAlertThreshold, job.State));
        Assert.Equal<Worker>([new Worker("[::1]:20010", "[::1]:20010")], job.Workers);
    }

    [Fact]
    public void LocalJob_HasItsCommandAndNoWorkers_WhenTheAppHasSome()
    {
        Job job = Load().Catalog.Jobs["qschedule.demo.job2"];
        Assert.Equal(JobType.Local, job.Type);
        Assert.Equal<string>(["/bin/prog", "arg", "3"], job.Command!.Arguments);
        Assert.Equal<KeyValuePair<string, string>>([new("K", "v"), new("N", "1")], job.Command.Env);
        Assert.Equal("/srv", job.Command.WorkingDirectory);
        Assert.Empty(job.Workers);
        Assert.True(job.HasCronList);
        Assert.Equal([("0 0 9 * * ?", """{"a":1}"""), ("0 0 10 * * ?", null)], job.Triggers.Select(t => (t.Cron, t.Param)));
    }

    [Fact]
    public void Server_HasTheContractsDefaults_WhenNothingIsGiven()
    {
        using var folder = new ConfigFolder();
        ServerSettings server = folder.With("q.yaml", "apps: []").Load("q.yaml").Catalog!.Server;
        Assert.Equal<string>(["http://127.0.0.1:8080"], server.Listen);
        Assert.Equal(("http://127.0.0.1:8080/", $"{folder.Path}/qschedd.db", "Asia/Shanghai"), (server.Advertise, server.Database, server.TimeZone));
        Assert.Equal((null, null, null), (server.Environment, server.AdminToken, server.Tls));
        Assert.Equal((TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(90)), (server.MisfireThreshold, server.WorkerTtl));
        Assert.Equal((TimeSpan.FromSeconds(30), TimeSpan.FromHours(24)), (server.AnswerTimeout, server.LostAfter));
        Assert.Equal(new HistorySettings(TimeSpan.FromDays(30), 1000), server.History);
        Assert.False(server.Metrics.PerJob);
    }

    [Fact]
    public void Job_HasTheContractsDefaults_WhenOnlyItsNameIsGiven()
    {
        Job job = ConfigFolder.JobOf("");
        Assert.Equal((null, null, false, null), (job.Desc, job.Parameter, job.HasCronList, job.Command));
        Assert.Empty(job.Triggers);
        Assert.Empty(job.Workers);
        Assert.Equal((JobType.Remote, RecoverPolicy.Discard), (job.Type, job.Recover));
        Assert.Equal((LoadBalance.Random, OverlapPolicy.Skip), (job.LoadBalance, job.Overlap));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), (job.Timeout, job.KillAfter));
        Assert.Equal((RetryPolicy.None, 1, true), (job.Retry, job.ConsecutiveFailTimesAlertThreshold, job.State));
        Assert.Equal(("/qschedule/run", WorkerProtocol.Qschedule, null), (job.App.WorkerPath, job.App.Protocol, job.App.Code));
    }

    [Theory]
    [InlineData("http://0.0.0.0:81", "http://box.example:81/")]
    [InlineData("http://[::]:81", "http://box.example:81/")]
    [InlineData("http://*:81", "http://box.example:81/")]
    [InlineData("http://10.1.1.1:81/", "http://10.1.1.1:81/")]
    [InlineData("[unix:/run/q.sock, http://[::1]:82]", "http://[::1]:82/")]
    [InlineData("unix:/run/q.sock", "http://box.example/")]
    public void Advertise_FollowsListen_WhenItIsNotGiven(string listen, string advertise) =>
        Assert.Equal(advertise, ConfigFolder.CatalogOf($"server: {{listen: {Quoted(listen)}}}").Server.Advertise);

    [Fact]
    public void Database_IsInTheStateDirectory_WhenSystemdGivesOne()
    {
        using var folder = new ConfigFolder { StateDirectory = "/var/lib/qschedd:/var/lib/other" };
        folder.With("a.yaml", "apps: []").With("b.yaml", "server: {database: x.db}");
        Assert.Equal("/var/lib/qschedd/qschedd.db", folder.Load("a.yaml").Catalog!.Server.Database);
        Assert.Equal($"{folder.Path}/x.db", folder.Load("b.yaml").Catalog!.Server.Database);
    }

    [Fact]
    public void XxlJobApp_TakesUrlsAndItsOwnPath_WhenItSpeaksThatProtocol()
    {
        App app = ConfigFolder.CatalogOfApp("protocol: xxl-job\nworkers: ['10.0.0.1:9999', 'http://10.0.0.2:9999/job']", "").Apps[0];
        Assert.Equal((WorkerProtocol.XxlJob, "/run"), (app.Protocol, app.WorkerPath));
        Assert.Equal(["10.0.0.1:9999", "http://10.0.0.2:9999/job"], app.Workers.Select(w => w.Address));
        Assert.Equal(XxlGeneration.UpTo34, app.ProtocolVersion);
    }

    [Theory]
    [InlineData("3.4", XxlGeneration.UpTo34)]
    [InlineData("\"3.5\"", XxlGeneration.From35)]
    [InlineData("3.5", XxlGeneration.From35)]
    public void ProtocolVersion_IsRead_WhenItIsAWord(string word, object value) =>
        Assert.Equal(value, ConfigFolder.CatalogOfApp($"protocol: xxl-job\nprotocolVersion: {word}", "").Apps[0].ProtocolVersion);

    [Fact]
    public void XxlJobJob_HasItsAppsProtocolAndItsOwnNameAsHandler_UnlessItSaysOtherwise()
    {
        Catalog catalog = ConfigFolder.CatalogOfApp(
            "protocol: xxl-job\nworkers: ['a:9999']",
            "- name: j1\n- {name: j2, handler: demoJobHandler}\n- {name: j3, protocol: qschedule}\n- {name: j4, protocol: qschedule, workers: ['b:1']}");
        Assert.Equal(
            [("j1", WorkerProtocol.XxlJob, "j1", "a:9999"), ("j2", WorkerProtocol.XxlJob, "demoJobHandler", "a:9999"),
                ("j3", WorkerProtocol.Qschedule, "j3", ""), ("j4", WorkerProtocol.Qschedule, "j4", "b:1")],
            catalog.Jobs.Values.OrderBy(j => j.Name).Select(j => (j.Name, j.Protocol, j.Handler, string.Concat(j.Workers.Select(w => w.Address)))));
    }

    [Fact]
    public void XxlJobJob_OfAnotherApp_HasExecutorsOfItsOwn()
    {
        Catalog catalog = ConfigFolder.CatalogOfApp(
            "workers: ['a:1']\ndefaults: {handler: h}", "- {name: j1}\n- {name: j2, protocol: xxl-job, workers: ['http://b:9999/', 'http://b:9999/job/']}");
        Assert.Equal(["a:1"], catalog.Jobs["j1"].Workers.Select(w => w.Address));
        Assert.Equal([("b:9999", "b:9999"), ("http://b:9999/job", "http://b:9999/job")], catalog.Jobs["j2"].Workers.Select(w => (w.Address, w.Hostname)));
        Assert.Equal("h", catalog.Jobs["j2"].Handler);
    }

    [Theory]
    [InlineData("discard", RecoverPolicy.Discard)]
    [InlineData("retry", RecoverPolicy.Retry)]
    public void Recover_IsRead_WhenItIsAWord(string word, object value) => Assert.Equal(value, ConfigFolder.JobOf($"recover: {word}").Recover);

    [Theory]
    [InlineData("random", LoadBalance.Random)]
    [InlineData("roundRobin", LoadBalance.RoundRobin)]
    [InlineData("leastActive", LoadBalance.LeastActive)]
    [InlineData("consistentHash", LoadBalance.ConsistentHash)]
    [InlineData("first", LoadBalance.First)]
    [InlineData("failover", LoadBalance.Failover)]
    [InlineData("broadcast", LoadBalance.Broadcast)]
    public void LoadBalance_IsRead_WhenItIsAWord(string word, object value) =>
        Assert.Equal(value, ConfigFolder.JobOf($"loadBalance: {word}").LoadBalance);

    [Theory]
    [InlineData("skip", OverlapPolicy.Skip)]
    [InlineData("allow", OverlapPolicy.Allow)]
    [InlineData("replace", OverlapPolicy.Replace)]
    public void Overlap_IsRead_WhenItIsAWord(string word, object value) => Assert.Equal(value, ConfigFolder.JobOf($"overlap: {word}").Overlap);

    [Theory]
    [InlineData("{}", 3, 0, 1, 3600)]
    [InlineData("{attempts: 1}", 1, 0, 1, 3600)]
    [InlineData("{delay: 2h}", 3, 7200, 1, 7200)]
    [InlineData("{delay: 1s, backoff: 1.5, maxDelay: 1s}", 3, 1, 1.5, 1)]
    public void Retry_FillsWhatIsMissing_WhenItIsPartlyGiven(string retry, int attempts, int delay, double backoff, int maxDelay) =>
        Assert.Equal(new RetryPolicy(attempts, TimeSpan.FromSeconds(delay), backoff, TimeSpan.FromSeconds(maxDelay)),
            ConfigFolder.JobOf($"retry: {retry}").Retry);

    private static string Quoted(string listen) =>
        listen.StartsWith('[') ? $"[{string.Join(", ", listen[1..^1].Split(", ").Select(item => $"'{item}'"))}]" : $"'{listen}'";
}
