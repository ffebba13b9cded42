using System.Text;
using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Secrets of every kind, and everything that a daemon says, keeps and hands on while it runs: none of them is in it.</summary>
public class SecretTests
{
    private const string Canary = "c4nary";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly Dictionary<string, string> Secrets = new()
    {
        ["MY_ADMIN"] = $"admin-{Canary}-1",
        ["MY_TOKEN"] = $"app-{Canary}-2",
        ["MY_HOOK"] = $"http://127.0.0.1:9/hook-{Canary}-3?key=k-{Canary}-4",
        ["MY_LATER"] = $"later-{Canary}-5",
        ["MY_PASSWORD"] = $"pw-{Canary}-6",
    };

    private static string Yaml(int port, string file, string worker, string more = "") => $$"""
        server:
          listen: http://127.0.0.1:{{port}}
          adminToken: ${env:MY_ADMIN}
        apps:
          - name: demo
            id: 1
            token: ${env:MY_TOKEN}
            workers: ["127.0.0.1:9"]
            alerts: [{webhook: "${env:MY_HOOK}", format: dingtalk, secret: "sign-{{Canary}}-10", events: [failed, threshold, noWorker]}]
            jobs:
              - {name: shows, type: local, command: [env]}
              - {name: fails, type: local, command: [/bin/sh, -c, "exit 3"]}
              - {name: nobody}
              - name: told
                workers: ["{{worker}}"]
                parameter: {password: "${env:MY_PASSWORD}", url: "db://me:${env:MY_PASSWORD}@host"}
                crons: [{cron: "0 0 1 1 1 ? 2199", param: {key: "${file:{{file}}}"} }]
              - {name: given, type: local, command: [/bin/true, "${env:MY_PASSWORD}"], env: {PW: "literal-{{Canary}}-7" } }
          - {name: other, id: 2, token: "${file:{{file}}}"}
        {{more}}
        """;

