using System.Collections.Immutable;
using Qschedd.Engine.Model;
using Qschedd.Http;

namespace Qschedd.Tests.Http;

/// <summary>Where a token is looked for, and what it opens.</summary>
public class TokenTests
{
    private const string BadParameters = "参数错误";
    private const string Unauthorized = "授权失败";

    [Theory]
    [InlineData("\"token\":\"a1b2c3d4\"", null, "操作成功")]
    [InlineData("\"token\":\"a1b2c3d4\"", Samples.WrongToken, "操作成功")]
    [InlineData("\"token\":null", Samples.DemoToken, "操作成功")]
    [InlineData("\"token\":\"\"", Samples.DemoToken, "操作成功")]
    [InlineData("\"x\":1", Samples.DemoToken, "操作成功")]
    [InlineData("\"token\":\"admin-0123456789\"", null, "操作成功")]
    [InlineData("\"token\":\"opens-nothing\"", Samples.DemoToken, Unauthorized)]
    [InlineData("\"token\":\"a1b2c3d4 \"", null, Unauthorized)]
    [InlineData("\"token\":\"A1B2C3D4\"", null, Unauthorized)]
    [InlineData("\"token\":\"***\"", null, Unauthorized)]
    [InlineData("\"token\":\"令牌-car/+=\"", null, Unauthorized)]
    [InlineData("\"token\":7", Samples.DemoToken, BadParameters)]
    [InlineData("\"token\":[\"a1b2c3d4\"]", null, BadParameters)]
    [InlineData("\"x\":1", null, BadParameters)]
    [InlineData("\"token\":\"\"", null, BadParameters)]
    public async Task FirstGeneration_TakesTheBodysToken_WhenPosted(string member, string? header, string message)
    {
        await using TestServer server = await TestServer.StartAsync();
        RawAnswer answer = await server.PostAsync("/api/jobs/on.do", $$"""{"jobs":["{{Samples.Job1}}"],{{member}}}""", header);
        Assert.Contains($"\"{message}\"", answer.Text);
    }

    [Theory]
    [InlineData("\"token\":\"a1b2c3d4\"", null, Unauthorized)]
    [InlineData("\"token\":\"a1b2c3d4\"", Samples.WrongToken, Unauthorized)]
    [InlineData("\"token\":\"a1b2c3d4\"", "", Unauthorized)]
    [InlineData("\"token\":7", Samples.DemoToken, "操作成功")]
    [InlineData("\"token\":\"opens-nothing\"", Samples.DemoToken, "操作成功")]
    [InlineData("\"jobs\":[]", null, BadParameters)]
    public async Task SecondGeneration_TakesTheHeadersToken_WhenPosted(string member, string? header, string message)
    {
        await using TestServer server = await TestServer.StartAsync();
        RawAnswer answer = await server.PostAsync("/api2/jobs/on.do", $$"""{"jobs":["{{Samples.Job1}}"],{{member}}}""", header);
        Assert.Contains($"\"{message}\"", answer.Text);
    }

    [Theory]
    [InlineData("/api/jobs/car.coupon.sendOutdateMsg.do?token=%E4%BB%A4%E7%89%8C-car%2F%2B%3D", null, "\"ret\":true")]
    [InlineData("/api/jobs/car.coupon.sendOutdateMsg.do?token=%E4%BB%A4%E7%89%8C-car/+=", null, Unauthorized)]
    [InlineData("/api2/jobs/car.coupon.sendOutdateMsg.do", Samples.CarToken, "\"ret\":true")]
    [InlineData("/api/jobs/qschedule.demo.job1.do?token=", Samples.DemoToken, "\"ret\":true")]
    [InlineData("/api/jobs/qschedule.demo.job1.do?token=x&token=a1b2c3d4", null, "\"ret\":true")]
    [InlineData("/api/jobs/qschedule.demo.job1.do?token=x", Samples.DemoToken, Unauthorized)]
    [InlineData("/api/jobs/qschedule.demo.job1.do?token=%ff", Samples.DemoToken, BadParameters)]
    [InlineData("/api2/jobs/qschedule.demo.job1.do?token=x", Samples.DemoToken, "\"ret\":true")]
    [InlineData("/api/jobs/no.such.do?token=x", null, Unauthorized)]
    [InlineData("/api/jobs/no.such.do?token=a1b2c3d4", null, "job不存在")]
    [InlineData("/api/jobs/car.coupon.sendOutdateMsg.do?token=a1b2c3d4", null, Unauthorized)]
    [InlineData("/api/jobs/sister.by-hand.do?token=a1b2c3d4", null, "\"ret\":true")]
    [InlineData("/api/workers/no.such.do?token=x", null, Unauthorized)]
    [InlineData("/api/tasks/140727.123745.192.168.236.130.26859.1.do?token=x", null, Unauthorized)]
    public async Task Get_TakesTheToken_WhereTheGenerationSays(string target, string? header, string expected)
    {
        await using TestServer server = await TestServer.StartAsync();
        Assert.Contains(expected, (await server.GetAsync(target, header)).Text);
    }

