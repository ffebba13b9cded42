using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Http;

namespace Qschedd.Tests.Http;

/// <summary>What the engine is asked to do, and what it is not asked.</summary>
public class CommandTests
{
    private const string Workers = "\"jobName\":\"qschedule.demo.job1\",\"workers\":";

    [Theory]
    [InlineData("jobs/on.do", """{"jobs":["qschedule.demo.job2","sister.by-hand","qschedule.demo.job2"]}""", "on qschedule.demo.job2 sister.by-hand by apps qschedule.demo, qschedule.sister from 127.0.0.1")]
    [InlineData("jobs/off.do", """{"jobs":["报表.每日\"汇总\".do"]}""", "off 报表.每日\"汇总\".do by apps qschedule.demo, qschedule.sister from 127.0.0.1")]
    [InlineData("tasks.do", """{"job":"qschedule.demo.job1"}""", "start qschedule.demo.job1 - by apps qschedule.demo, qschedule.sister from 127.0.0.1")]
    [InlineData("tasks.do", """{"job":"qschedule.demo.job1","param":null}""", "start qschedule.demo.job1 - by apps qschedule.demo, qschedule.sister from 127.0.0.1")]
    [InlineData("tasks.do", """{"job":"qschedule.demo.job1","param":{ }}""", "start qschedule.demo.job1 - by apps qschedule.demo, qschedule.sister from 127.0.0.1")]
    [InlineData("tasks.do", """{"job":"qschedule.demo.job1","param":{"x": [1e400,"报"]}}""", "start qschedule.demo.job1 {\"x\": [1e400,\"报\"]} by apps qschedule.demo, qschedule.sister from 127.0.0.1")]
    [InlineData("tasks/kill.do", $$"""{"taskId":"{{Samples.TaskId}}"}""", $"kill {Samples.TaskId} by apps qschedule.demo, qschedule.sister from 127.0.0.1")]
    [InlineData("tasks/state.do", $$"""{"taskId":"{{Samples.TaskId}}","state":-300}""", $"report {Samples.TaskId} -300")]
    [InlineData("workers/unregister.do", """{"app":"qschedule.demo","address":"[::1]:80"}""", "unregister qschedule.demo [::1]:80")]
    [InlineData("workers/register.do", """{"app":"qschedule.demo","address":"10.0.0.9:80","jobs":null}""", "register qschedule.demo 10.0.0.9:80 10.0.0.9 - at 1772323200000")]
    [InlineData("workers/register.do", """{"app":"qschedule.demo","address":"[0:0::1]:080"}""", "register qschedule.demo [::1]:80 ::1 - at 1772323200000")]
    [InlineData("workers/register.do", """{"app":"qschedule.demo","address":"[::FFFF:10.0.0.9]:80"}""", "register qschedule.demo 10.0.0.9:80 10.0.0.9 - at 1772323200000")]
    [InlineData("workers/unregister.do", """{"app":"qschedule.demo","address":"[0:0::1]:080"}""", "unregister qschedule.demo [::1]:80")]
    [InlineData("workers/register.do", """{"app":"qschedule.sister","address":"http://x.dev:9/","hostname":"h:1"}""", "register qschedule.sister x.dev:9 h:1 - at 1772323200000")]
    [InlineData("workers/register.do", """{"app":"qschedule.demo","address":"a:80","jobs":["qschedule.demo.job2","qschedule.demo.job2"]}""", "register qschedule.demo a:80 a qschedule.demo.job2 at 1772323200000")]
    public async Task Engine_IsAsked_WhenTheRequestIsGood(string path, string body, string command)
    {
        await using TestServer server = await TestServer.StartAsync();

        RawAnswer answer = await server.PostAsync($"/api2/{path}", body, Samples.DemoToken);

        Assert.Contains("\"ret\":true", answer.Text);
        Assert.Equal([command], server.Scheduler.Commands);
    }

