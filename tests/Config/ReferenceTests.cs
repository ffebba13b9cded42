using Qschedd.Config;
using Qschedd.Engine.Model;

namespace Qschedd.Tests.Config;

/// <summary>${env:NAME} and ${file:/path}, and that no secret shows.</summary>
public class ReferenceTests
{
    private const string Canary = "c4nary-7f3a";

    private static (ConfigResult Result, string[] Lines) Load(string yaml, params (string Name, string Value)[] variables)
    {
        using var folder = new ConfigFolder();
        foreach ((string name, string value) in variables)
            folder.Variables[name] = value;
        folder.With("secret.txt", Canary + "\n").With("lines.txt", "a\r\n\r\n").With("big.txt", new string('x', 64 * 1024 + 1));
        ConfigResult result = folder.With("q.yaml", yaml.Replace("FOLDER", folder.Path, StringComparison.Ordinal)).Load("q.yaml");
        return (result, folder.Lines(result));
    }

    [Fact]
    public void Reference_IsResolved_WhenItStandsInAnyScalar()
    {
        (ConfigResult result, string[] lines) = Load("""
            server:
              listen: "http://127.0.0.1:${env:PORT}"
              adminToken: ${file:FOLDER/secret.txt}
            apps:
              - name: ${env:APP}
                id: ${env:ID}
                token: a-${env:APP}-b-${file:FOLDER/secret.txt}
                jobs:
                  - name: ${env:APP}.j
                    cron: ${env:CRON}
                    state: "${env:STATE}"
                    timeout: ${env:ID}m
                    desc: $${env:APP} ${other} $APP ${
                    parameter: {a: "${env:ID}", "${env:APP}": 1}
            """, ("PORT", "81"), ("APP", "demo"), ("ID", "7"), ("CRON", "0 0 1 * * ?"), ("STATE", "false"));
        Assert.Empty(lines);
        App app = result.Catalog!.Apps[0];
        Job job = result.Catalog.Jobs["demo.j"];
        Assert.Equal(("http://127.0.0.1:81", "demo", 7), (result.Catalog.Server.Listen[0], app.Name, app.Id));
        Assert.Equal(Canary, System.Text.Encoding.UTF8.GetString(result.Catalog.Server.AdminToken!.Utf8));
        Assert.Equal($"a-demo-b-{Canary}", System.Text.Encoding.UTF8.GetString(app.Token.Utf8));
        Assert.Equal((false, TimeSpan.FromMinutes(7), "0 0 1 * * ?"), (job.State, job.Timeout, job.Triggers[0].Cron));
        Assert.Equal(("${env:APP} ${other} $APP ${", """{"a":"7","${env:APP}":1}"""), (job.Desc, job.Sent(job.Parameter)));
    }

    [Fact]
    public void Parameter_KeepsItsReferencesAsWritten_AndIsSentWithWhatTheyStandFor()
    {
        (ConfigResult result, string[] lines) = Load("""
            apps:
              - name: demo
                id: 1
                token: t0ken-of-demo
                defaults:
                  parameter: {byDefault: "${env:PW}"}
                jobs:
                  - name: own
                    parameter: {n: 1, "say \"hi\"": ["a-${env:PW}-b", plain, "$${env:PW}", {deep: "${file:FOLDER/secret.txt}"}], last: true}
                  - {name: heir, crons: [{cron: "0 0 1 * * ?", param: {p: "${env:PW}"} }, {cron: "0 0 2 * * ?", param: {p: 2} }]}
                  - {name: none, parameter: {p: 1} }
            """, ("PW", "q\"\\汉\n"));
        Assert.Empty(lines);
        (Job own, Job heir, Job none) = (result.Catalog!.Jobs["own"], result.Catalog.Jobs["heir"], result.Catalog.Jobs["none"]);
        Assert.Equal("""{"n":1,"say \"hi\"":["a-${env:PW}-b","plain","$${env:PW}",{"deep":"${file:FOLDER/secret.txt}"}],"last":true}""", Bare(own.Parameter));
        Assert.Equal($$"""{"n":1,"say \"hi\"":["a-q\"\\汉\n-b","plain","${env:PW}",{"deep":"{{Canary}}"}],"last":true}""", own.Sent(own.Parameter));
        Assert.Equal(("""{"byDefault":"${env:PW}"}""", """{"byDefault":"q\"\\汉\n"}"""), (heir.Parameter, heir.Sent(heir.Parameter)));
        Assert.Equal(("""{"p":"${env:PW}"}""", """{"p":"q\"\\汉\n"}"""), (heir.Triggers[0].Param, heir.Sent(heir.Triggers[0].Param)));
        Assert.Equal(("""{"p":2}""", """{"p":1}"""), (heir.Sent(heir.Triggers[1].Param), none.Sent(none.Parameter)));
        Assert.Null(none.Secrets);
        Assert.Equal(own.Parameter, none.Sent(own.Parameter));

        static string Bare(string? text) => System.Text.RegularExpressions.Regex.Replace(text!, "file:[^}]*/", "file:FOLDER/");
    }

