using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Http;

/// <summary>How executors of XXL-JOB register, and what opens which paths to them.</summary>
public class XxlRegistryTests : XxlFixture
{
    public static TheoryData<string> Prefixes() => new() { "", "/", "/xxl-job-admin", "/xxl-job-admin/" };

    [Theory]
    [MemberData(nameof(Prefixes))]
    public async Task Executor_IsRegistered_AndLeaves(string prefix)
    {
        await using TestServer server = await StartAsync();
        Assert.Equal(Done, await PostAsync(server, prefix + "/api/registry", Registry));
        Assert.Equal(Done, await PostAsync(server, prefix + "/api/registryRemove", Registry));
        Assert.Equal(
            [$"register qschedule.sister 10.0.0.9:9999 10.0.0.9 - at {Now}", "unregister qschedule.sister 10.0.0.9:9999"],
            server.Scheduler.Commands);
    }

    [Theory]
    [InlineData("http://10.0.0.9:9999", "10.0.0.9:9999 10.0.0.9")]
    [InlineData("http://10.0.0.9:9999/job", "http://10.0.0.9:9999/job 10.0.0.9")]
    [InlineData("http://10.0.0.9:9999/job/", "http://10.0.0.9:9999/job 10.0.0.9")]
    [InlineData("https://ex.dev", "https://ex.dev ex.dev")]
    [InlineData("http://ex.dev", "ex.dev:80 ex.dev")]
    [InlineData("http://[::1]:9999/", "[::1]:9999 ::1")]
    [InlineData("http://[::1]:9999/job", "http://[::1]:9999/job ::1")]
    [InlineData("10.0.0.9:9999/job", "http://10.0.0.9:9999/job 10.0.0.9")]
    [InlineData("10.0.0.9:9999", "10.0.0.9:9999 10.0.0.9")]
    [InlineData("http://10.0.0.9:09999/", "10.0.0.9:9999 10.0.0.9")]
    [InlineData("http://[0:0:0::1]:9999/", "[::1]:9999 ::1")]
    [InlineData("http://[::ffff:10.0.0.9]:9999/job", "http://10.0.0.9:9999/job 10.0.0.9")]
    public async Task Address_IsOneForm_HoweverItIsWritten(string value, string expected)
    {
        await using TestServer server = await StartAsync();
        Assert.Equal(Done, await PostAsync(server, "/api/registry", Registry.Replace("http://10.0.0.9:9999/", value, StringComparison.Ordinal)));
        Assert.Equal($"register qschedule.sister {expected} - at {Now}", Assert.Single(server.Scheduler.Commands));
    }

    [Theory]
    [InlineData("ftp://10.0.0.9:9999/")]
    [InlineData("http://user:secret@10.0.0.9:9999/")]
    [InlineData("http://10.0.0.9:9999/?a=b")]
    [InlineData("http://10.0.0.9:9999/a b")] // could never be called
    [InlineData("10.0.0.9")]
    [InlineData("http://")]
    public async Task Address_IsRefused_WhenItIsNoUrl(string value)
    {
        await using TestServer server = await StartAsync();
        string answer = await PostAsync(server, "/api/registry", Registry.Replace("http://10.0.0.9:9999/", value, StringComparison.Ordinal));
        Assert.Contains("registryValue is no http(s) URL", answer, StringComparison.Ordinal);
        Assert.Empty(server.Scheduler.Commands);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("nonsense")]
    [InlineData("""{"registryGroup":"","registryKey":"qschedule.sister","registryValue":"http://10.0.0.9:9999/"}""")]
    [InlineData("""{"registryGroup":"EXECUTOR","registryKey":" ","registryValue":"http://10.0.0.9:9999/"}""")]
    [InlineData("""{"registryGroup":"EXECUTOR","registryKey":"qschedule.sister","registryValue":null}""")]
    [InlineData("""{"registryGroup":"EXECUTOR","registryKey":"qschedule.sister"}""")]
    [InlineData("""{"registryGroup":"EXECUTOR","registryKey":7,"registryValue":"http://10.0.0.9:9999/"}""")]
    public async Task Registration_IsAnIllegalArgument_WhenAFieldIsBlank(string body)
    {
        await using TestServer server = await StartAsync();
        Assert.Equal(IllegalArgument, await PostAsync(server, "/api/registry", body));
        Assert.Equal(IllegalArgument, await PostAsync(server, "/api/registryRemove", body));
        Assert.Empty(server.Scheduler.Commands);
    }

