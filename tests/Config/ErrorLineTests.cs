namespace Qschedd.Tests.Config;

/// <summary>What is wrong in a file, and the whole lines that are said about it.</summary>
public class ErrorLineTests
{
    private const string NeedsApps = "it needs 'apps:', a list of apps with their jobs, and may have 'server:'";
    private const string Form = "a duration is written as 90s, 30m, 2h, 1d, 500ms or 1h30m";

    [Fact]
    public void Load_SaysEverythingAtOnce_WhenTenThingsAreWrong()
    {
        string[] lines = ConfigFolder.ErrorsOf("""
            server:
              listen: 127.0.0.1:8080
              databse: x.db
            apps:
              - name: demo
                id: zero
                token: t0k
                workers: [192.168.1.1]
                jobs:
                  - name: a
                    cron: "0 0 24 * * ?"
                  - name: a
                    cron: */10 * * * * ?
                    timeout: 30
                    state: yes
                  - name: b c
                    timeZone: Asia/Beijing
                    loadBalance: roundrobin
                    cron: '0 0 0 30 2 ?'
            """);
        Assert.Equal(
        [
            "q.yaml:2:11: error: 'listen' '127.0.0.1:8080' must be http://host:port, https://host:port or unix:/path",
            "q.yaml:3:3: error: unknown key 'databse' in server: did you mean 'database'?",
            "q.yaml:6:9: error: 'id' must be a whole number, 1 or more, not 'zero'",
            "q.yaml:8:15: error: 'workers' '192.168.1.1' needs a port, as in 192.168.1.1:20010",
            "q.yaml:11:20: error: cron: hour '24' is outside 0-23 (midnight is 0)",
            "q.yaml:12:15: error: job 'a' twice: first at q.yaml:10:15; job names are unique over all apps",
            "q.yaml:13:15: error: a cron that begins with * is an alias to YAML: quote it, as in cron: \"*/10 * * * * ?\"",
            $"q.yaml:14:18: error: 'timeout' '30': the unit is missing: 30s, 30m or 30h? A{Form[1..]}",
            "q.yaml:15:16: error: 'state' must be true or false, not 'yes': write true",
            "q.yaml:16:15: error: name 'b c' holds ' ': use letters, digits, '.', '_' and '-'",
            "q.yaml:17:19: error: unknown time zone 'Asia/Beijing': did you mean Asia/Shanghai?",
            "q.yaml:18:22: error: 'loadBalance' 'roundrobin': did you mean 'roundRobin'? "
                + "It is one of random, roundRobin, leastActive, consistentHash, first, failover, broadcast",
            "q.yaml:19:15: error: cron '0 0 0 30 2 ?' never comes again in Asia/Shanghai: check its day, month and year",
        ], lines);
    }

    [Theory]
    [InlineData("", $"q.yaml:1:1: error: the file is empty: {NeedsApps}")]
    [InlineData("# nothing\n\n", $"q.yaml:1:1: error: the file is empty: {NeedsApps}")]
    [InlineData("---\n", $"q.yaml:1:1: error: the file is empty: {NeedsApps}")]
    [InlineData("- a\n", $"q.yaml:1:1: error: the file must be a mapping, not a list: {NeedsApps}")]
    [InlineData("hello\n", $"q.yaml:1:1: error: the file must be a mapping, not a plain value: {NeedsApps}")]
    [InlineData("apps: []\n---\napps: []\n",
        "q.yaml:2:1: error: a second document ('---') in the file: qschedd reads one; put it in a file of its own")]
    [InlineData("apps: []\njobs: []\n", "q.yaml:2:1: error: unknown key 'jobs' in the file: its keys are server, apps")]
    [InlineData("App: []\n", "q.yaml:1:1: error: unknown key 'App' in the file: did you mean 'apps'?")]
    [InlineData("apps: []\napps: []\n", "q.yaml:2:1: error: key 'apps' twice in the file: first at q.yaml:1:1; keep one")]
    [InlineData("apps: x\n",
        "q.yaml:1:7: error: 'apps' must be a list, as in apps: [{name: qschedule.demo, id: 163, token: \"${env:DEMO_TOKEN}\"}], not a plain value")]
    [InlineData("apps:\n",
        "q.yaml:1:6: error: 'apps' has no value: it must be a list, as in apps: [{name: qschedule.demo, id: 163, token: \"${env:DEMO_TOKEN}\"}]; "
        + "or leave the key out")]
    [InlineData("apps: [a]\n", "q.yaml:1:8: error: an item of 'apps' is a mapping: an app, name:, id:, code:, ..., not a plain value")]
    [InlineData("[a]: b\napps: []\n",
        "q.yaml:1:1: error: a key of the file is a plain word, not a list; a value that begins with [ or { needs quotes")]
    public void Root_IsRefused_WhenItsShapeIsWrong(string yaml, string line) => Assert.Equal([line], ConfigFolder.ErrorsOf(yaml));

