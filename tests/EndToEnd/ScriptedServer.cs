using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Qschedd.Tests.EndToEnd;

internal sealed record Asked(string Method, string Target, string Token, string Body);

/// <summary>Answers as told, in the place of a daemon, and keeps what it was asked.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ScriptedServer(WebApplication app, int port)
    {
        _app = app;
        Url = $"http://127.0.0.1:{port}";
    }

    public string Url { get; }
    public ConcurrentQueue<Asked> Requests { get; } = new();

    public static Task<ScriptedServer> StartAsync(string json) => StartAsync((_, context) => ReceiptWorker.Reply(context, 200, json));

    public static async Task<ScriptedServer> StartAsync(Func<Asked, HttpContext, Task> answer)
    {
        int port = FreePort.Take();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        var server = new ScriptedServer(app, port);
        app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var asked = new Asked(
                context.Request.Method,
                context.Features.Get<IHttpRequestFeature>()!.RawTarget,
                context.Request.Headers["Q-Server-Token"].ToString(),
                Encoding.UTF8.GetString(body.ToArray()));
            server.Requests.Enqueue(asked);
            await answer(asked, context);
        });
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