    [Theory]
    [InlineData("{" + Workers + """{"a:1":true,"a:1":false,"b:2":true}}""", "a:1=False b:2=True")]
    [InlineData("{" + Workers + "\"{\\\"a:1\\\":true}\"}", "a:1=True")]
    [InlineData("{" + Workers + "\"\\uFEFF {\\\"a:1\\\":true} \"}", "a:1=True")]
    public async Task Workers_AreReadInBothForms_WhenSetOnline(string body, string online)
    {
        await using TestServer server = await TestServer.StartAsync();

        RawAnswer answer = await server.PostAsync("/api2/workers/state.do", body, Samples.AdminToken);

        Assert.Contains("操作成功", answer.Text);
        Assert.Equal([$"workers qschedule.demo.job1 {online} by admin from 127.0.0.1"], server.Scheduler.Commands);
    }

    [Theory]
    [InlineData("jobs/on.do", """{}""")]
    [InlineData("jobs/on.do", """{"jobs":"qschedule.demo.job1"}""")]
    [InlineData("jobs/on.do", """{"jobs":[""]}""")]
    [InlineData("jobs/on.do", """{"jobs":[null]}""")]
    [InlineData("jobs/on.do", "")]
    [InlineData("tasks.do", """{"job":""}""")]
    [InlineData("tasks.do", """{"job":"qschedule.demo.job1","param":"{}"}""")]
    [InlineData("tasks.do", """{"job":"qschedule.demo.job1","param":1}""")]
    [InlineData("workers/state.do", """{"workers":{"a:1":true}}""")]
    [InlineData("workers/state.do", """{"jobName":"qschedule.demo.job1","workers":null}""")]
    [InlineData("tasks/state.do", $$"""{"taskId":"{{Samples.TaskId}}"}""")]
    [InlineData("tasks/state.do", $$"""{"taskId":"{{Samples.TaskId}}","state":"300"}""")]
    [InlineData("tasks/state.do", $$"""{"taskId":"{{Samples.TaskId}}","state":300.5}""")]
    [InlineData("tasks/state.do", $$"""{"taskId":"{{Samples.TaskId}}","state":1e400}""")]
    [InlineData("tasks/state.do", $$"""{"taskId":"{{Samples.TaskId}}","state":-9999}""")]
    [InlineData("tasks/state.do", $$"""{"taskId":"{{Samples.TaskId}}","state":300,"message":1}""")]
    [InlineData("tasks/state.do", $$"""{"taskId":"{{Samples.TaskId}}","state":300,"output":[]}""")]
    [InlineData("tasks/state.do", """{"taskId":"x","state":300}""")]
    [InlineData("tasks/kill.do", """{"taskId":"x"}""")]
    [InlineData("workers/register.do", """{"app":"qschedule.demo","address":"a:1","jobs":[]}""")]
    [InlineData("workers/register.do", """{"app":"qschedule.demo","address":"a:1","hostname":"a\nb"}""")]
    [InlineData("workers/register.do", """{"app":"qschedule.demo","address":"a:1","hostname":1}""")]
    [InlineData("workers/register.do", """{"address":"a:1"}""")]
    public async Task Engine_IsNotAsked_WhenTheShapeIsWrong(string path, string body)
    {
        await using TestServer server = await TestServer.StartAsync();

        RawAnswer answer = await server.PostAsync($"/api2/{path}", body, Samples.DemoToken);

        Assert.Contains("参数错误", answer.Text);
        Assert.Empty(server.Scheduler.Commands);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("true")]
    [InlineData("""{"a:1":1}""")]
    [InlineData("""{"a:1":"true"}""")]
    [InlineData("""{"a:1":{"b:1":true}}""")]
    [InlineData("\"\"")]
    [InlineData("\"{}\"")]
    [InlineData("\"[true]\"")]
    [InlineData("\"null\"")]
    [InlineData("\"\\\"{}\\\"\"")]
    [InlineData("\"{\\\"a:1\\\":\\\"\\\\ud800\\\"}\"")]
    [InlineData("\"{\\\"a:1\\\":[[[[[[[[[[[[true]]]]]]]]]]]]}\"")]
    public async Task Workers_AreRefused_WhenNoObjectOfBooleans(string workers)
    {
        await using TestServer server = await TestServer.StartAsync();

        RawAnswer answer = await server.PostAsync("/api2/workers/state.do", $"{{{Workers}{workers}}}", Samples.DemoToken);

        Assert.Contains("workers json 格式非法", answer.Text);
        Assert.Empty(server.Scheduler.Commands);
    }