    [Theory]
    [InlineData("${env:NONE}", "environment variable NONE is not set: set it where qschedd is started (systemd: Environment= or EnvironmentFile=)")]
    [InlineData("x${env:A-B}", "'A-B' is no name of an environment variable: write ${env:NAME}, letters, digits and '_'")]
    [InlineData("${env:NONE", "a reference is not closed: write ${env:NAME} or ${file:/path}")]
    [InlineData("${file:secret.txt}", "'secret.txt' is not an absolute path: write ${file:/path}")]
    [InlineData("${file:FOLDER/none}", "FOLDER/none: no such file or directory")]
    [InlineData("${file:FOLDER/big.txt}", "FOLDER/big.txt: the file is larger than 64 KiB, the most that is read")]
    [InlineData("${Env:X}", "'token' holds '${' but neither ${env:NAME} nor ${file:/path}: write one of these")]
    [InlineData("''", "'token' is empty or blank: without a secret anyone could call; set one of 16 characters or more")]
    [InlineData("'  '", "'token' is empty or blank: without a secret anyone could call; set one of 16 characters or more")]
    [InlineData("${env:EMPTY}", "'token' is empty or blank: without a secret anyone could call; set one of 16 characters or more")]
    [InlineData("${file:FOLDER/lines.txt}", "'token' holds a control character or a line break, which no header can carry: remove it")]
    [InlineData("' x'", "'token' begins or ends with a space, which a header would lose: remove it")]
    [InlineData("[a]", "'token' must be text, best ${env:NAME} or ${file:/path}, not a list")]
    [InlineData("", "'token' has no value: it must be text, best ${env:NAME} or ${file:/path}; or leave the key out")]
    public void Token_IsRefusedInItsPlace_WhenItIsWrong(string token, string message)
    {
        string[] lines = Load($"apps:\n  - name: a\n    id: 1\n    token: {token}\n", ("EMPTY", "")).Lines;
        string column = token.Length == 0 ? "11" : "12";
        Assert.Equal($"q.yaml:4:{column}: error: {message.Replace("FOLDER/", "", StringComparison.Ordinal)}", Assert.Single(lines));
    }

