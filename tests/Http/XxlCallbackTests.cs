using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Http;

/// <summary>How executors of XXL-JOB report the end of runs, in all of their shapes.</summary>
public class XxlCallbackTests : XxlFixture
{
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
}
