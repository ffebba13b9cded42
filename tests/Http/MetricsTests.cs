using System.Text;
using Qschedd.Tests.Engine.Figures;

namespace Qschedd.Tests.Http;

public class MetricsTests
{
    [Fact]
    public async Task Metrics_NeedNoToken_AndCountRefusals()
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.GetAsync("/api/jobs/qschedule.demo.job1.do?token=" + Samples.WrongToken);
        await server.GetAsync("/api/jobs/qschedule.demo.job1.do");
        await server.GetAsync("/nothing");
        await server.PostAsync("/healthz", "{}");
        await server.PostAsync("/api/registry", "{}");
        await server.PostAsync("/api/tasks.do", new string(' ', (1024 * 1024) + 1));

        RawAnswer answer = await server.GetAsync("/metrics?ignored");

        Assert.Equal((200, "text/plain; version=0.0.4; charset=utf-8"), (answer.Status, answer.ContentType));
        MetricsCheck metrics = MetricsCheck.Read(Encoding.UTF8.GetString(answer.Body));
        Assert.Equal(1, metrics["qschedd_ready"]);
        Assert.Equal(6, metrics["qschedd_http_requests_total"]);
        string[] reasons = ["badParameters 1", "badToken 2", "bodyTooLarge 1", "busy 0", "fault 0", "unknownMethod 1", "unknownPath 1"];
        Assert.Equal(reasons, reasons.Select(r => r.Split(' ')[0]).Select(r => $"{r} {metrics[$"qschedd_http_requests_refused_total{{reason=\"{r}\"}}"]}"));
    }

    [Fact]
    public async Task Metrics_AreRefused_AndTheFaultIsCounted_WhenTheyCannotBeWritten()
    {
        var scheduler = new FakeScheduler { Fault = new InvalidOperationException("the disk is on fire") };
        await using TestServer server = await TestServer.StartAsync(scheduler);
        Assert.Equal(503, (await server.GetAsync("/metrics")).Status);
        scheduler.Fault = null;
        MetricsCheck metrics = MetricsCheck.Read(Encoding.UTF8.GetString((await server.GetAsync("/metrics")).Body));
        Assert.Equal(1, metrics["qschedd_http_requests_refused_total{reason=\"fault\"}"]);
    }
}
