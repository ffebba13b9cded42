using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Qschedd.Tests.EndToEnd;

/// <summary>A worker that keeps its own receipts of what reached it, and answers as told.</summary>
internal sealed class ReceiptWorker : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ReceiptWorker(WebApplication app) => _app = app;

    public int Port { get; private init; }
    public string Address => $"127.0.0.1:{Port}";
    public ConcurrentQueue<JsonNode> Receipts { get; } = new();
    public ConcurrentQueue<JsonNode> Kills { get; } = new();

    /// <summary>Answers a run request; default: done at once.</summary>
    public Func<JsonNode, HttpContext, Task> Answer { get; set; } = (_, context) => Reply(context, 200, """{"state":300,"message":"ok"}""");

    public static async Task<ReceiptWorker> StartAsync(string token = DaemonProcess.Token)
    {
        int port = FreePort.Take();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var worker = new ReceiptWorker(app) { Port = port };
        app.Run(context => worker.TakeAsync(context, token));
        await app.StartAsync();
        return worker;
    }

    public static async Task Reply(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context, string token)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        string expected = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(token), body.ToArray()));
        Assert.Equal(expected, context.Request.Headers["X-QSchedule-Signature"].ToString());
        var request = JsonNode.Parse(body.ToArray())!;
        if (context.Request.Path == "/qschedule/kill")
        {
            Kills.Enqueue(request);
            await Reply(context, 200, "{}");
            return;
        }
        Receipts.Enqueue(request);
        await Answer(request, context);
    }
}
