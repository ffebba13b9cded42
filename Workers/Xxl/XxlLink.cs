using System.Text;
using Qschedd.Engine.Model;
using Qschedd.Engine.Ports;
using Qschedd.Workers.Native;

namespace Qschedd.Workers.Xxl;

/// <summary>
/// Speaks to executors of XXL-JOB, 2.2 to 3.4, or 3.5 where the app says so. docs/xxl-job.md has the tables.
/// A run is sent once or not at all (see <see cref="OnceContent"/>); code 200 means that it was taken, and its end comes as a callback.
/// </summary>
internal sealed class XxlLink : IWorkerLink, IDisposable
{
    private const string TokenHeader = "XXL-JOB-ACCESS-TOKEN";
    private const string AppHeader = "XXL-JOB-APPNAME";

    private readonly XxlLimits _limits;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _runs;
    private readonly HttpMessageInvoker _kills;
    private readonly HttpMessageInvoker _logs;

    public XxlLink(XxlLimits limits, TimeProvider time)
    {
        (_limits, _time) = (limits, time);
        _runs = InvokerFor(limits.Connections.ConnectionsPerWorkerMax);
        _kills = InvokerFor(limits.Connections.KillConnectionsPerWorkerMax);
        _logs = InvokerFor(limits.LogConnectionsPerWorkerMax);
    }

    public async Task<RunOutcome> RunAsync(IRunRequest request, Action<string> started, CancellationToken stop)
    {
        if (XxlCalls.Target(request.Worker, XxlCalls.RunPath(request.Job.App)) is not { } url)
            return new RunOutcome(RunResult.NotDelivered, $"not delivered: '{request.Worker}' is neither host:port nor a base URL");
        if (await ProbeAsync(request, stop) is { } refusal)
            return refusal;
        RunOutcome outcome = await SendRunAsync(url, request, stop);
        TimeSpan pause = _limits.BusyPause;
        for (int asks = 1; outcome.Result == RunResult.Ignored && MayBeBusyWithAnEndedRun(request) && asks < _limits.BusyAsksMax; asks++)
        {
            if (!await PauseAsync(pause, stop))
                return outcome with { Result = RunResult.NotDelivered };
            pause *= 2;
            outcome = await SendRunAsync(url, request, stop);
        }
        // The answer to the first sending was lost: what it is busy with is this very run.
        return outcome.Result == RunResult.Ignored && request.IsResend ? new RunOutcome(RunResult.Accepted) : outcome;
    }

    public async Task<KillOutcome> KillAsync(KillRequest request, CancellationToken stop)
    {
        Reply reply = await CallAsync(_kills, request.Worker, "/kill", XxlCalls.OfJob(request.JobId), request.Job.App, stop);
        return new KillOutcome(reply.Answer?.IsYes == true, reply.Answer?.IsYes == true ? null : reply.Words);
    }

    public async Task<LogOutcome> ReadLogAsync(LogRequest request, CancellationToken stop)
    {
        Reply reply = await CallAsync(_logs, request.Worker, "/log", XxlCalls.Log(request), request.Job.App, stop, _limits.LogBytesMax);
        if (reply.Answer?.IsYes != true)
            return new LogOutcome(null, reply.Words);
        return XxlAnswer.ReadLog(reply.Body, request.FromLine) is { } page
            ? new LogOutcome(page)
            : new LogOutcome(null, "the executor answered without a log");
    }

    public void Dispose()
    {
        _runs.Dispose();
        _kills.Dispose();
        _logs.Dispose();
    }

    private HttpMessageInvoker InvokerFor(int connectionsMax)
    {
        SocketsHttpHandler handler = NativeLink.HandlerFor(_limits.Connections, connectionsMax);
        handler.RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8;
        return new HttpMessageInvoker(handler);
    }

    /// <summary>
    /// Some executors report the end of a run before they put it away, and refuse the next one for a moment: the next attempt, or the
    /// run that replaces a killed one, would come to nothing. A refusal is sure not to run, so asking again is safe; but not when the
    /// run that it is busy with may be this one.
    /// </summary>
    private static bool MayBeBusyWithAnEndedRun(IRunRequest request) =>
        !request.IsResend && (request.FirstAttempt > 1 || request.Job.Overlap == OverlapPolicy.Replace);

    /// <summary>
    /// What the job's load balancer has an executor asked first: <c>failover</c> whether it is well, <c>leastActive</c> whether it is
    /// idle. Null: it is. A run that the executor may have already is not put off, lest another gets it too.
    /// </summary>
    private async Task<RunOutcome?> ProbeAsync(IRunRequest request, CancellationToken stop)
    {
        Job job = request.Job;
        if (request.IsResend)
            return null;
        if (job.LoadBalance == LoadBalance.Failover)
        {
            Reply beat = await CallAsync(_runs, request.Worker, "/beat", XxlCalls.Nothing, job.App, stop);
            return beat.Answer?.IsYes == true ? null : new RunOutcome(RunResult.NotDelivered, $"not delivered: no beat: {beat.Words}");
        }
        if (job.LoadBalance != LoadBalance.LeastActive || job.Overlap == OverlapPolicy.Replace)
            return null;
        Reply idle = await CallAsync(_runs, request.Worker, "/idleBeat", XxlCalls.OfJob(request.JobId), job.App, stop);
        if (!idle.WasAnswered)
            return new RunOutcome(RunResult.NotDelivered, $"not delivered: {idle.Words}");
        return idle.Answer is { IsYes: false } ? new RunOutcome(RunResult.QueueFull, idle.Words) : null;
    }