    [Fact]
    public async Task Secrets_AreNowhere_AfterRunsFailuresReloadsAndBadRequests()
    {
        await using var daemon = new DaemonProcess();
        await using var worker = await ReceiptWorker.StartAsync(Secrets["MY_TOKEN"]);
        string file = Path.Combine(daemon.Directory, "secret");
        await File.WriteAllTextAsync(file, $"file-{Canary}-8\n");
        foreach (var (name, value) in Secrets)
            daemon.Env[name] = value;
        var said = new StringBuilder();
        await File.WriteAllTextAsync(daemon.ConfigPath, Yaml(daemon.Port, file, worker.Address));
        await daemon.StartAsync("--log-level", "debug");

        // A reload brings a variable that was not known at the start; commands from then on must not get it either.
        await File.WriteAllTextAsync(daemon.ConfigPath, Yaml(daemon.Port, file, worker.Address, "  - {name: later, id: 3, token: \"${env:MY_LATER}\", jobs: [{name: late}]}"));
        await Eventually.Holds(async () => (await Ask("api2/jobs/late.do", Secrets["MY_ADMIN"])).Contains("\"ret\":true", StringComparison.Ordinal), Patience, () => "not reloaded");
        foreach (string job in (string[])["shows", "fails", "nobody", "given", "told"])
            await StartJob(job);
        await Eventually.Holds(async () => (await Ask("api2/jobs/shows.do", Secrets["MY_TOKEN"])).Contains("\"lastState\":300", StringComparison.Ordinal), Patience, () => "no run of env");
        await Eventually.Holds(async () => (await Ask("api2/jobs/told.do", Secrets["MY_TOKEN"])).Contains("\"lastState\":300", StringComparison.Ordinal), Patience, () => "no run of told");
        Assert.Equal([Secrets["MY_PASSWORD"], $"db://me:{Secrets["MY_PASSWORD"]}@host"], Assert.Single(worker.Receipts)["param"]!.AsObject().Select(p => (string)p.Value!));
        await Eventually.Holds(async () => (await Ask("api2/jobs/nobody.do", Secrets["MY_TOKEN"])).Contains("\"lastState\":-", StringComparison.Ordinal), Patience, () => "no failure");

        string broken = Yaml(daemon.Port, file, worker.Address).Replace("token: ${env:MY_TOKEN}", $"tokn: broken-{Canary}-9\n    adminToken:broken-{Canary}-9");
        await File.WriteAllTextAsync(daemon.ConfigPath, broken);
        await Eventually.Holds(async () => (await Text("readyz")).Contains("refused", StringComparison.Ordinal), Patience, () => "not refused");
        string[] paths =
        [
            "api2/jobs.do", "api2/tasks.do?job=shows", "api2/tasks.do?job=fails", "api2/tasks.do?job=nobody", "api2/tasks.do?job=given", "api2/drift.do",
            "api2/definitions.do", "api2/jobs/told/why.do", "api2/audit.do", "api2/workers/nobody.do", "api2/check/127.0.0.1.do", "api2/nothing.do", "api2/jobs/no.do?token=%zz",
        ];
        foreach (string path in paths)
            await Ask(path, Secrets["MY_ADMIN"]);
        foreach (string job in (string[])["shows", "fails", "nobody", "given", "told"])
            foreach (var task in JsonNode.Parse((await Ask($"api2/tasks.do?job={job}", Secrets["MY_ADMIN"])).Split("\n\n")[^1])!["data"]!.AsArray())
                foreach (string path in (string[])[".do", "/log.do"])
                    await Ask($"api2/tasks/{task!["id"]}{path}", Secrets["MY_ADMIN"]);
        foreach (string path in (string[])["healthz", "readyz", "metrics"])
            await Text(path);
        said.Append(await daemon.PostAsync("api/tasks.do", new { job = 7, token = Secrets["MY_TOKEN"] }));
        said.Append(await daemon.PostAsync("api/jobs/off.do", new { jobs = new[] { "fails" }, token = $"wrong-{Canary}-0" }));
        string[] server = ["--server", $"http://127.0.0.1:{daemon.Port}"];
        foreach (string[] verb in (string[][])[["jobs"], ["job", "told"], ["tasks", "told"], ["audit"], ["jobs", "--json"]])
            await Run([.. verb, .. server]);
        await Run("check", "-c", daemon.ConfigPath);
        string next = Path.Combine(daemon.Directory, "next.yml"); // which the daemon does not take over before the plan is made
        await File.WriteAllTextAsync(next, Yaml(daemon.Port, file, worker.Address).Replace("id: 2", "id: 22"));
        await Run("check", "-c", next);
        await Run("schema");
        await Run(["plan", "-c", next, .. server]);
        await Run("plan", "--json", "-c", next);
        Search(); // with the -wal file as it is
        Assert.Equal(0, await daemon.TerminateAsync());
        Search();

        string own = said.ToString();
        Assert.Contains("QSCHEDD_TASK_ID=", own, StringComparison.Ordinal); // the output of env was looked at
        Assert.Contains("~ app other", own, StringComparison.Ordinal); // and a plan
        Assert.Contains("""{"password":"${env:MY_PASSWORD}","url":"db://me:${env:MY_PASSWORD}@host"}""", own, StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, own, StringComparison.Ordinal);

        async Task<string> Ask(string path, string token)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Add("Q-Server-Token", token);
            using var answer = await daemon.Http.SendAsync(request);
            return Keep($"{answer.Headers}\n\n{await answer.Content.ReadAsStringAsync()}");
        }

        async Task<string> Text(string path)
        {
            using var answer = await daemon.Http.GetAsync(path);
            return Keep($"{answer.Headers}\n\n{await answer.Content.ReadAsStringAsync()}");
        }

        async Task StartJob(string job) =>
            said.AppendLine(await daemon.PostAsync("api/tasks.do", new { job, token = Secrets["MY_TOKEN"] }));

        async Task Run(params string[] arguments)
        {
            var (_, output, error) = await Binary.RunAsync(arguments, new Dictionary<string, string>(Secrets) { ["QSCHEDD_TOKEN"] = Secrets["MY_ADMIN"] });
            Keep(output + error);
        }

        string Keep(string text)
        {
            said.AppendLine(text);
            return text;
        }

        void Search()
        {
            Assert.DoesNotContain(daemon.Lines, line => line.Contains(Canary, StringComparison.Ordinal));
            foreach (string kept in Directory.GetFiles(daemon.Directory, "qschedd.db*"))
                Assert.DoesNotContain(Canary, Encoding.Latin1.GetString(ReadShared(kept)), StringComparison.Ordinal);
        }
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new MemoryStream();
        file.CopyTo(bytes);
        return bytes.ToArray();
    }
}