    [Theory]
    [InlineData("apps:\n\t- name: a\n", "q.yaml:2:1: error: a tab in the indentation: YAML is indented with spaces")]
    [InlineData("\tapps: []\n", "q.yaml:1:2: error: a tab in the indentation: YAML is indented with spaces")]
    [InlineData("apps: [a, b\n",
        "q.yaml:2:1: error: ',' or ']' is expected here: a list [a, b] is not closed, or a value with [ or { needs quotes")]
    [InlineData("apps: {a: b\n",
        "q.yaml:2:1: error: ',' or '}' is expected here: a mapping {a: b} is not closed, or a value with [ or { needs quotes")]
    [InlineData("apps: [\nserver: {}\n", "q.yaml:1:7: error: this [ or { is not closed before the next key")]
    [InlineData("apps: \"x\n", "q.yaml:1:7: error: this quote is never closed")]
    [InlineData("apps: a: b\n",
        "q.yaml:1:8: error: ': ' inside an unquoted value, or a key that is indented too far: quote the value, or align the key")]
    [InlineData("apps: []\n server: {}\n",
        "q.yaml:2:2: error: a key is expected here: check the indentation, and that nothing follows the end of a value")]
    [InlineData("server:\n    workerTtl: 1s\n  lostAfter: 1s\n",
        "q.yaml:3:3: error: a key is expected here: check the indentation, and that nothing follows the end of a value")]
    [InlineData("server:\n  environment: @dev\n", "q.yaml:2:16: error: a value cannot begin with this character: quote the value")]
    [InlineData("server:\n  environment: \"\\d\"\n",
        "q.yaml:2:16: error: an unknown escape in double quotes: use single quotes, or write \\\\ for one backslash")]
    [InlineData("server: {environment: ${env:X}}\n",
        "q.yaml:1:24: error: inside { } or [ ] a value with ${...} needs quotes, as in \"${env:NAME}\"")]
    [InlineData("apps: x\0y\n", "q.yaml:1:8: error: a control character (0x00) does not belong in YAML: remove it")]
    public void Syntax_IsExplained_WhenTheScannerStops(string yaml, string line) => Assert.Contains(line, ConfigFolder.ErrorsOf(yaml));

