using System.Collections.Immutable;
using System.Text;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Http;

/// <summary>What executors of XXL-JOB call, in all of their shapes.</summary>
public class XxlTests
{
    private const string Done = """{"code":200,"content":null,"data":null,"msg":"Success"}""";
    private const string WrongToken = """{"code":500,"content":null,"data":null,"msg":"The access token is wrong."}""";
    private const string IllegalArgument = """{"code":500,"content":null,"data":null,"msg":"Illegal Argument."}""";
    private const string Registry = """{"registryGroup":"EXECUTOR","registryKey":"qschedule.sister","registryValue":"http://10.0.0.9:9999/"}""";
    private const string Now = "1772323200000";

    private static readonly Job XxlJob = Samples.MakeJob(Samples.Sister, "sister.by-hand");

    public static TheoryData<string> Prefixes() => new() { "", "/xxl-job-admin" };

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

    public static TheoryData<string, string> Shapes() => new()
    {
        { """[{"logId":42000,"logDateTime":1,"handleCode":200,"handleMsg":null}]""", "Finished 1 -" },
        { """[{"logId":42000,"logDateTim":1772323200000,"handleCode":200,"handleMsg":"Success"}]""", "Finished 1 Success" },
        { """[{"logId":42000,"logDateTime":1,"executeResult":{"code":200,"msg":"old"}}]""", "Finished 1 old" },
        { """[{"logId":42000,"executeResult":{"code":500,"msg":"both"},"handleCode":500,"handleMsg":"both"}]""", "Failed 1 both" },
        { """{"callbackList":[{"logId":42000,"logDateTime":1,"handleCode":200}]}""", "Finished 1 -" },
        { """{"logId":42000,"handleCode":200,"handleMsg":"alone"}""", "Finished 1 alone" },
        { """[{"logId":"42003","handleCode":"500","handleMsg":"texts"}]""", "Failed 4 texts" },
        { "\uFEFF[{\"logId\":42000,\"handleCode\":200}]", "Finished 1 -" },
        { """[{"logId":42000,"handleCode":500,"handleMsg":"cut \ud83d"}]""", "Failed 1 cut \ufffd" },
        { """[{"\ud800":1,"handleCode":200,"logId":42000,"lo\udc00gId":2}]""", "Finished 1 -" },
        { """[{"logId":42000,"handleCode":500}]""", "Failed 1 the executor reports code 500, and no more" },
        { """[{"logId":42000,"handleCode":502,"handleMsg":"job execute timeout "}]""", "Failed 1 code 502: job execute timeout " },
        { """[{"logId":42000,"handleCode":405,"handleMsg":"queue too deep"}]""", "QueueFull 1 code 405: queue too deep" },
        { """[{"logId":42000,"handleCode":407,"handleMsg":"discarded"}]""", "Ignored 1 code 407: discarded" },
        { """[{"logId":42000,"handleCode":408,"handleMsg":"killed"}]""", "Failed 1 code 408: killed" },
        { """[{"logId":42000,"handleCode":201,"handleMsg":"a code of one's own"}]""", "Failed 1 code 201: a code of one's own" },
        { """[{"logId":42000,"handleCode":0,"handleMsg":"lost"}]""", "Failed 1 the executor called back without a result: lost" },
        { """[{"logId":42000}]""", "Failed 1 the executor called back without a result" },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Callback_IsAReport_InEveryShape(string body, string expected)
    {
        foreach (string prefix in new[] { "", "/xxl-job-admin" })
        {
            await using TestServer server = await StartAsync();
            Assert.Equal(Done, await PostAsync(server, prefix + "/api/callback", body));
            Assert.Equal($"{TaskId(42)} {expected}", Assert.Single(Reports(server)));
        }
    }

    [Theory]
    [InlineData("", "Finished")]
    [InlineData("application/json;charset=UTF-8", "Finished")]
    [InlineData("text/plain", "Finished")]
    public async Task ContentType_IsNotLookedAt(string type, string state)
    {
        await using TestServer server = await StartAsync();
        string more = type.Length == 0 ? "" : $"Content-Type: {type}\r\n";
        Assert.Equal(Done, await PostAsync(server, "/api/callback", """[{"logId":42000,"handleCode":200}]""", more: more));
        Assert.StartsWith($"{TaskId(42)} {state}", Assert.Single(Reports(server)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Discarded_IsAFailure_WhenNothingWasToBeDiscarded()
    {
        await using TestServer server = await StartAsync(job: XxlJob with { Overlap = OverlapPolicy.Allow });
        await PostAsync(server, "/api/callback", """[{"logId":42000,"handleCode":407,"handleMsg":"x"}]""");
        Assert.Equal($"{TaskId(42)} Failed 1 code 407: x", Assert.Single(Reports(server)));
    }

    [Fact]
    public async Task Items_AreTakenOneByOne_AndWhatIsUnknownIsDropped()
    {
        await using TestServer server = await StartAsync();
        string answer = await PostAsync(
            server, "/api/callback",
            """
            [7, null, "x", {}, {"handleCode":200}, {"logId":0,"handleCode":200}, {"logId":-5,"handleCode":200},
             {"logId":99000,"handleCode":200}, {"logId":7000,"handleCode":200}, {"logId":43000,"handleCode":200}, {"logId":9223372036854775807,"handleCode":200},
             {"logId":44000,"handleCode":500,"handleMsg":["no text"]}, {"logId":1e3,"handleCode":200}, {"logId":42000,"handleCode":200}]
            """);
        Assert.Equal(Done, answer);
        Assert.Equal([$"{TaskId(44)} Failed 1 the executor reports code 500, and no more", $"{TaskId(42)} Finished 1 -"], Reports(server));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"callbackList":[]}""")]
    [InlineData("""{"callbackList":null}""")]
    public async Task Nothing_IsDone_WhenNothingIsCalledBack(string body)
    {
        await using TestServer server = await StartAsync();
        Assert.Equal(Done, await PostAsync(server, "/api/callback", body));
        Assert.Empty(server.Scheduler.Commands);
    }

    [Fact]
    public async Task Callbacks_AreManyInOneBody_AndEachIsTaken()
    {
        await using TestServer server = await StartAsync();
        string items = string.Join(',', Enumerable.Repeat("""{"logId":42000,"logDateTim":1772323200000,"handleCode":500,"handleMsg":"again"}""", 5000));
        Assert.Equal(Done, await PostAsync(server, "/api/callback", $"[{items}]"));
        Assert.Equal(5000, server.Scheduler.Commands.Count);
    }

    [Fact]
    public async Task Executor_IsAskedToSendItAgain_WhenItIsNotKept()
    {
        await using TestServer server = await StartAsync(s => s.Result = CommandResult.Unavailable);
        Assert.Contains("\"code\":500", await PostAsync(server, "/api/callback", """[{"logId":42000,"handleCode":200}]"""), StringComparison.Ordinal);
        Assert.Contains("\"code\":500", await PostAsync(server, "/api/registry", Registry), StringComparison.Ordinal);
        Assert.Contains("\"code\":500", await PostAsync(server, "/api/registryRemove", Registry), StringComparison.Ordinal);
    }

    [Fact]
    public async Task FaultOfOurs_IsAnAnswerOfTheProtocol()
    {
        await using TestServer server = await StartAsync(s => s.Fault = new InvalidOperationException("broken"));
        string answer = await PostAsync(server, "/api/callback", """[{"logId":42000,"handleCode":200}]""");
        Assert.Equal("""{"code":500,"content":null,"data":null,"msg":"A fault of the scheduler: send it again later."}""", answer);
        Assert.DoesNotContain(server.Log.Lines, line => line.Contains(Samples.DemoToken, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Message_IsCut_ToWhatAMessageMayHave()
    {
        await using TestServer server = await StartAsync();
        await PostAsync(server, "/api/callback", $$"""[{"logId":42000,"handleCode":500,"handleMsg":"{{new string('汉', 50_000)}}"}]""");
        Assert.Equal(new string('汉', 1365), server.Scheduler.LastReport!.Message);
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

    private static string TaskId(long seq) => $"260301.080000.10.0.0.5.42.{seq}";

    private static IEnumerable<string> Reports(TestServer server) => server.Scheduler.Reports
        .Select(r => $"{r.TaskId} {r.State} {r.Attempt} {r.Message ?? "-"}");

    /// <summary>Tasks 42 and 44 run at executors; 43 has ended, and 7 is of a job that no executor runs.</summary>
    private static Task<TestServer> StartAsync(Action<FakeScheduler>? arrange = null, Job? job = null)
    {
        TaskRow Row(long seq, TaskState state) => Samples.Tasks[2] with
        {
            Seq = seq,
            Id = TaskId(seq),
            Job = XxlJob.Name,
            App = Samples.Sister.Name,
            State = state,
        };
        ImmutableArray<TaskRow> rows = [Row(42, TaskState.Started), Row(43, TaskState.Finished), Row(44, TaskState.Starting)];
        var scheduler = new FakeScheduler
        {
            Jobs = [.. Samples.Jobs.Select(j => j.Job.Name == XxlJob.Name ? j with { Job = job ?? XxlJob } : j)],
            Tasks = [.. Samples.Tasks, .. rows],
        };
        arrange?.Invoke(scheduler);
        return TestServer.StartAsync(scheduler);
    }

    private static async Task<string> PostAsync(TestServer server, string path, string body, string? token = Samples.DemoToken, string more = "")
    {
        byte[] bytes = Encoding.UTF8.GetBytes(body);
        string header = token is null ? "" : $"XXL-JOB-ACCESS-TOKEN: {token}\r\n";
        string head = $"POST {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n{header}{more}Content-Length: {bytes.Length}\r\n\r\n";
        using RawConnection connection = await server.ConnectAsync();
        await connection.SendAsync([.. Encoding.UTF8.GetBytes(head), .. bytes]);
        RawAnswer answer = await connection.ReadAsync(hasBody: true);
        Assert.Equal((200, "application/json; charset=utf-8"), (answer.Status, answer.ContentType));
        return answer.Text;
    }
}