    [Theory]
    [InlineData("token: &x C4")]
    [InlineData("token: *C4")]
    [InlineData("token: !C4 C4")]
    [InlineData("token: [C4]")]
    [InlineData("token: {C4: C4}")]
    [InlineData("token: \"C4\\x07\"")]
    [InlineData("token: ' C4'")]
    [InlineData("token: @C4")]
    [InlineData("token: \"C4")]
    [InlineData("token: 'C4' C4")]
    [InlineData("token: C4: C4")]
    [InlineData("token: \"C4\\q\"")]
    [InlineData("token: ${C4")]
    [InlineData("token: C4\n    token: C4")]
    [InlineData("tokn: C4")]
    [InlineData("token:C4")]
    [InlineData("jobs: [{token:C4}]")]
    [InlineData("adminToken: C4")]
    [InlineData("token: \"C4\n\tC4\"")]
    [InlineData("token: C4\n    id: ${env:CANARY}")]
    [InlineData("token: C4\n    workers: ['${env:CANARY}']")]
    [InlineData("token: C4\n    jobs: [{name: '${file:FOLDER/secret.txt} x', timeout: '${env:CANARY}', recover: '${env:CANARY}', timeZone: '${env:CANARY}'}]")]
    public void Errors_NeverShowASecret_WhateverIsWrong(string line)
    {
        string yaml = "apps:\n  - name: a\n    " + line.Replace("C4", Canary, StringComparison.Ordinal) + "\n    bad: 1\n";
        string[] lines = Load(yaml, ("CANARY", Canary)).Lines;
        Assert.NotEmpty(lines);
        Assert.All(lines, text => Assert.DoesNotContain(Canary, text));
    }

    [Theory]
    [InlineData("adminToken: same-t0ken\n", "token: same-t0ken", true)]
    [InlineData("adminToken: same-t0ken\n", "token: ${env:SAME}", true)]
    [InlineData("adminToken: other-t0ken\n", "token: same-t0ken", false)]
    public void Token_IsRefused_WhenItIsTheAdminTokenToo(string server, string token, bool isRefused)
    {
        string[] lines = Load($"server:\n  {server}apps:\n  - name: a\n    id: 1\n    {token}\n", ("SAME", "same-t0ken")).Lines;
        Assert.Equal(isRefused ? ["q.yaml:6:12: error: 'token' is the server's adminToken too, which opens all apps: give the app one of its own"] : [], lines);
    }

    [Fact]
    public void Credential_IsAFileOfSystemds_AndAFileOpenToAllIsWarnedOf()
    {
        using var folder = new ConfigFolder();
        folder.Variables["CREDENTIALS_DIRECTORY"] = folder.Path;
        folder.With("closed", "one-t0ken\n").With("open", "two-t0ken\n").With("q.yaml",
            $"server:\n  adminToken: ${{credential:closed}}\napps:\n  - name: a\n    id: 1\n    token: ${{file:{folder.Path}/open}}\n");
        if (OperatingSystem.IsWindows())
            return;
        File.SetUnixFileMode(folder.FileOf("closed"), UnixFileMode.UserRead | UnixFileMode.GroupRead);
        File.SetUnixFileMode(folder.FileOf("open"), UnixFileMode.UserRead | UnixFileMode.OtherRead);
        ConfigResult result = folder.Load("q.yaml");
        Assert.Empty(folder.Lines(result));
        Assert.Equal("one-t0ken"u8.ToArray(), result.Catalog!.Server.AdminToken!.Utf8);
        Assert.Equal($"{folder.Path}/open can be read by every user of this host, and holds what may be a secret: chmod o-r it", Assert.Single(result.Warnings));
        folder.Variables.Clear();
        Assert.Contains("no credentials were handed over", Assert.Single(folder.Lines(folder.Load("q.yaml"))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    public void Credential_IsRefused_WhenItsNameLeadsElsewhere(string name)
    {
        string[] lines = Load($"server:\n  adminToken: ${{credential:{name}}}\napps: []\n", ("CREDENTIALS_DIRECTORY", "/etc")).Lines;
        Assert.Contains("is no name of a credential", Assert.Single(lines));
    }

    [Fact]
    public void Reference_IsRefused_WhenItsTextsAddUpToTooMuch()
    {
        string[] lines = Load($"server:\n  environment: \"{string.Concat(Enumerable.Repeat("${env:BIG}", 20))}\"\n", ("BIG", new string('x', 65536))).Lines;
        Assert.Equal(["q.yaml:2:16: error: the references in this value come to more than 1 Mi characters"], lines);
    }
}
