using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace Qschedd.Tests.EndToEnd;

/// <summary>Every row of the contract's first table, in both generations, against the published binary.</summary>
public class ApiTests(ApiTests.Fixture fixture) : IClassFixture<ApiTests.Fixture>
{
    private const string Job = "shop.pay.v1.2";
    private const string Chinese = "短信.发送";

    private readonly DaemonProcess _daemon = fixture.Daemon;

    public sealed class Fixture : IAsyncLifetime
    {
        internal DaemonProcess Daemon { get; } = new();
        internal ReceiptWorker Worker { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            Worker = await ReceiptWorker.StartAsync();
            Daemon.Write($$"""
                apps:
                  - name: shop
                    id: 233
                    code: shop_code
                    token: {{DaemonProcess.Token}}
                    workers: ["{{Worker.Address}}", {address: "127.0.0.2:20010", hostname: l-pay2.dev.cn6.qunar.com}]
                    jobs:
                      - {name: {{Job}}, desc: 发送即将过期短信, cron: "0 30 9 * * ?", parameter: {city: 北京}, loadBalance: first, timeout: 30m}
                      - {name: {{Chinese}}, loadBalance: first}
                      - {name: held, loadBalance: first}
                      - {name: several, crons: [{cron: "0 0 1 * * ?", param: {n: 1} }, {cron: "0 0 2 * * ?"}], state: false}
                  - name: other
                    id: 2
                    token: t-other
                    jobs:
                      - {name: other.job}
                """, "  environment: dev");
            await Daemon.StartAsync();
        }

        public async Task DisposeAsync()
        {
            await Daemon.DisposeAsync();
            await Worker.DisposeAsync();
        }
    }

    public static TheoryData<string, string, string> Posts() => new()
    {
        { "jobs/on.do", $$"""{"jobs":["{{Job}}"],"token":"{{DaemonProcess.Token}}"}""", "操作成功" },
        { "jobs/off.do", $$"""{"jobs":["{{Job}}_dev","several_dev"],"token":"{{DaemonProcess.Token}}"}""", "操作成功" },
        { "jobs/on.do", """{"jobs":[],"token":"t-demo-1"}""", "参数错误" },
        { "jobs/on.do", """{"token":"t-demo-1"}""", "参数错误" },
        { "jobs/on.do", """{"jobs":[1],"token":"t-demo-1"}""", "参数错误" },
        { "jobs/off.do", "{nonsense", "参数错误" },
        { "jobs/on.do", $$"""{"jobs":["{{Job}}"],"token":"wrong"}""", "授权失败" },
        { "jobs/off.do", $$"""{"jobs":["{{Job}}"],"token":"t-other"}""", "授权失败" },
        { "jobs/off.do", $$"""{"jobs":["{{Job}}","other.job"],"token":"t-demo-1"}""", "授权失败" },
        { "jobs/on.do", """{"jobs":["nobody"],"token":"t-demo-1"}""", "启用失败" },
        { "jobs/off.do", """{"jobs":["nobody"],"token":"t-demo-1"}""", "停止失败" },
        { "jobs/off.do", """{"jobs":["nobody"],"token":"wrong"}""", "授权失败" },
        { "tasks.do", """{"token":"t-demo-1"}""", "参数错误" },
        { "tasks.do", $$"""{"job":"{{Job}}","token":"t-demo-1","param":[]}""", "参数错误" },
        { "tasks.do", $$"""{"job":"{{Job}}","token":"t-other","param":{} }""", "授权失败" },
        { "tasks.do", """{"job":"nobody","token":"t-demo-1","param":{} }""", "重试失败" },
        { "tasks.do", """{"job":"other.job","token":"t-other","param":{} }""", "重试失败" },
        { "workers/state.do", $$"""{"jobName":"{{Job}}","token":"t-demo-1"}""", "参数错误" },
        { "workers/state.do", """{"workers":{"127.0.0.2:20010":true},"token":"t-demo-1"}""", "参数错误" },
        { "workers/state.do", $$"""{"jobName":"{{Job}}","workers":{"127.0.0.2:20010":true},"token":"bad"}""", "授权失败" },
        { "workers/state.do", $$"""{"jobName":"{{Job}}","workers":{},"token":"t-demo-1"}""", "workers json 格式非法" },
        { "workers/state.do", $$"""{"jobName":"{{Job}}","workers":"{oops","token":"t-demo-1"}""", "workers json 格式非法" },
        { "workers/state.do", $$"""{"jobName":"{{Job}}","workers":{"127.0.0.2:20010":1},"token":"t-demo-1"}""", "workers json 格式非法" },
        { "workers/state.do", $$"""{"jobName":"{{Job}}","workers":{"127.0.0.2:20010":false},"token":"t-demo-1"}""", "操作成功" },
        { "workers/state.do", $$"""{"jobName":"{{Job}}","workers":"{\"127.0.0.2:20010\":true}","token":"t-demo-1"}""", "操作成功" },
        { "workers/state.do", $$"""{"jobName":"{{Job}}","workers":{"127.0.0.2:20010":true,"9.9.9.9:1":true},"token":"t-demo-1"}""", "可能存在未操作成功的机器,请调用查看接口验证" },
        { "workers/state.do", $$"""{"jobName":"{{Job}}","workers":{"9.9.9.9:1":true},"token":"t-demo-1"}""", "操作失败" },
        { "workers/state.do", """{"jobName":"nobody","workers":{"9.9.9.9:1":true},"token":"t-demo-1"}""", "操作失败" },
    };