    [Theory]
    [InlineData("name: on", "q.yaml:6:15: error: the name 'on' is an endpoint's (jobs/on.do): choose another")]
    [InlineData("name: ''", "q.yaml:6:15: error: the name is empty: use letters, digits, '.', '_' and '-'")]
    [InlineData("name: a/b", "q.yaml:6:15: error: name 'a/b' holds '/': use letters, digits, '.', '_' and '-'")]
    [InlineData("name: j\ntimout: 1s", "q.yaml:7:9: error: unknown key 'timout' in a job: did you mean 'timeout'?")]
    [InlineData("desc: x", "q.yaml:6:9: error: a job needs 'name': unique over all apps, as in name: qschedule.demo.job1")]
    [InlineData("name: j\ndesc:",
        "q.yaml:7:14: error: 'desc' has no value: it must be text, as in desc: sends the morning mails; or leave the key out")]
    [InlineData("name: j\nname: k", "q.yaml:7:9: error: key 'name' twice in a job: first at q.yaml:6:9; keep one")]
    [InlineData("name: j\nCRON: x", "q.yaml:7:9: error: unknown key 'CRON' in a job: did you mean 'cron'?")]
    [InlineData("name: j\ncron: '0 0 9 * *'", "q.yaml:7:16: error: cron: five fields, but cron starts with seconds here: '0 0 0 9 * ?'")]
    [InlineData("name: j\ncron: 0 0 9 * * MON-FRI",
        "q.yaml:7:21: error: cron: day-of-month and day-of-week cannot both be given: one of them is '?': '0 0 9 ? * MON-FRI'")]
    [InlineData("name: j\ncron: \"0 60 * * * ?\"", "q.yaml:7:18: error: cron: minute '60' is outside 0-59 (the full hour is 0)")]
    [InlineData("name: j\ncron: >\n  0 60 * * * ?", "q.yaml:7:15: error: cron: minute '60' is outside 0-59 (the full hour is 0)")]
    [InlineData("name: j\ncron: [a]", "q.yaml:7:15: error: 'cron' must be text, as in cron: \"0 30 9 * * ?\", not a list")]
    [InlineData("name: j\ncron: '0 0 0 1 1 ? 2020'",
        "q.yaml:7:15: error: cron '0 0 0 1 1 ? 2020' never comes again in Asia/Shanghai: check its day, month and year")]
    [InlineData("name: j\ncron: 0 0 9 * * ?\ncrons: []", "q.yaml:8:9: error: 'cron' and 'crons' together: keep one, 'crons' for several")]
    [InlineData("name: j\ncrons:\n- {cron: 0 0 9 * * ?, param: {a: 1}}\n- {cron: 0 0 9 * * ?, param: {a: 1}}",
        "q.yaml:9:18: error: the same cron and param twice in 'crons': first at q.yaml:8:18; keep one")]
    [InlineData("name: j\ncrons: [{param: {}}]",
        "q.yaml:7:17: error: an item of crons needs 'cron': second minute hour day-of-month month day-of-week [year], as in cron: \"0 30 9 * * ?\"")]
    [InlineData("name: j\nparameter: x",
        "q.yaml:7:20: error: 'parameter' must be a mapping, as in parameter: {city: beijing}, not a plain value")]
    [InlineData("name: j\nparameter: {a: 1, a: 2}", "q.yaml:7:27: error: key 'a' twice in 'parameter': first at q.yaml:7:21; keep one")]
    [InlineData("name: j\nparameter: {a: .inf}",
        "q.yaml:7:24: error: 'parameter': JSON has no infinity, no NaN and no number this large: quote it to send it as text")]
    [InlineData("name: j\ntype: Local\ncommand: [a]",
        "q.yaml:7:15: error: 'type' 'Local': did you mean 'local'? It is one of remote, local")]
    [InlineData("name: j\ntype: local",
        "q.yaml:6:9: error: a local job needs 'command', as in command: [/usr/bin/backup, --all]; or is it type: remote?")]
    [InlineData("name: j\ntype: local\ncommand: ls -l",
        "q.yaml:8:18: error: 'command' must be a list, as in command: [/usr/bin/backup, --all], not a plain value")]
    [InlineData("name: j\ntype: local\ncommand: []",
        "q.yaml:8:18: error: 'command' names no program: it must be a list, as in command: [/usr/bin/backup, --all]")]
    [InlineData("name: j\ntype: local\ncommand: [a]\nworkers: ['a:1']",
        "q.yaml:9:9: error: 'workers' has no place in a local job, which runs on the daemon's host: remove it")]
    [InlineData("name: j\ncommand: [a]",
        "q.yaml:7:9: error: 'command', 'env' and 'workingDirectory' belong to a local job: add type: local, or remove them")]
    [InlineData("name: j\ntype: local\ncommand: [a]\nenv: {A=B: c}",
        "q.yaml:9:15: error: 'A=B' cannot name an environment variable: use a name without '=', as in {LANG: C.UTF-8}")]
    [InlineData("name: j\ntype: local\ncommand: [a]\nenv: {A: x, A: y}",
        "q.yaml:9:21: error: key 'A' twice in 'env': first at q.yaml:9:15; keep one")]
    [InlineData("name: j\ntype: local\ncommand: [a]\nworkingDirectory: srv",
        "q.yaml:9:27: error: 'workingDirectory' 'srv' is relative: write an absolute path, as in /srv")]
    [InlineData("name: j\nrecover: true", "q.yaml:7:18: error: 'recover' 'true': it is one of discard, retry")]
    [InlineData("name: j\noverlap: skipp", "q.yaml:7:18: error: 'overlap' 'skipp': did you mean 'skip'? It is one of skip, allow, replace")]
    [InlineData("name: j\ntimeout: -1s", $"q.yaml:7:18: error: 'timeout' '-1s': a duration is not negative; {Form}")]
    [InlineData("name: j\nkillAfter: 36501d", "q.yaml:7:20: error: 'killAfter' '36501d' is longer than 36500d, the longest there is")]
    [InlineData("name: j\nretry: 3",
        "q.yaml:7:16: error: 'retry' must be a mapping, as in retry: {attempts: 3, delay: 10s, backoff: 2, maxDelay: 10m}, not a plain value")]
    [InlineData("name: j\nretry: {attempts: 0}", "q.yaml:7:27: error: 'attempts' must be a whole number from 1 to 1000, not '0'")]
    [InlineData("name: j\nretry: {backoff: 0.5}", "q.yaml:7:26: error: 'backoff' must be a number from 1 to 100, not '0.5'")]
    [InlineData("name: j\nretry: {delay: 10m, maxDelay: 1m}", "q.yaml:7:29: error: 'maxDelay' 1m is shorter than 'delay' 10m")]
    [InlineData("name: j\nconsecutiveFailTimesAlertThreshold: 0",
        "q.yaml:7:45: error: 'consecutiveFailTimesAlertThreshold' must be a whole number, 1 or more, not '0'")]
    [InlineData("name: j\nstate: on", "q.yaml:7:16: error: 'state' must be true or false, not 'on': write true")]
    [InlineData("name: j\nstate: \"false\"", "q.yaml:7:16: error: 'state' must be true or false, not 'false': write false, without quotes")]
    [InlineData("name: j\nstate: maybe", "q.yaml:7:16: error: 'state' must be true or false, not 'maybe'")]
    [InlineData("name: j\nworkers: a:1",
        "q.yaml:7:18: error: 'workers' must be a list, as in workers: [192.168.1.1:20010], not a plain value")]
    [InlineData("name: j\nworkers: [Host:1, host:1]", "q.yaml:7:27: error: worker 'host:1' twice: first at q.yaml:7:19; keep one")]
    [InlineData("name: j\nworkers: ['[::1]:1', '[0::1]:1']", "q.yaml:7:30: error: worker '[::1]:1' twice: first at q.yaml:7:19; keep one")]
    [InlineData("name: j\nworkers: [a:1, a:1]", "q.yaml:7:24: error: worker 'a:1' twice: first at q.yaml:7:19; keep one")]
    [InlineData("name: j\nworkers: [http://a:1/]",
        "q.yaml:7:9: error: worker 'http://a:1/' must be host:port; only executors of protocol: xxl-job are URLs")]
    [InlineData("name: j\n<<: {cron: x}",
        "q.yaml:7:9: error: merge keys (<<) are not accepted: put what jobs share under the app's 'defaults'")]
    public void Job_IsRefused_WhenAKeyIsWrong(string job, string line)
    {
        string jobs = "- " + job.Replace("\n", "\n  ", StringComparison.Ordinal);
        Assert.Equal([line], ConfigFolder.ErrorsOf(ConfigFolder.App("", jobs)));
    }