    [Theory]
    [InlineData("""{"app":"qschedule.demo","address":"http://x.dev/"}""")]
    [InlineData("""{"app":"qschedule.demo","address":"a:1","jobs":["no.such"]}""")]
    [InlineData("""{"app":"qschedule.demo","address":"a:1","jobs":["qschedule.demo.job1","sister.by-hand"]}""")]
    public async Task Registration_IsRefused_WhenItDoesNotFitItsApp(string body)
    {
        await using TestServer server = await TestServer.StartAsync();

        RawAnswer answer = await server.PostAsync("/api2/workers/register.do", body, Samples.DemoToken);

        Assert.Contains("操作失败", answer.Text);
        Assert.Empty(server.Scheduler.Commands);
    }

    [Fact]
    public async Task Job_IsFoundByItsShownName_WhenDev()
    {
        var scheduler = new FakeScheduler { Environment = "dev", Jobs = [.. Samples.Jobs, WithName("twin"), WithName("twin_dev")] };
        await using TestServer server = await TestServer.StartAsync(scheduler);

        await server.PostAsync("/api2/jobs/on.do", """{"jobs":["qschedule.demo.job1_dev","qschedule.demo.job1","twin_dev","twin_dev_dev"]}""", Samples.AdminToken);
        await server.PostAsync("/api2/jobs/on.do", """{"jobs":["_dev"]}""", Samples.AdminToken);

        Assert.Equal(["on qschedule.demo.job1 twin_dev by admin from 127.0.0.1"], scheduler.Commands);
    }

    [Fact]
    public async Task Job_IsNotFoundByItsShownName_WhenNotDev()
    {
        await using TestServer server = await TestServer.StartAsync();
        Assert.Contains("job不存在", (await server.GetAsync($"/api2/jobs/{Samples.Job1}_dev.do", Samples.AdminToken)).Text);
    }

    [Fact]
    public async Task Report_IsCut_WhenLong()
    {
        await using TestServer server = await TestServer.StartAsync();
        string message = new string('汉', 2000) + "end", output = "start" + new string('汉', 30000);

        await server.PostAsync("/api2/tasks/state.do", $$"""{"taskId":"{{Samples.TaskId}}","state":200,"message":"{{message}}","output":"{{output}}"}""", Samples.DemoToken);

        TaskReport report = server.Scheduler.LastReport!;
        Assert.Equal(new TaskReport(Samples.TaskId, TaskState.Started, new string('汉', 1365), new string('汉', 21845)), report);
    }

    [Theory]
    [InlineData(HttpLimits.ParamBytesMax, true)]
    [InlineData(HttpLimits.ParamBytesMax + 1, false)]
    public async Task Param_IsBounded_WhenLarge(int bytes, bool good)
    {
        await using TestServer server = await TestServer.StartAsync();
        string param = $$"""{"a":"{{new string('x', bytes - 8)}}"}""";

        RawAnswer answer = await server.PostAsync("/api2/tasks.do", $$"""{"job":"{{Samples.Job1}}","param":{{param}}}""", Samples.DemoToken);

        Assert.Equal(good, answer.Text.Contains("\"ret\":true"));
    }