    [Theory]
    [MemberData(nameof(Posts))]
    public async Task Post_AnswersAsTheTableSays_InBothGenerations(string path, string body, string message)
    {
        Assert.Equal(Plain(message), await RawPostAsync("api/" + path, body));
        Assert.Equal(Plain(message), await RawPostAsync("api2/" + path, Untokened(body), TokenOf(body)));
    }

    [Fact]
    public async Task Token_IsMissing_IsAParameterErrorFirst_AndAnAuthorizationErrorSecond()
    {
        string body = $$"""{"jobs":["{{Job}}"]}""";
        Assert.Equal(Plain("参数错误"), await RawPostAsync("api/jobs/on.do", body));
        Assert.Equal(Plain("授权失败"), await RawPostAsync("api2/jobs/on.do", $$"""{"jobs":["{{Job}}"],"token":"t-demo-1"}"""));
        Assert.Equal(Plain("参数错误"), await RawPostAsync("api2/jobs/on.do", "{}"));
        Assert.Equal(Plain("操作成功"), await RawPostAsync("api/jobs/on.do", body, DaemonProcess.Token));
    }

    [Fact]
    public async Task Offline_OfAllMachines_IsRefusedAndChangesNothing()
    {
        string both = $$"""{"jobName":"{{Job}}","workers":{"{{fixture.Worker.Address}}":false,"127.0.0.2:20010":false},"token":"t-demo-1"}""";
        Assert.Equal(Plain("所有机器不能全部下线"), await RawPostAsync("api/workers/state.do", both));
        var workers = (await _daemon.GetJsonAsync($"api/workers/{Job}.do?token=t-demo-1"))["data"]!.AsArray();
        Assert.All(workers, w => Assert.True((bool)w!["canSchedule"]!));
    }

    [Theory]
    [InlineData("api/jobs/nobody.do?token=t-demo-1", "job不存在")]
    [InlineData("api/jobs/nobody.do?token=wrong", "授权失败")]
    [InlineData("api/jobs/nobody.do", "参数错误")]
    [InlineData("api/jobs/" + Job + ".do?token=t-other", "授权失败")]
    [InlineData("api/workers/nobody.do?token=t-demo-1", "job不存在")]
    [InlineData("api/workers/" + Job + ".do?token=wrong", "授权失败")]
    [InlineData("api/workers/" + Job + ".do", "参数错误")]
    [InlineData("api/check/not%20a%20host.do", "参数错误")]
    public async Task Get_AnswersAsTheTableSays(string path, string message) => Assert.Equal(Plain(message), await _daemon.GetAsync(path));

    [Fact]
    public async Task Job_IsShownWithItsMembersInOrder()
    {
        string text = await _daemon.GetAsync($"api/jobs/{Job}.do?token=t-demo-1");
        var data = JsonNode.Parse(text)!["data"]!.AsObject();
        Assert.Equal(data.Select(m => m.Key).Order(StringComparer.Ordinal), data.Select(m => m.Key));
        Assert.Equal(Job + "_dev", (string)data["name"]!);
        Assert.Equal("发送即将过期短信", (string)data["desc"]!);
        Assert.Equal("""{"city":"北京"}""", (string)data["parameter"]!);
        Assert.Equal(1_800_000, (long)data["timeout"]!);
        Assert.Equal((233, "shop", "shop_code", "remote", "discard", "first"), (
            (int)data["appId"]!, (string)data["appName"]!, (string)data["appCode"]!, (string)data["type"]!, (string)data["recover"]!, (string)data["loadBalance"]!));
        Assert.Contains("发送即将过期短信", text); // as is, not escaped
        Assert.False(data.ContainsKey("cronParamJson"));
    }

    [Fact]
    public async Task JobWithSeveralCrons_ShowsThemAsJsonText()
    {
        var data = (await _daemon.GetJsonAsync("api2/jobs/several.do", DaemonProcess.Token))["data"]!;
        Assert.Equal("""[{"cron":"0 0 1 * * ?","param":{"n":1}},{"cron":"0 0 2 * * ?"}]""", (string)data["cronParamJson"]!);
        Assert.Null(data["nextRun"]);
        Assert.False((bool)data["state"]!);
    }

