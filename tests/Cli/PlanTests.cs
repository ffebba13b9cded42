using System.Text;
using Qschedd.Cli.Plan;
using Qschedd.Engine.Cron;
using Qschedd.Engine.Definitions;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Storage;
using Qschedd.Tests.Config;
using Qschedd.Tests.Storage;

namespace Qschedd.Tests.Cli;

/// <summary>What a plan tells, of files against a database as a daemon leaves it.</summary>
public sealed class PlanTests : IDisposable
{
    private const string Server = "server:\n  timeZone: Asia/Shanghai\n  listen: http://127.0.0.1:8080\n  adminToken: adm1n-c4nary\n";
    private const string Jobs = """
        - name: a
          cron: "0 30 9 * * ?"
          parameter: {city: 北京}
        - name: b
          cron: "0 0 1 * * ?"
          state: false
        """;

    private readonly StoreFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static Catalog CatalogOf(string jobs, string app = "workers: ['h:1', {address: 'h:2', hostname: two}]", string server = Server) =>
        ConfigFolder.CatalogOf(server + ConfigFolder.App(app, jobs));

    /// <summary>As a daemon on it would: rows, texts, and what operators said.</summary>
    private void PutInForce(Catalog catalog, params Change[] words)
    {
        using SqliteStore store = _folder.Open();
        store.Load();
        int id = 0;
        List<Change> changes = [new CatalogSave(catalog)];
        foreach (Job job in catalog.Jobs.Values.OrderBy(j => j.Name, StringComparer.Ordinal))
            changes.Add(new JobSave(Rows.Job(++id) with { Name = job.Name, App = job.App.Name, DefinitionPrint = job.DefinitionPrint }, job));
        using var done = new ManualResetEventSlim();
        var batch = new JournalBatch([.. changes, .. words]);
        store.Commit(batch, _ => done.Set());
        done.Wait();
        Assert.Null(batch.Error);
    }

    private async Task<PlanReport> PlanAsync(Catalog catalog)
    {
        await using var source = DatabaseSource.Open(_folder.Database);
        return await new Comparison(catalog, ConfigFolder.NowMs).WithAsync(source);
    }

    private static string TextOf(PlanReport plan)
    {
        var text = new StringWriter();
        new PlanText(text, ZoneTable.Find("Asia/Shanghai")!).Write(plan, "the database");
        return text.ToString();
    }

    private static string JsonOf(PlanReport plan)
    {
        var bytes = new MemoryStream();
        PlanJson.Write(bytes, plan);
        return Encoding.UTF8.GetString(bytes.ToArray());
    }

    [Fact]
    public async Task Plan_IsEmpty_WhenNothingChanged_AndLeavesNoFileBehind()
    {
        PutInForce(CatalogOf(Jobs));
        PlanReport plan = await PlanAsync(CatalogOf(Jobs));
        Assert.True(plan.IsEmpty, TextOf(plan));
        Assert.Equal(2, plan.Unchanged);
        Assert.False(File.Exists(_folder.Database + "-wal") || File.Exists(_folder.Database + "-shm"));
    }

    [Fact]
    public async Task Plan_TellsJobsKeyByKey_WithTheirNextFires()
    {
        PutInForce(CatalogOf(Jobs));
        string text = TextOf(await PlanAsync(CatalogOf("""
            - name: a
              cron: "0 45 9 * * ?"
              parameter: {city: paris}
              timeout: 90s
            - name: c
              crons: [{cron: "0 0 3 * * ?"}, {cron: "0 0 2 * * ?"}]
            """)));
        Assert.Equal("""
            ~ job a
                cron: "0 30 9 * * ?" -> "0 45 9 * * ?"
                parameter: {"city":"北京"} -> {"city":"paris"}
                timeout: (0s) -> "1m30s"
                next: 2025-10-10T09:30:00+08:00 -> 2025-10-10T09:45:00+08:00
            - job b  would have been next never
            + job c  next 2025-10-10T02:00:00+08:00
            jobs: 1 new, 1 gone, 1 changed, 0 as they are; apps: 0 changed; server: 0 keys changed; overrides: 0, of which 0 end; compared with the database

            """, text);
    }

