using System.Text.Json.Nodes;
using Qschedd.Config;

namespace Qschedd.Tests.Config;

/// <summary>The printed schema against the loader: they agree on every key, and on what is wrong by its form.</summary>
public class SchemaTests
{
    private const string App = "apps:\n  - name: demo\n    id: 1\n    token: t0k\n";

    private static readonly JsonObject Root = Print();
    private static readonly MiniSchema Schema = new(Root);

    private static JsonObject Print()
    {
        var bytes = new MemoryStream();
        SchemaWriter.Write(bytes);
        return JsonNode.Parse(bytes.ToArray())!.AsObject();
    }

    private static bool Loads(string yaml)
    {
        using var folder = new ConfigFolder { Variables = { ["QSCHEDD_ADMIN_TOKEN"] = "a", ["DEMO_TOKEN"] = "b", ["N"] = "5", ["T"] = "true" } };
        return folder.With("q.yaml", yaml).Load("q.yaml").Catalog is not null;
    }

    [Fact]
    public void Schema_HasEveryKeyOfTheTable_AndNoOther()
    {
        (string Place, Section Section)[] sections =
        [
            ("server", ServerKeys.Server), ("tls", ServerKeys.Tls), ("history", ServerKeys.History), ("metrics", ServerKeys.Metrics), ("app", AppKeys.App), ("job", AppKeys.Job),
            ("defaults", AppKeys.Defaults), ("crons", AppKeys.CronEntry), ("retry", AppKeys.Retry), ("worker", AppKeys.Worker), ("alert", AppKeys.Alert),
        ];
        var defs = Root["$defs"]!.AsObject();
        Assert.Equal(sections.Select(s => s.Place).Concat(["reference", "scalar"]).Order(), defs.Select(d => d.Key).Order());
        foreach (var (place, section) in sections.Append(("", ServerKeys.Root)))
        {
            JsonObject printed = place.Length == 0 ? Root : defs[place]!.AsObject();
            Assert.Equal(section.Specs.Select(k => k.Name), printed["properties"]!.AsObject().Select(p => p.Key));
            Assert.Equal(section.Specs.Where(k => k.IsRequired).Select(k => k.Name), printed["required"]?.AsArray().Select(n => n!.GetValue<string>()) ?? []);
            Assert.False(printed["additionalProperties"]!.GetValue<bool>());
            Assert.All(section.Specs, k => Assert.Contains(k.Doc, printed["properties"]![k.Name]!["description"]!.GetValue<string>()));
        }
    }

    [Fact]
    public void ExampleFile_IsValid() => Assert.True(Schema.IsValid(MiniSchema.Read(File.ReadAllText(Repository.FileOf("jobs.example.yaml")))));

    public static TheoryData<string> Right() =>
    [
        .. AppKeys.Job.Specs.Where(k => k.Name is not ("name" or "handler" or "type" or "command" or "env" or "workingDirectory"))
            .Select(k => $"{App}    jobs:\n      - name: j\n        {k.Name}: {k.Example}\n"),
        .. ServerKeys.Server.Specs.Select(k => $"server:\n  {k.Name}: {k.Example}\n{App}"),
        App + "    jobs:\n      - {name: j, type: local, command: [a, 3, true], env: {K: 1, L: x}, workingDirectory: /srv}\n",
        App + "    jobs:\n      - {name: 7, timeout: 0, killAfter: 1h30m, retry: {backoff: 1.5}, state: \"${env:T}\", consecutiveFailTimesAlertThreshold: \"${env:N}\"}\n",
        App + "    protocol: xxl-job\n    protocolVersion: 3.4\n    workers: [\"h:1\", {address: \"h:2\"}]\n",
        "server:\n  listen: [http://127.0.0.1:1, unix:/run/x]\n  history: {keepFor: 0}\n" + App,
    ];

    [Theory]
    [MemberData(nameof(Right))]
    public void RightFile_IsRightToBoth(string yaml)
    {
        Assert.True(Loads(yaml), "the loader refuses it");
        Assert.True(Schema.IsValid(MiniSchema.Read(yaml)), "the schema refuses it");
    }

    public static TheoryData<string> Wrong() =>
    [
        // an unknown key in each section, and a missing one where one is required
        "server: {no: 1}\n" + App, "server: {tls: {certificate: a, key: b, no: 1}}\n" + App, "server: {history: {no: 1}}\n" + App,
        App + "no: 1\n", App + "    no: 1\n", App + "    defaults: {no: 1}\n", App + "    defaults: {name: x}\n",
        App + "    workers: [{address: \"h:1\", no: 1}]\n", App + "    workers: [{hostname: x}]\n", App + "    alerts: [{no: 1}]\n",
        Job("no: 1"), Job("retry: {no: 1}"), Job("crons: [{no: 1}]"), Job("crons: [{param: {}}]"),
        "apps: [{id: 1, token: t}]\n", "apps: [{name: a, token: t}]\n", "apps: [{name: a, id: 1}]\n", App + "    jobs: [{desc: x}]\n",
        "server: {tls: {key: b}}\n" + App, App + "    alerts: [{format: json}]\n",
        // a wrong form of each kind
        Job("state: yes"), Job("state: \"true\""), Job("timeout: 90"), Job("timeout: 1.5h"), Job("timeout: 1m1h"), Job("timeout: -1s"), Job("timeout: ''"),
        "server: {workerTtl: 0s}\n" + App, "server: {workerTtl: 0}\n" + App, Job("recover: Retry"), Job("loadBalance: [random]"),
        Job("retry: {attempts: 0}"), Job("retry: {attempts: 1.5}"), Job("retry: {attempts: \"2\"}"), Job("retry: {backoff: 0.5}"), Job("retry: 3"),
        Job("parameter: [1]"), Job("parameter: x"), Job("crons: {cron: x}"), Job("workers: h:1"), Job("workers: [[h]]"), Job("cron: {a: 1}"), Job("desc: [x]"),
        Job("type: local, command: []"), Job("type: local, command: ls"), Job("type: local, command: [a], env: [x]"), Job("type: local, command: [a], env: {K: [1]}"),
        App + "    alerts: [{webhook: \"http://a.example/\", events: []}]\n", App + "    alerts: [{webhook: \"http://a.example/\", events: [nothing]}]\n",
        App + "    alerts: [{webhook: \"http://a.example/\", events: [failed, failed]}]\n",
        App + "    workerPath: run\n", "server: {listen: 127.0.0.1:80}\n" + App, "server: {listen: []}\n" + App, "server: {adminToken: \"\"}\n" + App,
        "server: [1]\n" + App, "apps: {a: 1}\n", Job("timeZone: 5"), Job("state: "),
    ];

    private static string Job(string key) => $"{App}    jobs:\n      - {{name: j, {key}}}\n";

    [Theory]
    [MemberData(nameof(Wrong))]
    public void WrongFile_IsWrongToBoth(string yaml)
    {
        Assert.False(Loads(yaml), "the loader takes it");
        Assert.False(Schema.IsValid(MiniSchema.Read(yaml)), "the schema takes it");
    }
}