    [Fact]
    public async Task Start_ByHand_AnswersTheTaskId_AndTheTaskRuns_WithAPercentEncodedChineseName()
    {
        var answer = JsonNode.Parse(await RawPostAsync("api/tasks.do", $$"""{"job":"{{Chinese}}","token":"t-demo-1","param":{"k":"值"} }"""))!;
        Assert.True((bool)answer["ret"]!);
        string id = (string)answer["message"]!;
        Assert.Matches(@"^\d{6}\.\d{6}\.\d+\.\d+\.\d+\.\d+\.\d+\.\d+$", id);
        JsonNode task = null!;
        await Eventually.Holds(
            async () => (int)(task = (await _daemon.GetJsonAsync($"api/tasks/{id}.do?token=t-demo-1"))["data"]!)["state"]! == 300,
            TimeSpan.FromSeconds(30), () => "it did not finish");
        Assert.Equal(300, (int)(await _daemon.JobAsync(Chinese))["lastState"]!);
        Assert.Equal((300, """{"k":"值"}""", fixture.Worker.Address), ((int)task["state"]!, (string)task["parameter"]!, (string)task["worker"]!));
        var receipt = fixture.Worker.Receipts.Last(r => (string)r["taskId"]! == id);
        Assert.Equal("值", (string)receipt["param"]!["k"]!);
    }

    [Fact]
    public async Task Check_ShowsTheHostWhileATaskIsThere_AndIsEmptyAfterwards()
    {
        fixture.Worker.Answer = (request, context) => (string)request["job"]! == "held"
            ? ReceiptWorker.Reply(context, 202, "{}")
            : ReceiptWorker.Reply(context, 200, """{"state":300}""");
        string id = (string)JsonNode.Parse(await RawPostAsync("api2/tasks.do", """{"job":"held"}""", DaemonProcess.Token))!["message"]!;
        foreach (string generation in (string[])["api", "api2"])
        {
            var data = (await _daemon.GetJsonAsync($"{generation}/check/127.0.0.1.do"))["data"]!.AsArray();
            Assert.Equal("held_dev", (string)data.Single()!["name"]!);
        }
        Assert.Equal("""{"data":[],"ret":true}""", await _daemon.GetAsync("api/check/127.0.0.2.do"));
        Assert.Equal("""{"data":[],"ret":true}""", await _daemon.GetAsync("api/check/l-pay2.dev.cn6.do"));
        Assert.Equal("""{"data":[],"ret":true}""", await _daemon.GetAsync("api/check/10.99.0.1.do"));
        await Eventually.Holds(async () => (int)(await _daemon.JobAsync("held"))["lastState"]! == 200, TimeSpan.FromSeconds(30), () => "it was not taken");
        Assert.Equal(Plain("重试失败"), await RawPostAsync("api/tasks.do", """{"job":"held","token":"t-demo-1"}""")); // overlap
        Assert.Equal(Plain("操作成功"), await RawPostAsync("api/tasks/state.do", $$"""{"taskId":"{{id}}","state":300,"token":"t-demo-1"}"""));
        Assert.Equal("""{"data":[],"ret":true}""", await _daemon.GetAsync("api/check/127.0.0.1.do"));
        Assert.Equal(Plain("操作成功"), await RawPostAsync("api/tasks/state.do", $$"""{"taskId":"{{id}}","state":-100,"token":"t-demo-1"}"""));
        Assert.Equal(300, (int)(await _daemon.JobAsync("held"))["lastState"]!);
    }

    [Fact]
    public async Task Workers_AreListedByAddress()
    {
        var list = (await _daemon.GetJsonAsync($"api/workers/{Chinese}.do?token=t-demo-1"))["data"]!.AsArray();
        Assert.Equal(["127.0.0.1:" + fixture.Worker.Port, "127.0.0.2:20010"], list.Select(w => (string)w!["address"]!));
        Assert.Equal("l-pay2.dev.cn6.qunar.com", (string)list[1]!["hostname"]!);
        Assert.Equal(["address", "canSchedule", "hostname", "jobName"], list[0]!.AsObject().Select(m => m.Key));
    }

    [Fact]
    public async Task UnknownPathsAndMethods_HaveTheirStatus()
    {
        Assert.Equal(HttpStatusCode.NotFound, (await _daemon.Http.GetAsync("api/nothing.do")).StatusCode);
        var wrong = await _daemon.Http.GetAsync("api/jobs/on.do");
        Assert.Equal((HttpStatusCode.MethodNotAllowed, "POST"), (wrong.StatusCode, string.Join(',', wrong.Content.Headers.Allow)));
        var large = await _daemon.Http.PostAsync("api/jobs/on.do", new ByteArrayContent(new byte[(1 << 20) + 1]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        Assert.False((bool)JsonNode.Parse(await large.Content.ReadAsStringAsync())!["ret"]!);
    }

    private static string Plain(string message) => $$"""{"message":"{{message}}","ret":{{(message == "操作成功" ? "true" : "false")}}}""";

    private static string? TokenOf(string body) => body.StartsWith("{nonsense", StringComparison.Ordinal) ? null : (string?)JsonNode.Parse(body)!["token"];

    private static string Untokened(string body)
    {
        if (body.StartsWith("{nonsense", StringComparison.Ordinal))
            return body;
        var node = JsonNode.Parse(body)!.AsObject();
        node.Remove("token");
        return node.ToJsonString();
    }

    private async Task<string> RawPostAsync(string path, string body, string? header = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, "text/plain") };
        if (header is not null)
            request.Headers.Add("Q-Server-Token", header);
        using var answer = await _daemon.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("application/json; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        return await answer.Content.ReadAsStringAsync();
    }
}
