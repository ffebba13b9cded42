using System.Text;
using Qschedd.Alerts;
using Qschedd.Cli.ReferenceAgent;
using Qschedd.Engine.Model;
using Qschedd.Http;
using Qschedd.Workers;
using Qschedd.Workers.Native;
using Qschedd.Workers.Xxl;
using Xunit.Abstractions;
using static Qschedd.Tests.Fuzz.FuzzRun;

namespace Qschedd.Tests.Fuzz;

/// <summary>What workers answer, what executors call, and what the agent is sent: read, or refused in words.</summary>
public class BodyFuzzTests(ITestOutputHelper output)
{
    private static readonly string[] Names =
    [
        "state", "message", "code", "msg", "content", "data", "logId", "handleCode", "handleMsg", "executeResult", "callbackList", "logContent", "toLineNum",
        "isEnd", "taskId", "job", "callback", "shard", "index", "total", "param", "attempt", "deadline", "registryGroup", "registryKey", "registryValue", "errcode", "errmsg",
    ];

    [Fact]
    public void Bodies_AreReadOrRefused_WhateverTheyHold() =>
        new FuzzRun("bodies", 0.24, output).Feed(random => JsonGrammar.Object(random, Names), Feed, Encoding.Latin1.GetString);

    private static void Feed(byte[] body)
    {
        foreach (int status in (int[])[200, 503])
        {
            string? message = RunAnswer.Read(status, new AnswerBody(body, TooLong: false)).Message;
            Require(message is null || (Encoding.UTF8.GetByteCount(message) <= BoundedText.MessageBytesMax && !message.Contains('\0')));
        }
        Executor(body);
        Callbacks(body);
        foreach (AlertFormat format in (AlertFormat[])[AlertFormat.DingTalk, AlertFormat.Feishu])
            Require(Verdict.Of(format, 200, body).Result is VerdictResult.Delivered or VerdictResult.Again or VerdictResult.Refused);
        AgentRequest? request = AgentRequest.Read(body, out string why);
        Require(request is null == why.Length > 0);
        Require(request is null || (request.Attempt >= 1 && request.ShardTotal >= 1 && request.TaskId.Length > 0));
        AgentRequest.ReadTaskId(body);
    }

    private static void Executor(byte[] body)
    {
        if (XxlAnswer.Read(body, 1) is { } answer)
        {
            Require(answer.Words is null || Encoding.UTF8.GetByteCount(answer.Words) <= BoundedText.MessageBytesMax);
            answer.OfRun();
        }
        if (XxlAnswer.ReadLog(body, 5) is { } page)
            Require(page.FromLine == 5 && page.ToLine >= 4);
    }

    private static void Callbacks(byte[] body)
    {
        using XxlBody? xxl = XxlBody.Parse(body);
        if (xxl is null)
            return;
        Require(xxl["registryKey"].Trim() == xxl["registryKey"]);
        foreach (XxlCallback callback in xxl.Callbacks())
            Require(callback.Code >= 0 && (callback.Words is not null || callback.Code == 200));
    }
}