    [Theory]
    [InlineData("no.such.app")]
    [InlineData("qschedule.demo")] // of this token, but of another protocol
    [InlineData("m_car_coupon_dis_entity")] // of another token
    public async Task App_IsUnknown_WhenItIsNotOneOfTheTokensThatSpeakTheProtocol(string key)
    {
        await using TestServer server = await StartAsync();
        string answer = await PostAsync(server, "/api/registry", Registry.Replace("qschedule.sister", key, StringComparison.Ordinal));
        Assert.Contains("\"code\":500", answer, StringComparison.Ordinal);
        Assert.Contains("registryKey", answer, StringComparison.Ordinal);
        Assert.Empty(server.Scheduler.Commands);
    }

    [Fact]
    public async Task App_IsFound_ByItsCodeToo_AndServesOnlyJobsOfTheProtocol_WhenTheAppSpeaksAnother()
    {
        Job mixed = Samples.MakeJob(Samples.Demo, "demo.xxl") with { Protocol = WorkerProtocol.XxlJob };
        await using TestServer server = await StartAsync(s => s.Jobs.Add(new JobView(mixed, Samples.Jobs[0].Status)));
        Assert.Equal(Done, await PostAsync(server, "/api/registry", Registry.Replace("qschedule.sister", "qschedule_demo", StringComparison.Ordinal)));
        Assert.Equal($"register qschedule.demo 10.0.0.9:9999 10.0.0.9 demo.xxl at {Now}", Assert.Single(server.Scheduler.Commands));
    }

    [Theory]
    [InlineData("/api/registry", Registry)]
    [InlineData("/api/registryRemove", Registry)]
    [InlineData("/api/callback", """[{"logId":42000,"handleCode":200}]""")]
    [InlineData("/api/callback", "nonsense")]
    public async Task Token_IsLookedAtFirst(string path, string body)
    {
        await using TestServer server = await StartAsync();
        foreach (string? token in new[] { null, "", Samples.WrongToken, "A1B2C3D4" })
        {
            Assert.Equal(WrongToken, await PostAsync(server, path, body, token));
            Assert.Equal(WrongToken, await PostAsync(server, "/xxl-job-admin" + path, body, token));
        }

        // The tokens of the other interface have no place here.
        Assert.Equal(WrongToken, (await server.PostAsync(path, body, Samples.DemoToken)).Text);
        Assert.Empty(server.Scheduler.Commands);
    }

    [Theory]
    [InlineData("qschedule.sister", true)]
    [InlineData("qschedule_demo", true)]
    [InlineData("m_car_coupon_dis_entity", false)]
    public async Task AppName_MustBeOneOfTheTokens_WhereAnExecutorNamesIt(string app, bool good)
    {
        await using TestServer server = await StartAsync();
        Assert.Equal(good ? Done : WrongToken, await PostAsync(server, "/api/registry", Registry, more: $"XXL-JOB-APPNAME: {app}\r\n"));
    }

    [Theory]
    [InlineData("GET", "/api/callback", 405)]
    [InlineData("GET", "/xxl-job-admin/api/registry", 405)]
    [InlineData("POST", "/api/addJob", 404)]
    [InlineData("POST", "/api2/callback", 404)]
    [InlineData("POST", "/xxl-job-admin/api/jobs/on.do", 404)]
    [InlineData("POST", "/xxl-job-admin/jobinfo", 404)]
    public async Task Path_IsServedAsItIs_AndNoMore(string method, string path, int status)
    {
        await using TestServer server = await StartAsync();
        Assert.Equal(status, (await server.SendAsync(method, path, method == "POST" ? "{}"u8.ToArray() : null)).Status);
    }

    [Fact]
    public async Task Operator_MayNameAnExecutor_AsItRegistered()
    {
        await using TestServer server = await StartAsync();
        string answer = (await server.PostAsync(
            "/api2/workers/state.do", """{"jobName":"sister.by-hand","workers":{"http://10.0.0.9:9999/":false,"http://10.0.0.9:9999/job":true}}""", Samples.DemoToken)).Text;
        Assert.Contains("操作成功", answer, StringComparison.Ordinal);
        Assert.StartsWith(
            "workers sister.by-hand 10.0.0.9:9999=False http://10.0.0.9:9999/job=True by", Assert.Single(server.Scheduler.Commands), StringComparison.Ordinal);
    }
}