    [Theory]
    [InlineData("id: '1'", "q.yaml:3:9: error: 'id' must be a whole number, 1 or more, not '1': write it without quotes")]
    [InlineData("id: 2147483648", "q.yaml:3:9: error: 'id' must be a whole number, 1 or more, not '2147483648'")]
    [InlineData("id: 1_000", "q.yaml:3:9: error: 'id' must be a whole number, 1 or more, not '1_000'")]
    [InlineData("id: 1\ncode: ''", "q.yaml:4:11: error: 'code' is empty: give it a value, or leave the key out")]
    [InlineData("id: 1\nworkerPath: run", "q.yaml:4:17: error: 'workerPath' 'run' must begin with '/', as in /qschedule/run")]
    [InlineData("id: 1\nprotocol: xxl", "q.yaml:4:15: error: 'protocol' 'xxl': it is one of qschedule, xxl-job")]
    [InlineData("id: 1\ndefaults: {name: j}", "q.yaml:4:16: error: 'name' has no place in defaults: each job has a name of its own")]
    [InlineData("id: 1\ndefaults: {cron: 0 0 9 * *}",
        "q.yaml:4:22: error: cron: five fields, but cron starts with seconds here: '0 0 0 9 * ?'")]
    [InlineData("id: 1\nworkers: [{hostname: a}]",
        "q.yaml:4:15: error: a worker needs 'address': host:port of the worker, as in address: 192.168.1.2:20010")]
    [InlineData("id: 1\nworkers: [a:70000]",
        "q.yaml:4:15: error: 'workers' 'a:70000' has no right port: '70000' must be a number from 1 to 65535")]
    [InlineData("id: 1\nworkers: [\"::1:1\"]",
        "q.yaml:4:15: error: 'workers' '::1:1' needs brackets around an IPv6 address, and a port, as in [::1]:20010")]
    [InlineData("id: 1\nworkers: [1.2.3.400:1]",
        "q.yaml:4:15: error: 'workers' '1.2.3.400:1' is no IPv4 address: four numbers from 0 to 255, as in 192.168.1.1:20010")]
    public void App_IsRefused_WhenAKeyIsWrong(string keys, string line)
    {
        string yaml = "apps:\n  - name: demo\n" + ConfigFolder.Indent(keys + "\ntoken: t0k\njobs: [{name: j}, {name: k}]", 4);
        Assert.Equal([line], ConfigFolder.ErrorsOf(yaml));
    }