    [Fact]
    public async Task TaskQuery_IsPassedOn_WhenListing()
    {
        await using TestServer server = await TestServer.StartAsync();

        await server.GetAsync($"/api2/tasks.do?job={Samples.Job1}&state=300,-9999&from=1&to=9223372036854775807&limit=7&after={Samples.TaskId}", Samples.DemoToken);

        TaskQuery query = server.Scheduler.LastQuery!;
        Assert.Equal([TaskState.Finished, TaskState.Unknown], query.States!);
        Assert.Equal((Samples.Job1, 1, long.MaxValue, Samples.TaskId, 7), (query.Job, query.FromMs, query.ToMs, query.AfterId, query.Limit));
    }

    [Theory]
    [InlineData("tasks.do?job=qschedule.demo.job1&state=1")]
    [InlineData("tasks.do?job=qschedule.demo.job1&state=0")]
    [InlineData("tasks.do?job=qschedule.demo.job1&state=300,")]
    [InlineData("tasks.do?job=qschedule.demo.job1&state=Finished")]
    [InlineData("tasks.do?job=qschedule.demo.job1&from=9223372036854775808")]
    [InlineData("tasks.do?job=qschedule.demo.job1&to=yesterday")]
    [InlineData("tasks.do?job=qschedule.demo.job1&limit=1001")]
    [InlineData("tasks.do?job=qschedule.demo.job1&after=x")]
    [InlineData("jobs.do?state=ON")]
    [InlineData("jobs.do?state=on,on,maybe")]
    [InlineData("jobs.do?limit=x")]
    [InlineData("jobs/%00.do")]
    [InlineData("jobs/a%5cb.do")]
    [InlineData("jobs/a\\b.do")]
    [InlineData("jobs/.do")]
    [InlineData("jobs/%c0%af.do")]
    [InlineData("check/a%2fb.do")]
    public async Task Get_IsRefused_WhenTheShapeIsWrong(string path)
    {
        await using TestServer server = await TestServer.StartAsync();
        RawAnswer answer = await server.GetAsync($"/api2/{path}", Samples.DemoToken);
        Assert.True(answer.Status == 400 || answer.Text.Contains("参数错误"), $"{answer.Status} {answer.Text}");
    }

    [Theory]
    [InlineData("jobs.do?state=off", "qschedule.demo.job2")]
    [InlineData("jobs.do?app=qschedule.sister", "sister.by-hand")]
    [InlineData("jobs.do?q=%E6%8A%A5%E8%A1%A8", "报表.每日")]
    [InlineData("jobs.do?q=%E6%BC%94%E7%A4%BA", "qschedule.demo.job1")]
    [InlineData("jobs.do?limit=1", "car.coupon.execOutdate")]
    [InlineData("jobs.do?after=qschedule.demo.job2_dev&limit=1", "sister.by-hand")]
    [InlineData("jobs.do?after=sister.&limit=1", "sister.by-hand")]
    public async Task Jobs_AreFiltered_WhenListed(string path, string name)
    {
        await using TestServer server = await TestServer.StartAsync(new FakeScheduler { Environment = "dev" });

        string text = (await server.GetAsync($"/api2/{path}", Samples.AdminToken)).Text;

        Assert.Contains($"\"name\":\"{name}", text);
        Assert.Single(text.Split("\"name\":").Skip(1));
    }

    [Theory]
    [InlineData("%5B0:0:0:0:0:0:0:1%5D", "::1")]
    [InlineData("%3A%3A1", "::1")]
    [InlineData("::ffff:10.0.0.9", "10.0.0.9")]
    [InlineData("l-payserver23.pay.dev.cn6", "l-payserver23.pay.dev.cn6")]
    public async Task Check_AsksForTheHost_WhenEncoded(string segment, string host)
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.GetAsync($"/api/check/{segment}.do");
        Assert.Equal(host, server.Scheduler.LastHost);
    }

    private static JobView WithName(string name) => new(Samples.MakeJob(Samples.Demo, name), Samples.Jobs[1].Status);
}
