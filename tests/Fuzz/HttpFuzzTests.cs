using System.IO.Pipelines;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Qschedd.Http;
using Qschedd.Tests.Http;
using Xunit.Abstractions;
using static Qschedd.Tests.Fuzz.FuzzRun;

namespace Qschedd.Tests.Fuzz;

/// <summary>Whole requests through the application, behind Kestrel's parser: each has a documented answer, and none is a fault of ours.</summary>
public class HttpFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Paths =
    [
        "jobs/on.do", "jobs/off.do", "tasks.do", "tasks/state.do", "tasks/kill.do", "workers/state.do", "workers/register.do", "workers/unregister.do",
        "registry", "registryRemove", "callback", "jobs.do", "jobs/qschedule.demo.job1.do", "tasks.do?job=qschedule.demo.job1&limit=3", "check/10.0.0.1.do",
        "tasks/150212.093000.192.168.236.130.26859.7.do", "workers/qschedule.demo.job1.do", "tasks/150212.093000.192.168.236.130.26859.7/log.do?from=1",
    ];

    private static readonly string[] Names =
    [
        "job", "jobs", "token", "param", "jobName", "workers", "taskId", "state", "message", "output", "attempt", "address", "hostname", "app", "logId",
        "handleCode", "handleMsg", "executeResult", "callbackList", "registryGroup", "registryKey", "registryValue",
    ];

    private static readonly string[] Tokens = [Samples.AdminToken, Samples.DemoToken, Samples.CarToken, Samples.WrongToken, "", "\0", "ÿ"];

    private readonly FakeScheduler _scheduler = new();
    private readonly FaultLog _log = new();

    private sealed record Input(string Method, string Target, string? Header, byte[] Body);

    [Fact]
    public void Requests_AreAnsweredAsDocumented_WhateverTheyHold()
    {
        var application = new HttpApplication(_scheduler, _log, new HurryingTime());
        new FuzzRun("requests", 0.10, output).Feed(Make, input => Feed(application, input), input => $"{input.Method} {input.Target} {input.Header} {Encoding.Latin1.GetString(input.Body)}");
    }

    private static Input Make(Random random)
    {
        string path = (random.Next(2) == 0 ? "/api/" : "/api2/") + random.Pick(Paths);
        string target = random.Next(4) == 0 ? Mutation.MutateText(random, path, ["%", "?", "&", "token=", "%E4", ".do", "/", "limit="]) : path;
        bool isPost = path.Contains("state") || path.Contains("regis") || random.Next(2) == 0;
        return new Input(isPost ? "POST" : "GET", target, random.Next(3) == 0 ? random.Pick(Tokens) : Samples.AdminToken, JsonGrammar.Object(random, Names));
    }

    private void Feed(HttpApplication application, Input input)
    {
        var answer = new MemoryStream();
        var response = new HttpResponseFeature();
        var features = new FeatureCollection();
        var headers = new HeaderDictionary { ContentLength = input.Body.Length, ["Q-Server-Token"] = input.Header, ["XXL-JOB-ACCESS-TOKEN"] = input.Header };
        features.Set<IHttpRequestFeature>(new HttpRequestFeature { Method = input.Method, RawTarget = input.Target, Headers = headers });
        features.Set<IHttpResponseFeature>(response);
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(answer));
        features.Set<IRequestBodyPipeFeature>(new Body(input.Body));
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = IPAddress.Loopback });

        Task done = application.ProcessRequestAsync(features);
        Require(done.IsCompletedSuccessfully);
        _scheduler.Commands.Clear();
        _scheduler.Reports.Clear();

        Require(_log.Fault is null, _log.Fault ?? "");
        Require(response.StatusCode is 200 or 404 or 405 or 503);
        if (response.Headers.ContentType == "application/json; charset=utf-8")
            Check(answer.ToArray());
    }

    private static void Check(byte[] answer)
    {
        using JsonDocument json = JsonDocument.Parse(answer);
        Require(json.RootElement.TryGetProperty("ret", out JsonElement ret) ? ret.ValueKind is JsonValueKind.True or JsonValueKind.False : json.RootElement.TryGetProperty("code", out _));
    }

    private sealed class Body(byte[] bytes) : IRequestBodyPipeFeature
    {
        public PipeReader Reader { get; } = PipeReader.Create(new(bytes));
    }

    /// <summary>So that no guess of a token has others before it in its minute.</summary>
    private sealed class HurryingTime : TimeProvider
    {
        private long _calls;

        public override DateTimeOffset GetUtcNow() => TestServer.Now;

        public override long GetTimestamp() => Interlocked.Increment(ref _calls) * TimestampFrequency * 60;
    }

    private sealed class FaultLog : ILogger
    {
        public string? Fault { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Fault = $"{formatter(state, exception)} {exception}";
    }
}