    [Fact]
    public void App_IsRefused_WhenRequiredKeysAreMissing() => Assert.Equal(
    [
        "q.yaml:2:5: error: an app needs 'name': appName, as in name: qschedule.demo",
        "q.yaml:2:5: error: an app needs 'id': appId, as in id: 163",
        "q.yaml:2:5: error: an app needs 'token': opens the app; best from ${env:NAME} or ${file:/path}, as in token: ${env:DEMO_TOKEN}",
    ], ConfigFolder.ErrorsOf("apps:\n  - code: x\n"));

    [Fact]
    public void App_IsRefused_WhenItsNameOrIdIsTaken() => Assert.Equal(
    [
        "q.yaml:3:12: error: app 'a' twice: first at q.yaml:2:12; put its jobs under one",
        "q.yaml:3:19: error: app id 1 twice: first at q.yaml:2:19; each app has its own",
    ], ConfigFolder.ErrorsOf("apps:\n  - {name: a, id: 1, token: x}\n  - {name: a, id: 1, token: x}\n"));

    [Theory]
    [InlineData("listen: []",
        "q.yaml:2:11: error: 'listen' is an empty list: it must be an address or a list of them, as in listen: http://127.0.0.1:8080")]
    [InlineData("listen: [http://a:1, http://a:1/]", "q.yaml:2:24: error: 'listen' 'http://a:1/' stands twice: keep one")]
    [InlineData("listen: https://a:1",
        "q.yaml:2:11: error: 'https://a:1' needs a certificate: add tls: {certificate: FILE, key: FILE} to server")]
    [InlineData("listen: http://a", "q.yaml:2:11: error: 'listen' 'http://a' needs a port, as in 192.168.1.1:20010")]
    [InlineData("listen: http://a:1/api",
        "q.yaml:2:11: error: 'listen' 'http://a:1/api' must be just host:port there, without a path or a user")]
    [InlineData("listen: unix:q.sock", "q.yaml:2:11: error: 'listen' 'unix:q.sock' needs an absolute path: unix:/run/qschedd/qschedd.sock")]
    [InlineData("tls: {certificate: a}",
        "q.yaml:2:8: error: tls needs 'key': file of the certificate's private key, PEM, as in key: /etc/qschedd/tls.key")]
    [InlineData("database: postgres://db/q",
        "q.yaml:2:13: error: 'database' 'postgres://db/q' is not supported yet; use a file path, as in qschedd.db")]
    [InlineData("database: data/", "q.yaml:2:13: error: 'database' 'data/' must be a file, not a directory, as in qschedd.db")]
    [InlineData("advertise: 10.0.0.5:8080",
        "q.yaml:2:14: error: 'advertise' '10.0.0.5:8080' must be a base URL, as in http://10.0.0.5:8080/")]
    [InlineData("timeZone: Europe/Pari", "q.yaml:2:13: error: unknown time zone 'Europe/Pari': did you mean Europe/Paris?")]
    [InlineData("timeZone: europe/paris", "q.yaml:2:13: error: unknown time zone 'europe/paris': did you mean Europe/Paris?")]
    [InlineData("timeZone: xx", "q.yaml:2:13: error: unknown time zone 'xx': use an IANA id such as Asia/Shanghai or UTC")]
    [InlineData("workerTtl: 0s", "q.yaml:2:14: error: 'workerTtl' must be longer than 0s")]
    [InlineData("history: {keepPerJob: 0}", "q.yaml:2:25: error: 'keepPerJob' must be a whole number, 1 or more, not '0'")]
    [InlineData("history: {keepFr: 1d}", "q.yaml:2:13: error: unknown key 'keepFr' in history: did you mean 'keepFor'?")]
    public void Server_IsRefused_WhenAKeyIsWrong(string keys, string line) =>
        Assert.Equal([line], ConfigFolder.ErrorsOf("server:\n" + ConfigFolder.Indent(keys, 2)));

