using System.IO.Pipelines;
using System.Text;
using Qschedd.Http;

namespace Qschedd.Tests.Http;

/// <summary>Requests as bytes: bounds, odd framing, and clients that do not behave.</summary>
public class WireTests
{
    private const string Body = """{"job":"qschedule.demo.job1","token":"a1b2c3d4"}""";

    [Fact]
    public async Task Body_IsRead_WhateverItsContentType()
    {
        await using TestServer server = await TestServer.StartAsync();
        using RawConnection connection = await server.ConnectAsync();
        foreach (string type in new[] { "", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded; charset=gbk\r\n" })
        {
            await connection.SendAsync($"POST /api/tasks.do HTTP/1.1\r\nHost: x\r\n{type}Content-Length: {Body.Length}\r\n\r\n{Body}");
            Assert.Contains(Samples.TaskId, (await connection.ReadAsync()).Text);
        }
    }

    [Fact]
    public async Task Body_IsRead_WhenInPiecesAndWithABom()
    {
        await using TestServer server = await TestServer.StartAsync();
        using RawConnection connection = await server.ConnectAsync();
        await connection.SendAsync("POST /api/tasks.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n\uFEFF\r\n");
        foreach (char c in Body)
            await connection.SendAsync($"1\r\n{c}\r\n");
        await connection.SendAsync("0\r\n\r\n");

        Assert.Contains(Samples.TaskId, (await connection.ReadAsync()).Text);
    }

    [Fact]
    public async Task Body_IsTaken_WhenExactlyAtTheBound()
    {
        await using TestServer server = await TestServer.StartAsync();
        string body = Body + new string(' ', HttpLimits.BodyBytesMax - Body.Length);
        Assert.Contains(Samples.TaskId, (await server.PostAsync("/api/tasks.do", body)).Text);
    }

    [Fact]
    public async Task Body_IsRefused_WhenChunksPassTheBound()
    {
        await using TestServer server = await TestServer.StartAsync();
        using RawConnection connection = await server.ConnectAsync();
        string chunk = $"10000\r\n{new string(' ', 0x10000)}\r\n";
        await connection.SendAsync("POST /api/tasks.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 17; i++)
            await connection.SendAsync(chunk);
        await connection.SendAsync("0\r\n\r\n");

        RawAnswer answer = await connection.ReadAsync();

        Assert.Equal((413, "close"), (answer.Status, answer.Headers["connection"]));
        Assert.True(await connection.IsClosedAsync());
    }

    [Fact]
    public async Task Body_IsRefusedUnread_WhenTheClientAsksFirst()
    {
        await using TestServer server = await TestServer.StartAsync();
        using RawConnection connection = await server.ConnectAsync();
        await connection.SendAsync("POST /api/tasks.do HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1048577\r\n\r\n");
        Assert.Equal(413, (await connection.ReadAsync()).Status);
    }

    [Fact]
    public async Task Body_IsRefusedUnread_WhenPastWhatIsDrained()
    {
        await using TestServer server = await TestServer.StartAsync();
        using RawConnection connection = await server.ConnectAsync();
        await connection.SendAsync("POST /api/tasks.do HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n");
        Assert.Equal(413, (await connection.ReadAsync()).Status);
    }

    [Fact]
    public async Task Requests_AreAllAnsweredInOrder_WhenPipelined()
    {
        await using TestServer server = await TestServer.StartAsync();
        using RawConnection connection = await server.ConnectAsync();
        await connection.SendAsync(
            $"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nPOST /api/tasks.do HTTP/1.1\r\nHost: x\r\nContent-Length: {Body.Length}\r\n\r\n{Body}"
            + "POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /api/check/10.0.0.1.do HTTP/1.1\r\nHost: x\r\n\r\n");

        Assert.Equal("ok", (await connection.ReadAsync()).Text);
        Assert.Contains(Samples.TaskId, (await connection.ReadAsync()).Text);
        Assert.Equal(404, (await connection.ReadAsync()).Status);
        Assert.Contains("[]", (await connection.ReadAsync()).Text);
    }

    [Theory]
    [InlineData("HEAD", "/healthz")]
    [InlineData("HEAD", "/api/jobs.do")]
    [InlineData("OPTIONS", "/api/tasks.do")]
    [InlineData("PUT", "/api/jobs/on.do")]
    public async Task Method_IsRefused_WhenNotThePaths(string method, string target)
    {
        await using TestServer server = await TestServer.StartAsync();
        RawAnswer answer = await server.SendAsync(method, target, null);
        Assert.Equal(405, answer.Status);
        Assert.NotEmpty(answer.Headers["allow"]);
    }

    [Fact]
    public async Task Head_IsBounded_WhenLong()
    {
        await using TestServer server = await TestServer.StartAsync();
        string[] heads =
        [
            $"GET /{new string('a', HttpLimits.LineBytesMax)} HTTP/1.1\r\nHost: x\r\n\r\n",
            $"GET /healthz HTTP/1.1\r\nHost: x\r\nX: {new string('a', HttpLimits.HeaderBytesMax)}\r\n\r\n",
            $"GET /healthz HTTP/1.1\r\nHost: x\r\n{string.Concat(Enumerable.Range(0, HttpLimits.HeadersMax).Select(i => $"X{i}: 1\r\n"))}\r\n",
        ];
        var statuses = new List<int>();
        foreach (string head in heads)
        {
            using RawConnection connection = await server.ConnectAsync();
            await connection.SendAsync(head);
            statuses.Add((await connection.ReadAsync()).Status);
        }

        Assert.Equal([414, 431, 431], statuses);
    }

    [Theory]
    [InlineData("GET /healthz HTTP/1.1\r\n\r\n")]
    [InlineData("GET /healthz HTTP/3.7\r\nHost: x\r\n\r\n")]
    [InlineData("GET  /healthz HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("GET /api/jobs/报.do HTTP/1.1\r\nHost: x\r\n\r\n")]
    [InlineData("POST /api/tasks.do HTTP/1.1\r\nHost: x\r\n\r\n", 200)]
    [InlineData("POST /api/tasks.do HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n{}")]
    [InlineData("POST /api/tasks.do HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /api/tasks.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n{}")]
    [InlineData("POST /api/tasks.do HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n")]
    public async Task Request_IsKestrelsToRefuse_WhenMalformed(string request, int status = 400)
    {
        await using TestServer server = await TestServer.StartAsync();
        using RawConnection connection = await server.ConnectAsync();

        await connection.SendAsync(request);

        int answered = (await connection.ReadAsync()).Status;
        Assert.True(answered == status || (status == 400 && answered == 505), $"{answered}");
        Assert.Empty(server.Scheduler.Commands);
    }

    [Fact]
    public async Task Answer_HasItsLengthAndNoServerName_WhenSent()
    {
        await using TestServer server = await TestServer.StartAsync();
        RawAnswer answer = await server.GetAsync("/api/check/10.0.0.1.do");
        Assert.Equal(["cache-control", "connection", "content-length", "content-type", "date"], answer.Headers.Keys.Order());
    }

    [Fact]
    public async Task Client_IsNoErrorOfOurs_WhenItGoesAway()
    {
        var gate = new TaskCompletionSource();
        await using TestServer server = await TestServer.StartAsync(new FakeScheduler { Gate = gate.Task });
        using (RawConnection half = await server.ConnectAsync())
            await half.SendAsync($"POST /api/tasks.do HTTP/1.1\r\nHost: x\r\nContent-Length: {Body.Length}\r\n\r\n{Body[..5]}");
        using (RawConnection whole = await server.ConnectAsync())
        {
            await whole.SendAsync($"POST /api/tasks.do HTTP/1.1\r\nHost: x\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
            await server.Scheduler.Entered.Task;
        }

        gate.SetResult();
        await server.StopAsync();

        Assert.Single(server.Scheduler.Commands);
        Assert.DoesNotContain(server.Log.Lines, l => l.StartsWith("Error") || l.StartsWith("Critical"));
    }

    [Fact]
    public async Task Bodies_ShareABudget_WhenTheyAreLarge()
    {
        var budget = new ByteBudget(100_000);
        using var small = new BodyReader(budget);
        using var large = new BodyReader(budget);

        Assert.Equal(BodyResult.Read, await large.ReadAsync(PipeOf(40_000), null, true));
        using (var refused = new BodyReader(budget))
            Assert.Equal(BodyResult.Busy, await refused.ReadAsync(PipeOf(11_000), null, true));
        Assert.Equal(BodyResult.Read, await small.ReadAsync(PipeOf(HttpLimits.FreeBodyBytes), null, true));
        Assert.Equal((40_000, 80_000), (large.Body.Length, budget.Taken));
        large.Dispose();
        Assert.Equal(0, budget.Taken);
    }

    private static PipeReader PipeOf(int bytes) => PipeReader.Create(new MemoryStream(Encoding.ASCII.GetBytes(new string('a', bytes))));
}