    [Theory]
    [InlineData("jobs/on.do", """{"jobs":["no.such"]}""")]
    [InlineData("jobs/off.do", """{"jobs":["no.such"]}""")]
    [InlineData("tasks.do", """{"job":"no.such"}""")]
    [InlineData("workers/state.do", """{"jobName":"no.such","workers":"no json"}""")]
    [InlineData("tasks/state.do", """{"taskId":"140727.123745.host.1.1","state":300}""")]
    [InlineData("tasks/kill.do", """{"taskId":"140727.123745.host.1.1"}""")]
    [InlineData("workers/register.do", """{"app":"no.such","address":"a:1"}""")]
    [InlineData("workers/unregister.do", """{"app":"no.such","address":"a:1"}""")]
    public async Task Stranger_LearnsNothing_WhenAskingForWhatIsNotThere(string path, string body)
    {
        await using TestServer server = await TestServer.StartAsync();

        RawAnswer answer = await server.PostAsync($"/api2/{path}", body, Samples.WrongToken);

        Assert.Contains(Unauthorized, answer.Text);
        Assert.Empty(server.Scheduler.Commands);
    }

    [Theory]
    [InlineData("jobs/on.do", """{"jobs":["qschedule.demo.job1","car.coupon.execOutdate"]}""")]
    [InlineData("jobs/on.do", """{"jobs":["no.such","car.coupon.execOutdate"]}""")]
    [InlineData("tasks.do", """{"job":"car.coupon.execOutdate"}""")]
    [InlineData("workers/state.do", """{"jobName":"car.coupon.execOutdate","workers":{"a:1":true}}""")]
    [InlineData("tasks/state.do", $$"""{"taskId":"{{Samples.CarTaskId}}","state":300}""")]
    [InlineData("tasks/kill.do", $$"""{"taskId":"{{Samples.CarTaskId}}"}""")]
    [InlineData("workers/register.do", """{"app":"m_car_coupon_dis_entity","address":"a:1"}""")]
    [InlineData("workers/unregister.do", """{"app":"m_car_coupon_dis_entity","address":"a:1"}""")]
    public async Task Token_ChangesNothing_WhenItIsAnotherApps(string path, string body)
    {
        await using TestServer server = await TestServer.StartAsync();

        RawAnswer answer = await server.PostAsync($"/api2/{path}", body, Samples.DemoToken);

        Assert.Contains(Unauthorized, answer.Text);
        Assert.Empty(server.Scheduler.Commands);
    }

    [Fact]
    public async Task Token_EndsWithItsCatalog_WhenReloaded()
    {
        await using TestServer server = await TestServer.StartAsync();
        const string Target = $"/api2/jobs/{Samples.Job1}.do";
        Assert.Contains("\"ret\":true", (await server.GetAsync(Target, Samples.DemoToken)).Text);

        server.Scheduler.Reload([Samples.Demo with { Token = new Secret("another") }]);

        Assert.Contains(Unauthorized, (await server.GetAsync(Target, Samples.DemoToken)).Text);
        Assert.Contains("\"ret\":true", (await server.GetAsync(Target, "another")).Text);
    }

    [Fact]
    public void Index_OpensAllAppsOfAToken_WhenItIsShared()
    {
        ImmutableArray<App> many = [.. Enumerable.Range(0, 2000).Select(i => Samples.MakeApp($"app{i}", i, null, $"token{i / 2}"))];
        var index = new TokenIndex(new FakeScheduler { Apps = many }.Catalog);

        for (int i = 0; i < many.Length; i++)
        {
            Access access = index.Find($"token{i / 2}");
            Assert.True(access.Opens($"app{i}") && access.Opens($"app{i ^ 1}") && !access.Opens($"app{i ^ 2}"));
        }

        Assert.Equal("apps app0, app1", index.Find("token0").Name);
        Assert.True(index.Find("token1000").OpensNothing);
        Assert.True(index.Find(Samples.AdminToken).Opens("app7"));
    }
}