    [Fact]
    public void Defaults_AreReportedOnce_WhenManyJobsInheritTheError()
    {
        string[] lines = ConfigFolder.ErrorsOf(ConfigFolder.App("defaults: {cron: '0 0 0 30 2 ?'}", "- {name: a}\n- {name: b}\n- {name: c}\n"));
        Assert.Equal(["q.yaml:5:22: error: cron '0 0 0 30 2 ?' never comes again in Asia/Shanghai: check its day, month and year"], lines);
    }

    [Fact]
    public void JobName_IsRefused_WhenEnvironmentDevWouldAddItsSuffixAgain()
    {
        string app = ConfigFolder.App("", "- {name: a_dev}");
        Assert.Equal(["q.yaml:7:16: error: job 'a_dev': environment dev adds '_dev' by itself: leave it out of the name"],
            ConfigFolder.ErrorsOf("server: {environment: dev}\n" + app));
        Assert.Empty(ConfigFolder.ErrorsOf(app));
    }

    [Fact]
    public void HostTimeZone_IsRefused_WhenItIsNeededAndNoIanaId()
    {
        using var folder = new ConfigFolder { HostTimeZone = "Nowhere" };
        Assert.Equal(["q.yaml:1:1: error: the host's time zone 'Nowhere' is no IANA id: set server.timeZone, as in timeZone: UTC"],
            folder.Lines(folder.With("q.yaml", "apps: []").Load("q.yaml")));
        Assert.Empty(folder.Lines(folder.With("q.yaml", "server: {timeZone: UTC}").Load("q.yaml")));
    }
}
