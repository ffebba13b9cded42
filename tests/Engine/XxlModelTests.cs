using Qschedd.Engine;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;

namespace Qschedd.Tests.Engine;

/// <summary>Addresses, numbers and lines: what is pure of it.</summary>
public class XxlModelTests
{
    [Theory]
    [InlineData("10.0.0.9:9999", "10.0.0.9")]
    [InlineData("10.0.0.9", "10.0.0.9")]
    [InlineData("[::1]:9999", "::1")]
    [InlineData("[::1]", "::1")]
    [InlineData("http://10.0.0.9:9999", "10.0.0.9")]
    [InlineData("http://10.0.0.9:9999/", "10.0.0.9")]
    [InlineData("http://10.0.0.9:9999/job/x:1", "10.0.0.9")]
    [InlineData("https://ex-1.dev", "ex-1.dev")]
    [InlineData("https://ex-1.dev/job", "ex-1.dev")]
    [InlineData("http://[fe80::1]:9999/job", "fe80::1")]
    [InlineData("http://[fe80::1]/", "fe80::1")]
    public void HostOf_IsTheHostAlone(string address, string host) => Assert.Equal(host, Worker.HostOf(address));

    [Theory]
    [InlineData("10.0.0.9:9999", "10.0.0.9:9999")]
    [InlineData("http://10.0.0.9:9999/", "10.0.0.9:9999")]
    [InlineData("HTTP://10.0.0.9:9999", "10.0.0.9:9999")]
    [InlineData("http://10.0.0.9:9999/job/", "http://10.0.0.9:9999/job")]
    [InlineData("10.0.0.9:9999/job", "http://10.0.0.9:9999/job")]
    [InlineData("10.0.0.9:9999/", "10.0.0.9:9999")]
    [InlineData("http://ex.dev", "ex.dev:80")]
    [InlineData("https://ex.dev:443/", "https://ex.dev:443")]
    [InlineData("http://[::1]", "[::1]:80")]
    [InlineData("http://[::1]:1/", "[::1]:1")]
    public void PlainAddress_IsOneForm_HoweverItIsWritten(string address, string plain)
    {
        Assert.Equal(plain, Worker.PlainAddress(address));
        Assert.Equal(plain, Worker.PlainAddress(plain));
    }

    [Theory]
    [InlineData("10.2.0.7", true)]
    [InlineData("ex-7.dev", true)]
    [InlineData("ex-7", true)]
    [InlineData("ex", false)]
    [InlineData("10.2.0", false)]
    public void HostName_FitsAnExecutor_ByItsUrl(string asked, bool fits)
    {
        var executor = new WorkerState("http://10.2.0.7:9999/job");
        executor.AddName("http://ex-7.dev:9999/job");
        Assert.Equal(fits, new HostName(asked, []).Fits(executor));
    }

    [Theory]
    [InlineData(42, 1, 42_000)]
    [InlineData(42, 1000, 42_999)]
    [InlineData(9_000_000_000_000, 8, 9_000_000_000_000_007)]
    public void LogId_HoldsTaskAndAttempt(long seq, int first, long value)
    {
        var logId = new XxlLogId(seq, first);
        Assert.Equal(value, logId.Value);
        Assert.Equal(logId, XxlLogId.Of(value));
    }

    [Fact]
    public void LogId_StaysTheTasks_WhenItHasMoreAttemptsThanNumbers() => Assert.Equal(42_999, new XxlLogId(42, 1005).Value);

    [Theory]
    [InlineData("", 1)]
    [InlineData("a unknown", 1)]
    [InlineData("b unknown", 2)]
    [InlineData("a failed", 2)]
    [InlineData("a unknown, b failed, a unknown, a unknown", 3)]
    [InlineData("a unknown, a failed", 3)]
    public void LogIsAskedFor_ByTheFirstAttemptAtItsWorker(string earlier, int first)
    {
        AttemptRow[] attempts = [.. earlier.Split(", ", StringSplitOptions.RemoveEmptyEntries).Select((text, i) => new AttemptRow(
            1, i + 1, text.EndsWith("failed", StringComparison.Ordinal) ? TaskState.Failed : TaskState.Unknown, text[..1], null, 0, null))];
        Assert.Equal(first, KeptLog.FirstAttempt(Row(TaskState.Finished) with { Worker = "a" }, attempts));
    }

    [Fact]
    public void Job_HasItsAppsProtocolAndItsOwnName_UnlessItSaysOtherwise()
    {
        Job job = Samples.Job();
        Assert.Equal((WorkerProtocol.Qschedule, "demo.job"), (job.Protocol, job.Handler));
        job = job with { App = job.App with { Protocol = WorkerProtocol.XxlJob }, Name = "renamed" };
        Assert.Equal((WorkerProtocol.XxlJob, "renamed"), (job.Protocol, job.Handler));
        job = job with { Protocol = WorkerProtocol.Qschedule, Handler = "demoJobHandler" };
        Assert.Equal((WorkerProtocol.Qschedule, "demoJobHandler"), (job.Protocol, job.Handler));
    }

    [Theory]
    [InlineData("a\nb\nc\n", 1, "a\nb\nc\n", 3)]
    [InlineData("a\nb\nc", 2, "b\nc\n", 3)]
    [InlineData("a\nb\n", 3, "", 2)]
    [InlineData("a\n", 9, "", 8)]
    [InlineData("", 1, "", 0)]
    [InlineData(null, 1, "", 0)]
    [InlineData("\n\n", 2, "\n", 2)]
    public void KeptOutput_IsReadByLines(string? output, int from, string content, int to) =>
        Assert.Equal(new LogPage(from, to, content, true), KeptLog.PageOf(Row(TaskState.Finished) with { Output = output }, from));

    [Theory]
    [InlineData(TaskState.Started, 2, false)]
    [InlineData(TaskState.Finished, 2, true)]
    [InlineData(TaskState.Finished, 3, false)]
    internal void LogOfAWorker_Ends_WhenTheTaskHasAndNothingIsNew(TaskState state, int toLine, bool isEnd)
    {
        var read = new LogOutcome(new LogPage(3, toLine, "", false));
        Assert.Equal(isEnd, KeptLog.EndWith(Row(state), read).Page!.IsEnd);
    }

    [Fact]
    public void LogOfAWorker_StaysAFault() =>
        Assert.Equal(new LogOutcome(null, "gone"), KeptLog.EndWith(Row(TaskState.Finished), new LogOutcome(null, "gone")));

    private static TaskRow Row(TaskState state) => new()
    {
        Seq = 1,
        Id = "260101.080000.10.0.0.5.42.1",
        JobId = 1,
        Job = "demo.job",
        App = "demo",
        TriggerKey = -1,
        ScheduledMs = 0,
        FireMs = 0,
        UpdatedMs = 0,
        State = state,
    };
}
