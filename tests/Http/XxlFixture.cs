using System.Collections.Immutable;
using System.Text;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Http;

/// <summary>What the tests of the executors' endpoints share.</summary>
public abstract class XxlFixture
{
    private protected const string Done = """{"code":200,"content":null,"data":null,"msg":"Success"}""";
    private protected const string WrongToken = """{"code":500,"content":null,"data":null,"msg":"The access token is wrong."}""";
    private protected const string IllegalArgument = """{"code":500,"content":null,"data":null,"msg":"Illegal Argument."}""";
    private protected const string Registry = """{"registryGroup":"EXECUTOR","registryKey":"qschedule.sister","registryValue":"http://10.0.0.9:9999/"}""";
    private protected const string Now = "1772323200000";

    private protected static readonly Job XxlJob = Samples.MakeJob(Samples.Sister, "sister.by-hand");

    private protected static string TaskId(long seq) => $"260301.080000.10.0.0.5.42.{seq}";

    private protected static IEnumerable<string> Reports(TestServer server) => server.Scheduler.Reports
        .Select(r => $"{r.TaskId} {r.State} {r.Attempt} {r.Message ?? "-"}");

    /// <summary>Tasks 42 and 44 run at executors; 43 has ended, and 7 is of a job that no executor runs.</summary>
    private protected static Task<TestServer> StartAsync(Action<FakeScheduler>? arrange = null, Job? job = null)
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

    private protected static async Task<string> PostAsync(TestServer server, string path, string body, string? token = Samples.DemoToken, string more = "")
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