    private async Task<RunOutcome> SendRunAsync(Uri url, IRunRequest request, CancellationToken stop)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(_limits.Connections.ConnectTimeout + request.AnswerTimeout);
        // The executor's time counts from when it can have the request: waiting for a connection is not its fault.
        var content = new OnceContent(XxlCalls.Run(request), () => patience.CancelAfter(request.AnswerTimeout));
        try
        {
            using HttpResponseMessage response = await SendAsync(_runs, url, content, request.Job.App, patience.Token);
            int status = (int)response.StatusCode;
            if (status != 200)
                return new RunOutcome(status is 429 or 503 ? RunResult.QueueFull : RunResult.Failed, $"the executor answered {status}");
            AnswerBody body = await AnswerBody.ReadAsync(response, patience.Token);
            if (body.TooLong) // it may have taken the run: what may run is not sent again as if it had failed
                return new RunOutcome(RunResult.Unknown, "the executor answered 200 with more than 64 KiB: its code was not looked for");
            XxlAnswer? answer = XxlAnswer.Read(body.Bytes, new XxlLogId(request.TaskSeq, request.FirstAttempt).Value);
            return answer?.OfRun() ?? new RunOutcome(RunResult.Failed, Reply.NoAnswer);
        }
        catch (Exception error) when (SendFault.IsExpected(error))
        {
            return SendFault.Outcome(error, content.WasSent, request.AnswerTimeout, stop.IsCancellationRequested);
        }
    }

    /// <summary>Anything but a run: it may be repeated, so a fault is just no answer.</summary>
    private async Task<Reply> CallAsync(
        HttpMessageInvoker http, string worker, string path, ReadOnlyMemory<byte> body, App app, CancellationToken stop,
        int bytesMax = AnswerBody.BytesMax)
    {
        if (XxlCalls.Target(worker, path) is not { } url)
            return Reply.Fault($"'{worker}' is neither host:port nor a base URL");
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(stop);
        patience.CancelAfter(_limits.Connections.ConnectTimeout + _limits.CallTimeout);
        var content = new OnceContent(body, () => patience.CancelAfter(_limits.CallTimeout));
        try
        {
            using HttpResponseMessage response = await SendAsync(http, url, content, app, patience.Token);
            if ((int)response.StatusCode != 200)
                return Reply.Of(null, default, $"the executor answered {(int)response.StatusCode}");
            AnswerBody read = await AnswerBody.ReadAsync(response, patience.Token, bytesMax);
            return read.TooLong ? Reply.Of(null, default, $"the executor's answer has more than {bytesMax} bytes") : Reply.Of(XxlAnswer.Read(read.Bytes), read.Bytes);
        }
        catch (Exception error) when (SendFault.IsExpected(error))
        {
            return Reply.Fault(SendFault.Words(error, content.WasSent, _limits.CallTimeout));
        }
    }

    private static Task<HttpResponseMessage> SendAsync(
        HttpMessageInvoker http, Uri url, OnceContent content, App app, CancellationToken patience)
    {
        var message = new HttpRequestMessage(HttpMethod.Post, url)
        {
            Content = content,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        // To the letter: there are executors that look at no other.
        content.Headers.TryAddWithoutValidation("Content-Type", "application/json;charset=UTF-8");
        message.Headers.TryAddWithoutValidation(TokenHeader, Encoding.UTF8.GetString(app.Token.Utf8));
        if (app.ProtocolVersion == XxlGeneration.From35)
            message.Headers.TryAddWithoutValidation(AppHeader, app.Name);
        return http.SendAsync(message, patience);
    }

    private async Task<bool> PauseAsync(TimeSpan pause, CancellationToken stop)
    {
        try
        {
            await Task.Delay(pause, _time, stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            // The daemon stops: the run was refused so far, so nothing of it is under way.
            return false;
        }
    }

    /// <param name="Answer">Null: none, or none of this protocol.</param>
    /// <param name="WasAnswered">Something came back.</param>
    /// <param name="Words">Why it is no yes.</param>
    private sealed record Reply(XxlAnswer? Answer, bool WasAnswered, ReadOnlyMemory<byte> Body, string Words)
    {
        public const string NoAnswer = "the executor answered with something that is no XXL-JOB answer; is its address right?";

        public static Reply Fault(string words) => new(null, false, default, words);

        public static Reply Of(XxlAnswer? answer, ReadOnlyMemory<byte> body, string? words = null) =>
            new(answer, true, body, words ?? (answer is null ? NoAnswer : $"the executor says: {answer.Words ?? "no"}"));
    }
}
