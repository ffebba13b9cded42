using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Qschedd.Bench.Measure;
using Qschedd.Bench.Systems;

namespace Qschedd.Bench.Modes;

/// <summary>
/// <c>worker --port P</c>: takes a run, notes how late it is, answers that it is done; <c>GET /seen</c> tells and forgets what came.
/// Runs posted to <c>/held/run</c> wait from <c>GET /hold</c> until <c>GET /release</c>.
/// <c>constant --port P</c>: bare Kestrel that answers everything with the same bytes, as many as a job object has.
/// </summary>
internal static class ServerMode
{
    private static readonly byte[] Done = """{"state":300,"message":"done"}"""u8.ToArray();
    private static readonly byte[] Constant = Encoding.UTF8.GetBytes($$"""{"data":{"desc":"{{new string('x', 400)}}"},"ret":true}""");

    public static async Task<Samples?> WorkerAsync(Options options)
    {
        var meter = new LagMeter();
        var gate = new Gate();
        await ServeAsync(options.Number("port"), context => context.Request.Path.Value switch
        {
            "/seen" => AnswerAsync(context, Encoding.UTF8.GetBytes(Seen(meter))),
            "/hold" => AnswerAsync(context, gate.Close()),
            "/release" => AnswerAsync(context, gate.Open()),
            WorkerHost.HeldPath => HeldAsync(context, gate),
            _ => WorkAsync(context, meter),
        });
        return null;
    }

    public static async Task<Samples?> ConstantAsync(Options options)
    {
        await ServeAsync(options.Number("port"), context => AnswerAsync(context, Constant));
        return null;
    }

    private static async Task ServeAsync(int port, RequestDelegate handle)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        await using var server = builder.Build();
        server.Run(handle);
        await server.StartAsync();
        Console.WriteLine("listening");
        await Console.In.ReadToEndAsync(); // until whoever started it is gone
    }

    private static async Task WorkAsync(HttpContext context, LagMeter meter)
    {
        var body = context.Request.BodyReader;
        var read = await body.ReadAtLeastAsync((int)(context.Request.ContentLength ?? 0));
        meter.Record(LagMeter.NowUs - ScheduledMs(new Utf8JsonReader(read.Buffer)) * 1000);
        body.AdvanceTo(read.Buffer.End);
        await AnswerAsync(context, Done);
    }

    private static async Task HeldAsync(HttpContext context, Gate gate)
    {
        await gate.PassAsync();
        await AnswerAsync(context, Done);
    }

    private static long ScheduledMs(Utf8JsonReader json)
    {
        while (json.Read())
        {
            if (json.TokenType != JsonTokenType.PropertyName || !json.ValueTextEquals("scheduledTime"u8))
                continue;
            json.Read();
            return json.GetInt64();
        }
        return LagMeter.NowUs / 1000;
    }

    private static string Seen(LagMeter meter)
    {
        var samples = new Samples();
        Seconds.Add(samples, meter.Take());
        return samples.ToLine();
    }

    private static async Task AnswerAsync(HttpContext context, byte[] body)
    {
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.Length;
        await context.Response.BodyWriter.WriteAsync(body);
    }

    /// <summary>Open at first. Any thread may pass; one at a time opens and closes it.</summary>
    private sealed class Gate
    {
        private static readonly byte[] Nothing = "{}"u8.ToArray();

        private volatile TaskCompletionSource? _closed;

        public Task PassAsync() => _closed?.Task ?? Task.CompletedTask;

        public byte[] Close()
        {
            _closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return Nothing;
        }

        public byte[] Open()
        {
            Interlocked.Exchange(ref _closed, null)?.SetResult();
            return Nothing;
        }
    }
}