    [Fact]
    public async Task Plan_TellsServerAndAppKeys_SecretsAsChangedOnly_AndWhatNeedsARestart()
    {
        PutInForce(CatalogOf(Jobs));
        PlanReport plan = await PlanAsync(CatalogOf(
            Jobs, "workers: ['h:3']\ncode: x", Server.Replace("8080", "8081").Replace("adm1n", "newadm1n") + "  workerTtl: 91s\n"));
        string text = TextOf(plan);
        Assert.Contains("    adminToken: (changed)\n", text);
        Assert.Contains("""    listen: ["http://127.0.0.1:8080"] -> ["http://127.0.0.1:8081"]  (takes effect at the next start)""", text);
        Assert.Contains("    workerTtl: (90s) -> \"1m31s\"\n", text);
        Assert.Contains("~ app demo\n    code: (none) -> \"x\"\n    workers: [\"h:1\",\"h:2 (two)\"] -> [\"h:3\"]  (of its jobs", text);
        Assert.Contains("a restart is needed for server.listen", text);
        Assert.DoesNotContain("c4nary", text + JsonOf(plan));
    }

    [Fact]
    public async Task Plan_HidesWhatCameFromReferences_EnvAndWebhooks()
    {
        const string job = """
            - name: a
              type: local
              command: [/bin/true, "-p${env:PW}"]
              env: {PGPASSWORD: plain-c4nary}
              alerts: [{webhook: "https://hooks.example/x?key=hook-c4nary"}]
            """;
        using var files = new ConfigFolder { Variables = { ["PW"] = "pw-c4nary-1" } };
        files.With("q.yaml", Server + ConfigFolder.App("", job));
        PutInForce(files.Load("q.yaml").Catalog!);
        files.Variables["PW"] = "pw-c4nary-2";
        files.With("q.yaml", Server + ConfigFolder.App("", job.Replace("plain-", "other-").Replace("hook-c4nary", "h00k-c4nary")));
        PlanReport plan = await PlanAsync(files.Load("q.yaml").Catalog!);
        Assert.Equal(["alerts", "command", "env"], Assert.Single(plan.Jobs).Keys.Select(k => k.Key));
        Assert.DoesNotContain("c4nary", TextOf(plan) + JsonOf(plan));
        foreach (string file in Directory.GetFiles(Path.GetDirectoryName(_folder.Database)!))
            Assert.DoesNotContain("c4nary", Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file)));
    }

    [Fact]
    public async Task Plan_TellsOverrides_AndWhichOfThemEnd()
    {
        Catalog before = CatalogOf(Jobs);
        JobRow a = Rows.Job(1) with { Name = "a", App = "demo", EnabledOverride = false, OverriddenYamlState = true, OverrideBy = "ann", OverrideAtMs = 5000 };
        JobRow b = Rows.Job(2) with { Name = "b", App = "demo", EnabledOverride = true, OverriddenYamlState = false, OverrideBy = "bob", OverrideAtMs = 6000 };
        PutInForce(before,
            new JobSave(a with { DefinitionPrint = before.Jobs["a"].DefinitionPrint }, before.Jobs["a"]),
            new JobSave(b with { DefinitionPrint = before.Jobs["b"].DefinitionPrint }, before.Jobs["b"]),
            new WorkerOverrideSave(new WorkerOverrideRow(1, "h:1", false, "ann", 7000)),
            new WorkerOverrideSave(new WorkerOverrideRow(1, "h:2", false, "ann", 7000)),
            new WorkerOverrideSave(new WorkerOverrideRow(1, "gone:9", false, "ann", 7000)));

        PlanReport same = await PlanAsync(CatalogOf(Jobs));
        Assert.True(same.IsEmpty);
        Assert.Equal(["a state", "a workers.h:1", "a workers.h:2", "b state"], same.Drift.Select(d => $"{d.Override.Job} {d.Override.Key}"));

        PlanReport plan = await PlanAsync(CatalogOf(Jobs.Replace("  state: false", "  state: true"), "workers: ['h:2']"));
        Assert.Equal([false, true, false, true], plan.Drift.Select(d => d.Ends));
        Assert.Contains("! a state: file true, running false, by ann at 1970-01-01T08:00:05+08:00: stays\n", TextOf(plan));
        Assert.Contains("! b state: file false, running true, by bob at 1970-01-01T08:00:06+08:00: ENDS", TextOf(plan));
        Changed job = Assert.Single(plan.Jobs);
        Assert.Equal(job.NextBeforeMs, job.NextAfterMs); // on by hand before, on by the file after
        Assert.NotNull(job.NextAfterMs);
    }

    [Fact]
    public async Task Database_IsReadWhileADaemonHasIt()
    {
        PutInForce(CatalogOf(Jobs));
        using SqliteStore held = _folder.Open();
        held.Load();
        Assert.True((await PlanAsync(CatalogOf(Jobs))).IsEmpty);
    }

    [Fact]
    public void Database_IsRefusedWithAReason_WhenItCannotBeRead()
    {
        Assert.Contains("there is no database", Fault());
        File.WriteAllText(_folder.Database, "not a database, but long enough to be looked at as if it were one");
        Assert.Contains("cannot be read", Fault());

        string Fault() => Assert.Throws<SourceFault>(() => DatabaseSource.Open(_folder.Database)).Message;
    }

    [Fact]
    public void Database_OfTheVersionBefore_IsUpgradedByTheNextStart_AndRefusedUntilThen()
    {
        File.WriteAllBytes(_folder.Database, []);
        using (Database database = Database.Open(_folder.Database))
            Schema.Upgrade(database, [Schema.Steps[0]]);
        Assert.Contains("kept no definitions", Assert.Throws<SourceFault>(() => DatabaseSource.Open(_folder.Database)).Message);
        PutInForce(CatalogOf(Jobs));
        using var kept = KeptDefinitions.Open(_folder.Database);
        Assert.Equal(["a", "b"], kept.Jobs().Select(j => j.Name));
    }

    [Fact]
    public void Words_AreThoseOfTheKeyTable()
    {
        Assert.Equal(Qschedd.Config.AppKeys.Job.Specs.Single(k => k.Name == "loadBalance").Words, Enum.GetValues<LoadBalance>().Select(w => Words.Of(w)));
        Assert.Equal(Qschedd.Config.AppKeys.Job.Specs.Single(k => k.Name == "overlap").Words, Enum.GetValues<OverlapPolicy>().Select(w => Words.Of(w)));
        Assert.Equal(Qschedd.Config.AppKeys.Job.Specs.Single(k => k.Name == "recover").Words, Enum.GetValues<RecoverPolicy>().Select(w => Words.Of(w)));
        Assert.Equal(Qschedd.Config.AppKeys.Job.Specs.Single(k => k.Name == "type").Words, Enum.GetValues<JobType>().Select(w => Words.Of(w)));
        Assert.Equal(Qschedd.Config.AppKeys.App.Specs.Single(k => k.Name == "protocol").Words, Enum.GetValues<WorkerProtocol>().Select(Words.Of));
        Assert.Equal(Qschedd.Config.AppKeys.App.Specs.Single(k => k.Name == "protocolVersion").Words, Enum.GetValues<XxlGeneration>().Select(Words.Of));
    }

    [Theory]
    [InlineData("desc: x")]
    [InlineData("cron: '0 0 2 * * ?'")]
    [InlineData("cron: '0 0 1 * * ?'\ntimeZone: UTC")]
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
    [InlineData("type: local\ncommand: [a]")]
    [InlineData("alerts: [{webhook: 'http://a.example/', events: [failed]}]")]
    public void Text_ShowsEveryKeyThatAJobMaySay(string keys)
    {
        var text = new DefinitionText();
        KeyTexts plain = KeyTexts.Parse(text.Of(ConfigFolder.JobOf("")));
        List<KeyChange> changes = KeyTexts.Compare(plain, KeyTexts.Parse(text.Of(ConfigFolder.JobOf(keys))));
        Assert.Contains(keys.Split(':')[0], changes.Select(c => c.Key));
        Assert.NotEqual(ConfigFolder.JobOf("").DefinitionPrint, ConfigFolder.JobOf(keys).DefinitionPrint);
    }
}
